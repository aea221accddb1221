"""Laws of the pickle walk. The oracles are the standard library's: pickletools.genops, and its unpicklers with every
import replaced by something that does nothing. The mark of danger is a reference to `eval` that nobody calls."""

import collections
import contextlib
import datetime
import decimal
import io
import pickle
import pickletools
import re
import struct
import warnings

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from casemate.evidence.scan import machine, memo, notes, stream
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.formats import pickle as walker
from casemate.evidence.scan.formats.pickle import recognise
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.lists import allowed
from casemate.evidence.scan.opcodes import CODES, LOOK, NAMES, after, run
from casemate.evidence.scan.places import MAX_SPARSE
from casemate.evidence.scan.report import Walk

relaxed = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)  # the machine may be busy
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=300)
    | st.binary(max_size=300) | st.binary(max_size=20).map(bytearray) | st.dates() | st.timedeltas()
    | st.sampled_from([eval, decimal.Decimal("1.5"), collections.OrderedDict(a=1), datetime.UTC, ValueError, len])
)  # fmt: skip
OBJECTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=5) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)
PICKLES = st.builds(pickle.dumps, OBJECTS, st.sampled_from(PROTOCOLS))
STRANGE = st.lists(
    st.sampled_from([bytes([c]) for c in NAMES])
    | st.sampled_from([b"\x8c\x02os", b"\x8c\x06system", b"Vos\n", b"U\x02os", b"\x94", b"\x94", b"h\x00", b"h\x01"])
    | st.sampled_from(
        [b"2", b"0", b"(", b"1", b"\x93", b"\x93", b"q\x00", b"q\x01", b"g0\n", b"p0\n", b"N", b")", b"."]
    )
    | st.sampled_from([b"cos\nsystem\n", b"(ios\nsystem\n", b"\x95\x03\0\0\0\0\0\0\0", b"\x80\x04", b"K\x01"]),
    max_size=24,
).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A pickle with a few bytes changed, put in or left out."""
    data = bytearray(draw(PICKLES))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2) | st.sampled_from([b"\x93", b"2", b"0"]))
    return bytes(data)


# The C unpickler allocates what these ask for (LONG_BINPUT, PUT: the memo up to there; BYTEARRAY8: the length).
GREEDY = re.compile(rb"r|\x96|p\d{6}")


class Nothing:
    """Stands for everything that a pickle imports; takes any call and any state."""

    def __new__(cls, *_: object, **__: object) -> "Nothing":
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass

    def __reduce__(self) -> object:
        raise AssertionError


def asked_for(data: bytes, base: type) -> list[tuple[str, str]]:
    """What one of the standard unpicklers imports from the first pickle, until it ends or fails."""
    asked: list[tuple[str, str]] = []
    if base is pickle.Unpickler and GREEDY.search(data):
        return asked

    class Harmless(base):  # type: ignore[misc,valid-type]
        def find_class(self, module: str, name: str) -> object:
            asked.append((module, name))
            return Nothing

        def persistent_load(self, _: object) -> object:
            return Nothing()

        def get_extension(self, _: int) -> None:
            raise pickle.UnpicklingError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Harmless(io.BytesIO(data)).load()
    except Exception:
        return asked
    return asked


def walk(data: bytes) -> Walk:
    return walker.walk(data, Descend.top(data))


def told(data: bytes) -> set[tuple[str | None, str | None]]:
    return {(i.module, i.name) for i in walk(data).imports}


def ids(data: bytes) -> set[str]:
    return {f.id for f in scan_bytes(data, "").findings}


def sure_of(data: bytes, asked: tuple[str, str]) -> bool:
    """Whether an import is reported, or one that cannot be told, or a frame that makes everything doubtful."""
    found = told(data)
    return asked in found or any(None in pair for pair in found) or "frame" in ids(data)


# -- the grammar


@relaxed
@given(PICKLES)
def test_the_fast_way_stops_only_where_genops_has_an_opcode(data: bytes) -> None:
    places = {at for _, _, at in pickletools.genops(data)} | {len(data)}
    at = 0
    while at < len(data):
        found = run().match(data, at)
        assert found is not None
        assert found.end() in places
        at = found.end()
        at = after(data, at, len(data)) if at < len(data) else at
        assert at in places


@relaxed
@given(damaged() | STRANGE)
def test_the_fast_way_never_passes_an_opcode_that_must_be_looked_at(data: bytes) -> None:
    try:
        places = [(ord(op.code), at) for op, _, at in pickletools.genops(data)]
    except Exception:
        assume(False)
    found = run().match(data)
    assert found is not None
    assert all(code not in LOOK for code, at in places if at < found.end())


# -- imports


@relaxed
@given(PICKLES | damaged() | STRANGE | st.binary(max_size=60))
@example(b"\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93.")
@example(b"\x80\x04\x8c\x02os\x94(\x8c\x05posix02\x8c\x06system\x93.")
@example(b"Vos\np0\n0Vsystem\np1\n0g0\ng1\n\x93.")
def test_whatever_an_unpickler_imports_is_reported(data: bytes) -> None:
    for base in (pickle.Unpickler, pickle._Unpickler):  # type: ignore[attr-defined]
        for asked in asked_for(data, base):
            assert sure_of(data, asked), asked


@relaxed
@given(PICKLES | damaged() | STRANGE)
def test_an_import_off_the_list_is_never_clean(data: bytes) -> None:
    asked = asked_for(data, pickle._Unpickler)  # type: ignore[attr-defined]
    if any(pair not in allowed() for pair in asked):
        assert scan_bytes(data, "").verdict != "clean"


@relaxed
@given(PICKLES | damaged() | STRANGE)
def test_globals_are_those_of_genops(data: bytes) -> None:
    assume(b"\\" not in data)  # genops undoes escapes in these lines, loaders do not
    lines = []
    with contextlib.suppress(Exception):
        for op, arg, _ in pickletools.genops(data):
            if op.name in ("GLOBAL", "INST"):
                lines.append(tuple(arg.split(" ", 1)))
    assume(not any(" " in part for pair in lines for part in pair))
    assert set(lines) <= told(data) or any(None in pair for pair in told(data))


@relaxed
@given(PICKLES)
def test_the_tiers_agree(data: bytes) -> None:
    end = len(data)
    slow = {(m, n) for _, m, n in machine.operands(data, 0, end - 1)}
    assert slow <= told(data)
    assert (None, None) not in told(data)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_name_is_found_behind_ten_thousand_remembered_objects(protocol: int) -> None:
    many = [f"text {i}" for i in range(10_000)]
    data = pickle.dumps([*many, datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), "é" * 300], protocol)
    assert {("datetime", "date"), ("datetime", "datetime")} <= told(data)
    assert scan_bytes(data, "").verdict == "clean"


def test_counting_finds_what_the_machine_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [[f"text {i}", (i, i + 0.5, -i, {"k": b"x" * i})] for i in range(1000)]
    data = pickle.dumps([*many, datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), 1], 4)
    by_counting = walk(data)
    monkeypatch.setattr(memo, "texts", lambda *_: None)
    assert walk(data) == by_counting
    assert len(by_counting.imports) == 2


# -- endings


@relaxed
@given(PICKLES, st.data())
def test_a_cut_pickle_is_never_clean(data: bytes, draw: st.DataObject) -> None:
    cut = data[: draw.draw(st.integers(0, len(data) - 1))]
    assert scan_bytes(cut, "").verdict != "clean"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_model_cut_anywhere_is_never_clean(protocol: int) -> None:
    data = pickle.dumps([datetime.date(2020, 1, 1), decimal.Decimal(1), {"a": (1, 2.5, "b")}, b"c" * 300], protocol)
    assert scan_bytes(data, "").verdict == "clean"
    assert not [n for n in range(len(data)) if scan_bytes(data[:n], "").verdict == "clean"]


@relaxed
@given(PICKLES, st.binary(min_size=1, max_size=20))
def test_bytes_behind_a_pickle_are_walked_or_reported(data: bytes, more: bytes) -> None:
    result = walk(data + more)
    assert result.walked == len(data + more) or result.findings


def test_a_second_pickle_is_walked() -> None:
    assert told(pickle.dumps(1) + pickle.dumps(eval)) == {("builtins", "eval")}


def test_bytes_that_are_no_pickle_behind_one_are_inconclusive() -> None:
    assert ids(pickle.dumps(1) + b"\xff\xff") == {"trailing-bytes"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_comes_before_a_bad_opcode_is_kept(protocol: int) -> None:
    result = scan_bytes(pickle.dumps([eval, 1], protocol)[:-1] + b"\xff", "")
    assert result.verdict == "unsafe"
    assert "bad-opcode" in {f.id for f in result.findings}
    assert not result.coverage.full


def test_an_import_cut_in_its_name_is_reported_by_its_module() -> None:
    assert told(b"\x80\x02cos\nsyste") == {("os", None)}
    assert told(b"\x80\x02cos") == {(None, None)}


# -- every way to an import


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n.",
        b"(ios\nsystem\n.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
        b"\x80\x04\x8c\x02osq\x05\x8c\x06systemr\x07\0\0\0\x93.",
        b"\x80\x04Vos\nVsystem\n\x93.",
        b"\x80\x04S'os'\nS'system'\n\x93.",
        b"\x80\x04U\x02osT\x06\0\0\0system\x93.",
        b"\x80\x04X\x02\0\0\0os\x8d\x06\0\0\0\0\0\0\0system\x93.",
        b"\x80\x04\x8c\x02os\x940\x8c\x06system\x940h\x00h\x01\x93.",
        b"\x80\x04\x8c\x02osp9\n0\x8c\x06systemr\xff\xff\xff\xff0g9\nj\xff\xff\xff\xff\x93.",
        b"\x80\x04\x8c\x02os\x8c\x06systemN0\x93.",
        b"\x80\x04\x8c\x02os\x8c\x06system(NN1\x93.",
        b"\x80\x04\x8c\x02os\x8c\x06system(0\x93.",
        b"\x80\x04\x8c\x02os\x8c\x06systemNb\x93.",
        b"\x80\x04\x8c\x02os\x8c\x06system(e\x93.",
    ],
)
def test_every_way_to_name_an_import_is_followed(data: bytes) -> None:
    assert ("os", "system") in told(data)


def test_a_doubled_text_is_followed() -> None:
    assert told(b"\x80\x04\x8c\x04code2\x93.") == {("code", "code")}


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04K\x01\x8c\x06system\x93.",
        b"\x80\x04C\x02osC\x06system\x93.",
        b"\x80\x04\x8c\x02os\x85\x8c\x06system\x93.",
        b"\x80\x04h\x00h\x01\x93.",
        b"\x80\x04\x8c\x02os\x93.",
        b"\x80\x04\x8c\x02\xff\xfe\x8c\x06system\x93.",
        b"\x80\x02c\xff\xfe\nsystem\n.",
        b"\x80\x04\x8c\x02noX\xd0\x07\0\0" + b"a" * 2000 + b"\x93.",
    ],
)
def test_a_name_that_cannot_be_told_is_suspicious(data: bytes) -> None:
    assert "unresolved-import" in ids(data)
    assert scan_bytes(data, "").verdict in ("suspicious", "unsafe")


@pytest.mark.parametrize("code", [b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\0\0\0"])
def test_an_import_by_number_is_suspicious(code: bytes) -> None:
    assert ids(b"\x80\x02" + code + b".") == {"extension-code"}


def test_an_object_from_outside_is_mentioned_and_no_more() -> None:
    for data in (b"\x80\x02K\x01Q.", b"P12\n.", b"\x80\x05\x97."):
        assert ids(data) == {"outside-object"}
        assert scan_bytes(data, "").verdict == "clean"


def test_a_newer_protocol_is_inconclusive() -> None:
    assert "protocol" in ids(b"\x80\x06N.")


def frame(size: int) -> bytes:
    return b"\x95" + struct.pack("<Q", size)


@pytest.mark.parametrize(
    "data",
    [
        frame(3) + b"\x8c\x02o" + b"s.",
        frame(2) + b"\x8c\x02os.",
        frame(11) + frame(2) + b"N.",
        frame(5) + b"N." + b"NN.",
        frame(3) + b"cos" + b"\nsystem\n.",
    ],
)
def test_a_frame_that_loaders_read_differently_is_suspicious(data: bytes) -> None:
    assert "frame" in ids(b"\x80\x04" + data)
    assert scan_bytes(b"\x80\x04" + data, "").verdict != "clean"


def test_frames_as_picklers_write_them_are_no_finding() -> None:
    data = pickle.dumps([str(i) * 100 for i in range(5000)] + [b"x" * 200_000], 4)
    assert data.count(b"\x95") > 3
    assert scan_bytes(data, "").verdict == "clean"


def test_joblib_arrays_are_inconclusive_and_say_so() -> None:
    head = b"\x80\x04\x8c\x13joblib.numpy_pickle\x94\x8c\x11NumpyArrayWrapper\x94\x93\x94)\x81"
    result = scan_bytes(head + b"\x00\x01cnonsense\nnonsense\n.", "")
    assert result.verdict == "inconclusive"
    assert "holds joblib arrays that could not be followed" in {f.message for f in result.findings}


def test_a_joblib_array_does_not_hide_what_is_denied() -> None:
    head = b"\x80\x04\x8c\x13joblib.numpy_pickle\x94\x8c\x11NumpyArrayWrapper\x94\x93\x94)\x810"
    assert scan_bytes(head + b"cos\nsystem\n.", "").verdict == "unsafe"


# -- bounds


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04\x8b\xff\xff\xff\x7f.",
        b"\x80\x04\x8d" + b"\xff" * 8 + b"a.",
        b"\x80\x04\x96" + b"\xff" * 7 + b"\x7fa.",
        b"T\xff\xff\xff\xffabc.",
        frame(2**63) + b"N.",
    ],
)
def test_a_length_beyond_the_file_allocates_nothing(data: bytes) -> None:
    assert walk(data).walked < len(data) or "truncated" in ids(data)


def test_a_huge_memo_place_allocates_nothing() -> None:
    places = b"".join(b"Nr" + struct.pack("<I", 2**32 - 1 - i) for i in range(MAX_SPARSE + 10))
    assert "limit" in ids(b"\x80\x04" + places + b"\x8c\x02os2\x93.")


def test_a_stack_without_end_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_STACK", 10_000)
    assert "limit" in ids(b"\x80\x04" + b"N" * 50_000 + b"\x8c\x02os2\x93.")


def test_operations_without_end_are_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_OPS", 10_000)
    assert "limit" in ids(b"\x80\x04" + b"N0" * 50_000 + b"\x8c\x02os2\x93.")


def test_steps_without_end_are_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_STEPS", 1_000)
    result = scan_bytes(b"P\n" * 5_000 + b".", "")
    assert result.verdict == "inconclusive"
    assert not result.coverage.full


def test_imports_without_end_are_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_IMPORTS", 100)
    assert "limit" in ids(b"".join(b"cm\nn%d\n" % i for i in range(200)) + b".")


# -- recognition


@relaxed
@given(PICKLES)
def test_every_pickle_is_recognised(data: bytes) -> None:
    assert recognise(data)


@pytest.mark.parametrize(
    "text", [b"", b"hello world\n", b"# a comment\n", b"click\njinja2\nnumpy\n", b"\x80", b"<html>"]
)
def test_text_is_not_taken_for_a_pickle(text: bytes) -> None:
    assert not recognise(text)


def test_every_opcode_that_is_looked_at_has_a_meaning() -> None:
    assert set(stream.MEANING) == set(LOOK)
    assert len(CODES) == len(pickletools.opcodes)
