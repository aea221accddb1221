"""R17: pickles in the constants of a pickle, in every protocol and every way to write bytes."""

import base64
import pickle

import pytest

from casemate.evidence.scan.inspect import scan_bytes

WRITTEN = {
    "bytes": bytes,
    "bytearray": bytearray,
    "hex": bytes.hex,
    "hex bytes": lambda raw: raw.hex().encode(),
    "base64": lambda raw: base64.b64encode(raw).decode(),
    "base64 in lines": base64.encodebytes,
    "latin-1": lambda raw: raw.decode("latin-1"),
    "with much behind": lambda raw: raw + b"x" * 100_000,
}


@pytest.mark.parametrize("outer", range(6))
@pytest.mark.parametrize("inner", range(2, 6))
@pytest.mark.parametrize("way", WRITTEN)
def test_a_pickle_in_a_constant_is_judged(outer: int, inner: int, way: str) -> None:
    data = pickle.dumps([1, WRITTEN[way](pickle.dumps(eval, inner)), "a"], outer)
    scan = scan_bytes(data, "")
    assert scan.verdict == "unsafe"
    assert {f.id for f in scan.findings} >= {"nested-pickle", "denied-import"}


def test_a_harmless_one_is_told_and_clean() -> None:
    scan = scan_bytes(pickle.dumps(["a", pickle.dumps([1, "some words"])]), "")
    assert (scan.verdict, [(f.id, f.severity) for f in scan.findings]) == ("clean", [("nested-pickle", "info")])


def test_pickles_in_each_other_are_each_judged() -> None:
    data = pickle.dumps(eval)
    for _ in range(5):
        data = pickle.dumps([data])
    assert scan_bytes(data, "").verdict == "unsafe"


@pytest.mark.parametrize(
    "constant",
    [
        b"\x80\x04" + b"no pickle at all",
        "8004 is a number of fourteen letters",
        "gASV is no base64!",
        "800200",
        b"\x80\x04\x95",
    ],
)
def test_what_only_begins_like_one_is_nothing(constant: object) -> None:
    assert scan_bytes(pickle.dumps([constant, constant]), "").findings == ()


def test_python_2_wrote_bytes_as_a_text_in_quotes() -> None:
    data = b"(S'\\x80\\x02cos\\nsystem\\nq\\x00.'\np0\nl."
    assert scan_bytes(data, "").verdict == "unsafe"


def test_very_many_constants_are_inconclusive() -> None:
    data = pickle.dumps([b"\x80\x04" + b"%012d" % i for i in range(10_001)])
    assert {f.id for f in scan_bytes(data, "").findings} == {"limit"}
