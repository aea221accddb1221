"""The streams that the delays of the monitor are measured on, and how sure a percentile is."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "bench"))
import drift_delays as delays
import drift_streams as streams


@pytest.mark.parametrize("kind", streams.NULLS)
def test_a_rise_of_the_stream_is_to_four_times_the_mean_rate_whatever_a_record_had(kind):
    low, after = streams.changed(kind, streams.MEAN, np.random.default_rng(1))
    assert set(after.tolist()) == {0.12}
    assert low[streams.BEFORE :].mean() == pytest.approx(0.12, abs=0.01)
    assert low[: streams.BEFORE].mean() < 0.06


def test_a_rise_of_each_record_is_to_four_times_its_own_rate_which_may_be_little():
    _, after = streams.changed("slow benign drift", streams.OWN, np.random.default_rng(1))
    assert after[[0, -1]].tolist() == pytest.approx([0.08, 0.18])


def test_the_interval_of_a_percentile_holds_it_nineteen_times_of_twenty():
    g = np.random.default_rng(3)
    found = [delays.late_of(g.exponential(1, 400).tolist()) for _ in range(300)]
    true = -math.log(0.05)
    assert sum(late.low <= true <= late.high for late in found) >= 275
    assert np.mean([late.value for late in found]) == pytest.approx(true, abs=0.05)


def test_what_was_missed_is_later_than_everything():
    assert delays.late_of([1.0] * 96 + [math.inf] * 4).value == 1
    assert delays.late_of([1.0] * 90 + [math.inf] * 10).value == math.inf
    assert str(delays.late_of(list(range(1, 2001)))) == "1900 (1880 to 1920)"
