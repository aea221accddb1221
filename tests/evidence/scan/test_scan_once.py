"""The one pass over a small pickle says what the three tiers say, or nothing."""

import collections
import datetime
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from casemate.evidence.scan import once
from casemate.evidence.scan.nested import Watched
from casemate.evidence.scan.notes import Notes
from casemate.evidence.scan.opcodes import CODES
from casemate.evidence.scan.stream import Stream

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
ARRAYS = [np.arange(3.0), np.array([1, 2], "<i2"), np.array(["a", "bc"]), np.array([1j]), np.array([None, 1], object),
          np.zeros(2, "M8[s]"), np.zeros(1, [("a", "f4"), ("b", "i4")]), np.float32(2),
          np.random.default_rng(0)]  # fmt: skip
OBJECTS = st.recursive(
    st.sampled_from([None, True, 3, 2**40, 1.5, "os", "system", "module", b"b" * 300, "t" * 300, eval, len, max,
                     ValueError, datetime.date(2020, 1, 1), collections.OrderedDict(a=1), collections.Counter("ab"), 1j,
                     *ARRAYS]),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
    | st.lists(inner, min_size=4, max_size=4).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip
PICKLES = st.builds(pickle.dumps, OBJECTS, st.sampled_from(range(2, 6)))
BITS = [bytes([c]) for c in sorted(set(CODES.values()) - {CODES["FRAME"]})] + [
    b"\x8c\x02os\x94", b"X\x03\0\0\0max", b"cbuiltins\nmax\n", b"cnumpy\ndtype\nq\x00", b"ccollections\nCounter\n",
    b")R", b"}b", b"\x8c\x08builtins\x8c\x03len\x93\x94", b"h\x00", b"q\x00", b"q\x01", b"(K\x01e", b"}u",
    b"\x85R", b"]\x94(", b"\x86", b"N", b"0",
    b"X\x06\0\0\0module", b"(\x8c\x06modulecbuiltins\nset\nNNt", b"C\x0d\x80\x04\x8c\x02os\x94\x8c\x01a\x93.",
]  # fmt: skip
STRANGE = st.lists(st.sampled_from(BITS), max_size=20).map(lambda parts: b"\x80\x04" + b"".join(parts) + b".")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A pickle with some bytes changed, put in or left out."""
    data = bytearray(draw(PICKLES))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(2, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2) | st.sampled_from(BITS))
    return bytes(data)


def three_tiers(data: bytes) -> Watched:
    stream = Watched(data, 0, Notes())
    stream.read()
    stream.resolve()
    stream.structure()
    return stream


def same(data: bytes) -> bool:
    """Whether the one pass took the file; it fails where it says something else."""
    if once.read(data) is None:
        return False
    stream, tiers = Watched(data, 0, Notes()), three_tiers(data)
    stream.follow()
    for each in ("ended", "at", "by_values", "found", "start"):
        assert getattr(stream, each) == getattr(tiers, each), each
    assert stream.notes.imports == tiers.notes.imports
    assert stream.notes.findings == tiers.notes.findings
    return True


@relaxed
@given(PICKLES | damaged() | STRANGE)
@example(b"\x80\x02cbuiltins\nmax\n)R.")
@example(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.")
@example(b"\x80\x02ccollections\nCounter\nN\x85RK\x01K\x01s.")
@example(b"\x80\x04))R.")
def test_it_says_what_the_tiers_say(data: bytes) -> None:
    same(data)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_it_takes_what_picklers_write(protocol: int) -> None:
    for value in (
        *ARRAYS,
        {"w": np.arange(5.0), "names": ["a", "b"]},
        [datetime.date(2020, 1, 1)] * 300,
        [eval, 2**70],
    ):
        assert same(pickle.dumps(value, protocol)), value


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(1, 0), pickle.dumps([1]) + pickle.dumps([1]), pickle.dumps([1])[:-1], pickle.dumps([1]) + b"x",
        pickle.dumps(pickle.dumps([eval])), b"\x80\x06N.", b"\x80\x02K\x01Q.", b"\x80\x02(ios\nsystem\n.",
        b"\x80\x02h\x00.",
        b"\x80\x02\x82\x01.", b"\x80\x04\x95\2\0\0\0\0\0\0\0N0N.",
        b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.",
        b"\x80\x02.", b"\x80\x02R.", b"\x80\x02N\x86.", b"\x80\x02e.", b"\x80\x04K\x01\x8c\x01a\x93.", b"\x80",
        b"\x80\x02",
        b"\x80\x02c" + b"a" * 2000 + b"\nb\n.",
    ],
)  # fmt: skip
def test_it_leaves_everything_else_to_the_tiers(data: bytes) -> None:
    assert once.read(data) is None


def test_a_large_pickle_and_a_later_one_are_left_to_the_tiers() -> None:
    assert Stream(pickle.dumps(b"x" * 70_000), 0, Notes()).once() is None
    assert Stream(b"N." + pickle.dumps(1), 2, Notes()).once() is None


def test_names_that_it_keeps_are_short() -> None:
    once._named.cache_clear()
    assert once.read(b"\x80\x02X\xd0\7\0\0" + b"a" * 2000 + b"X\1\0\0\0b\x93.") is None
    assert once._named.cache_info().currsize == 0
