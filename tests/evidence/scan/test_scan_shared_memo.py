"""Several pickles in one file, read by one Unpickler: the later ones take what the earlier ones remembered."""

import io
import pickle
from typing import Any

import pytest

from casemate.evidence.scan.inspect import scan_bytes

PAIR = pickle.dumps(["builtins", "eval"], 4)
UNLISTED = pickle.dumps(["unlisted", "run"], 4)
CHOSEN = b"\x80\x04N\x94\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x940h\x01h\x02\x93."  # alone: an OrderedDict


def ids(data: bytes) -> set[str]:
    return {f.id for f in scan_bytes(data, "").findings}


def one_by_one(data: bytes) -> list[Any]:
    file = io.BytesIO(data)
    return [pickle.load(file), pickle.load(file)]


def together(data: bytes) -> list[Any]:
    unpickler = pickle.Unpickler(io.BytesIO(data))
    return [unpickler.load(), unpickler.load()]


def test_the_two_ways_of_loading_differ() -> None:
    assert one_by_one(PAIR + CHOSEN)[1].__name__ == "OrderedDict"
    assert together(PAIR + CHOSEN)[1] is eval


def test_a_denied_name_that_only_one_unpickler_reads_is_unsafe() -> None:
    found = scan_bytes(PAIR + CHOSEN, "")
    assert (found.verdict, [f.message for f in found.findings]) == (
        "unsafe", ["imports builtins eval, which runs any code"],
    )  # fmt: skip


def test_an_unknown_name_that_only_one_unpickler_reads_is_never_clean() -> None:
    assert ids(UNLISTED + CHOSEN) == {"shared-memo"}
    assert scan_bytes(UNLISTED + CHOSEN, "").verdict == "inconclusive"


def test_a_call_of_what_an_earlier_pickle_made_is_never_clean() -> None:
    made = b"\x80\x04csklearn.gaussian_process.kernels\nRBF\n)R\x940N."
    called = b"\x80\x04ccollections\nOrderedDict\n0h\x00)R."
    assert ids(made + called) == {"shared-memo"}


@pytest.mark.parametrize("protocol", [2, 4])
def test_honest_pickles_behind_each_other_are_clean(protocol: int) -> None:
    numpy = pytest.importorskip("numpy")
    data = b"".join(pickle.dumps({"w": numpy.arange(i), "n": [str(i)] * 3}, protocol) for i in range(4))
    assert scan_bytes(data, "").findings == ()
