from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_rows import traffic

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import codec
from casemate.evidence.monitor.sketch import merged, observe
from casemate.evidence.monitor.sketch_file import from_bytes, to_bytes
from casemate.evidence.monitor.sketch_spec import learn

ROWS = traffic(300, seed=5, hours=3)
DATA = to_bytes(observe(learn(ROWS), ROWS))
INTS = st.integers(-(2**63), 2**63 - 1)


def sealed(data: bytes) -> bytes:
    """With a digest that fits, as who wants to mislead the reader would make it."""
    return data[:8] + hashlib.blake2b(data[40:], digest_size=32).digest() + data[40:]


def message(data: bytes) -> str:
    with pytest.raises(CasemateError) as caught:
        from_bytes(data, "h.sketch")
    return str(caught.value)


def test_a_sketch_is_read_back_and_can_be_merged_on():
    sketch = from_bytes(DATA, "h.sketch")
    assert to_bytes(sketch) == DATA
    assert to_bytes(merged(sketch, sketch)) != DATA


def test_what_is_no_sketch_is_said():
    assert message(b"PK\3\4" * 20) == (
        "h.sketch: this is no sketch or state of the monitor; give a file that the monitor wrote"
    )
    assert message(DATA[:-1]) == "h.sketch: its digest does not fit its content; it was cut or changed; write it again"


@given(st.integers(40, len(DATA) - 1), st.integers(1, 255))
def test_a_changed_byte_with_a_fitting_digest_gives_an_error_or_a_sketch_in_our_form(place, flip):
    data = bytearray(DATA)
    data[place] ^= flip
    forged = sealed(bytes(data))
    try:
        sketch = from_bytes(forged, "h.sketch")
    except CasemateError:
        return
    assert to_bytes(sketch) == forged


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
def test_bytes_of_a_stranger_give_only_our_error(tail, length):
    message(sealed(DATA[:40] + length.to_bytes(4, "little") + tail))


@pytest.mark.parametrize(
    "head",
    [
        b"[" * 100_000,
        b'[{"kind":"sketch/1"},[["a","int",[1099511627776],1]]]',
        b'[{"kind":"sketch/1"},[["a","int",[-1],1]]]',
        b'[{"kind":"sketch/1"},[["a","O",[1],8]]]',
        b'[{"kind":"state/1"},[]]',
        b"[1,2]",
        b'{"a":[]}',
    ],
)
def test_heads_that_promise_too_much_are_refused(head):
    message(sealed(DATA[:40] + len(head).to_bytes(4, "little") + head))


@given(st.lists(INTS), st.lists(st.floats(allow_nan=True)))
def test_tables_come_back_as_they_were(ints, floats):
    arrays = {"a": np.array(ints, np.int64), "b": np.array(floats), "c": np.array(ints, np.int64).view(np.uint64)}
    facts, back = codec.unpack(codec.pack({"x": [1, "ü"]}, arrays), "x")
    assert facts == {"x": [1, "ü"]}
    assert all(
        np.array_equal(back[k], arrays[k], equal_nan=k == "b") and back[k].dtype == arrays[k].dtype for k in "abc"
    )


def test_a_long_table_comes_back_as_it_was():
    long = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, 700_000) >> np.arange(700_000) % 63
    assert np.array_equal(codec.unpack(codec.pack(0, {"k": long}), "x")[1]["k"], long)


@given(st.sets(st.integers(0, 2**62)))
def test_sorted_keys_come_back_as_they_were(keys):
    array = np.array(sorted(keys), np.int64)
    assert np.array_equal(codec.unpack(codec.pack(0, {"k": array}, frozenset("k")), "x")[1]["k"], array)
