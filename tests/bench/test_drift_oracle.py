"""The oracle beside which the delays of the monitor are told."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "bench"))
import drift_streams as streams
import oracle


def test_the_path_is_the_sum_of_log_ratios_never_below_zero():
    low = np.array([True, False, True, True])
    up, down = math.log(0.2 / 0.1), math.log(0.8 / 0.9)
    found = oracle.path(low, np.full(4, 0.2), 0.1)
    assert found == pytest.approx([up, up + down, 2 * up + down, 3 * up + down])
    assert oracle.path(~low, np.full(4, 0.2), 0.1)[0] == 0


def test_a_rate_that_is_tolerated_says_nothing():
    assert oracle.path(np.array([True, False]), np.array([0.05, 0.1]), 0.1).tolist() == [0, 0]


def test_it_is_silent_as_often_as_it_promises_and_no_delay_beats_what_the_rates_allow():
    def after(n, g):
        return np.full(n, 0.12)

    limit = oracle.tuned(after, 0.045, 1e5, np.random.default_rng(1), 10_000, 200)
    # Lorden 1971: log(records) over the divergence, less than the limit's own overshoot
    each = 0.12 * math.log(0.12 / 0.045) + 0.88 * math.log(0.88 / 0.955)
    assert math.log(1e5) * 0.6 < limit < math.log(1e5)
    delays = []
    for seed in range(200):
        low = np.random.default_rng([2, seed]).random(5000) < 0.12
        delays.append(oracle.first(low, np.full(5000, 0.12), 0.045, limit) + 1)
    assert 0.7 < np.mean(delays) * each / limit < 1.3


@pytest.mark.parametrize("kind", streams.NULLS)
def test_streams_stay_within_what_is_tolerated_and_changes_begin_where_they_should(kind):
    g = np.random.default_rng(3)
    assert streams.rates(kind, 50_000, g).max() <= streams.TOLERATED
    low, risen = streams.changed(kind, streams.OWN, np.random.default_rng(4))
    assert low.size == risen.size == streams.BEFORE + streams.AFTER
    before, after = low[: streams.BEFORE].mean(), low[streams.BEFORE :].mean()
    assert after == pytest.approx(risen[streams.BEFORE :].mean(), rel=0.1)
    assert before == pytest.approx(risen[: streams.BEFORE].mean() / streams.RISE, rel=0.25)
