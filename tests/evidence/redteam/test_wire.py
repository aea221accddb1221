"""Messages between us and the child process."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casemate.evidence.redteam import wire


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3)), hnp.arrays(np.int64, 5), st.text())
def test_what_is_sent_is_what_is_received(a, b, text):
    pipe = io.BytesIO()
    wire.send(pipe, {"do": text}, a, b)
    pipe.seek(0)
    head, (x, y) = wire.receive(pipe)
    assert head == {"do": text}
    np.testing.assert_array_equal(x, a)
    np.testing.assert_array_equal(y, b)


@given(st.binary(max_size=300))
def test_what_is_no_message_is_broken(data):
    with pytest.raises(wire.Broken):
        wire.receive(io.BytesIO(data))


@pytest.mark.parametrize(
    "line",
    [
        b'{"arrays": [["<f8", 10000000000]]}\n',
        b'{"arrays": [["<f8", -1]]}\n',
        b'{"arrays": [["O", 3]]}\n',
        b'{"arrays": [["<f8", 3]]}\n12',
        b'{"arrays": 3}\n',
        b"[]\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_hostile_messages_are_broken_and_nothing_is_allocated(line):
    with pytest.raises(wire.Broken):
        wire.receive(io.BytesIO(line))
