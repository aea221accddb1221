from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_rows import START

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import betting
from casemate.evidence.monitor.batch import Batch, take
from casemate.evidence.monitor.betting import Bets, Wealth, arl_for
from casemate.evidence.monitor.detectors import low_confidence
from casemate.evidence.monitor.detectors.low_confidence import Config

SECOND = 1_000_000_000
CONFIG = Config(0.045)


def rows(low: np.ndarray) -> Batch:
    """One record each second."""
    times = START + np.arange(low.size, dtype=np.int64) * SECOND
    return Batch(times, confidence=np.where(low, 0.5, 0.9).astype(np.float32))


def drawn(n: int, rate: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(n) < rate


def by_the_book(low: np.ndarray, m0: float, arl: float) -> int:
    """M = (M + 1) L for every record, as the paper has it; where the mean is first high enough after an event."""
    ratios = np.array(betting.RATIOS)
    bets = np.minimum((ratios - 1) / (1 - m0), 0.95 / m0)
    m = np.zeros(12)
    for i, x in enumerate(low):
        m = (m + 1) * (1 + bets * (x - m0))
        if x and m.mean() >= arl:
            return i
    return -1


@pytest.mark.parametrize(("m0", "rate"), [(0.03, 0.12), (0.045, 0.12), (0.2, 0.5), (0.5, 0.9)])
def test_the_first_crossing_is_that_of_the_formula(m0, rate):
    low = np.concatenate((drawn(3000, m0 / 2, 1), drawn(3000, rate, 2)))
    wealth = betting.step(Bets(m0), Wealth(), low, np.arange(low.size))
    assert wealth.crossings[0].first == by_the_book(low, m0, betting.APART) > 3000


def test_under_the_tolerated_rate_wealth_grows_by_one_a_record_on_average():
    # Over all sequences of 10 records, weighed by their chance at m0, the mean of M is exactly 10 (Shiryaev-Roberts).
    m0, mean = 0.3, 0.0
    for sequence in itertools.product((False, True), repeat=9):
        low = np.array([*sequence, True])  # wealth is kept after events; a last event multiplies by up
        chance = m0 ** sum(sequence) * (1 - m0) ** (9 - sum(sequence))
        wealth = betting.step(Bets(m0, 1e12), Wealth(), low, np.arange(10))
        up = 1 + np.minimum((np.array(betting.RATIOS) - 1) / (1 - m0), 0.95 / m0) * (1 - m0)
        mean += chance * float((np.array(wealth.m) / up - 1).mean())
    assert mean == pytest.approx(9)


@given(st.lists(st.booleans(), max_size=60), st.sets(st.integers(0, 60), max_size=5), st.floats(2, 50))
def test_how_records_are_cut_into_batches_changes_no_bit(low, cuts, arl):
    flags = np.array(low, np.bool_)
    bets = Bets(0.1, arl, 5)
    parts = Wealth()
    for part in np.split(np.arange(len(low)), sorted(c for c in cuts if c < len(low))):
        parts = betting.step(bets, parts, flags[part], part)
    assert parts == betting.step(bets, Wealth(), flags, np.arange(len(low)))


@given(st.integers(0, 9), st.sampled_from([(0.1, 0.4), (0.5, 0.05), (0.5, 0.005), (0.03, 0.03)]), st.data())
def test_blocks_of_events_give_the_wealth_of_a_walk_and_no_cut_changes_a_bit(seed, rates, data):
    m0, rate = rates
    low = drawn(2000, rate, seed)
    low[-1] = True
    whole = betting.step(Bets(m0), Wealth(), low, np.arange(low.size))
    parts = Wealth()
    for part in np.split(np.arange(low.size), sorted(data.draw(st.sets(st.integers(1, 1999), max_size=6)))):
        parts = betting.step(Bets(m0), parts, low[part], part)
    assert parts == whole
    ratios, m = np.array(betting.RATIOS), np.zeros(12)
    bets = np.minimum((ratios - 1) / (1 - m0), 0.95 / m0)
    start = 0 if not whole.crossings else whole.crossings[-1].last + 1
    if len(whole.crossings) <= 1 and (not whole.crossings or whole.crossings[0].times == 1):
        for x in low[start:]:
            m = (m + 1) * (1 + bets * (x - m0))
        assert np.array(whole.m) == pytest.approx(m, rel=1e-9, abs=1e-12)


def test_a_gap_of_millions_of_records_is_one_number():
    quiet = np.zeros(3_000_000, np.bool_)
    quiet[-1] = True
    wealth = betting.step(Bets(0.03), Wealth(), quiet, np.arange(quiet.size))
    assert wealth.seen == 3_000_000
    # What is left of M in between is d / (1 - d), the balance of (M + 1) d.
    bets = (np.array(betting.RATIOS) - 1) / (1 - 0.03)
    down, up = 1 - bets * 0.03, 1 + bets * 0.97
    assert wealth.m == pytest.approx(up * (1 + down / (1 - down)))


def test_a_fourfold_rise_is_found_within_500_records_nineteen_times_of_twenty():
    delays = []
    for seed in range(40):
        low = np.concatenate((drawn(5000, 0.03, seed), drawn(2000, 0.12, 1000 + seed)))
        found = low_confidence.alarms(low_confidence.step(low_confidence.begin(CONFIG), rows(low)))
        delays.append((found[0].at - START) // SECOND - 5000)
    assert min(delays) >= 0
    assert np.quantile(delays, 0.95) <= 500


def test_within_what_is_tolerated_a_million_records_give_no_alarm():
    state = low_confidence.begin(CONFIG)
    for day in range(10):
        rate = 0.03 * (1 + 0.4 * np.sin(2 * np.pi * np.arange(100_000) / 100_000))
        state = low_confidence.step(state, rows(np.random.default_rng(day).random(100_000) < rate))
    assert low_confidence.alarms(state) == ()


def test_an_alarm_says_since_when_how_much_and_what_is_tolerated():
    low = np.concatenate((drawn(7200, 0.03, 1), drawn(3600, 0.5, 2)))
    (alarm,) = low_confidence.alarms(low_confidence.step(low_confidence.begin(CONFIG), rows(low)))
    assert alarm.message == (
        "confidence below 0.6 in 35.7 % of the predictions since 2025-11-24 17:59 UTC; 4.5 % is tolerated"
    )
    assert (alarm.detector, alarm.subject, alarm.threshold) == ("low confidence", "confidence", 0.045)
    assert abs(alarm.since - START - 7200 * SECOND) < 30 * SECOND
    assert 0 < alarm.at - alarm.since < 60 * SECOND


def test_two_spikes_far_apart_are_two_alarms():
    parts = (drawn(500, 0.9, 1), drawn(20_000, 0.01, 2), drawn(500, 0.9, 3))
    state = low_confidence.step(low_confidence.begin(CONFIG), rows(np.concatenate(parts)))
    assert len(low_confidence.alarms(state)) == 2


def test_missing_confidence_is_not_measured_and_never_no_spike():
    state = low_confidence.step(low_confidence.begin(CONFIG), Batch(np.zeros(7, np.int64)))
    (reading,) = low_confidence.readings(state)
    assert reading.value is None
    assert reading.message == "not measured: none of 7 rows has a confidence"


def test_rows_without_a_confidence_take_no_part_and_are_counted():
    batch = rows(np.array([True, False, False, False]))
    gaps = np.array([np.nan, 0.9, np.inf, 0.2], np.float32)
    (reading,) = low_confidence.readings(
        low_confidence.step(low_confidence.begin(CONFIG), replace(batch, confidence=gaps))
    )
    assert (reading.value, reading.rows, reading.missing) == (0.5, 2, 2)
    assert reading.message == "confidence below 0.6 in 50 % of 2 predictions, 4.5 % is tolerated; alarms: 0"


def test_the_state_is_the_same_one_by_one_as_at_once():
    batch = rows(drawn(300, 0.4, 4))
    state = low_confidence.begin(CONFIG)
    for i in range(300):
        state = low_confidence.step(state, take(batch, np.array([i])))
    assert state == low_confidence.step(low_confidence.begin(CONFIG), batch)


def test_a_rate_that_cannot_be_is_an_error():
    with pytest.raises(CasemateError, match=r"monitor: tolerated rate 0, .*; give a rate between 0 and 1"):
        Config(0)


def test_a_tenth_of_a_false_alarm_a_day_is_ten_days_of_records():
    assert arl_for(0.1, 100_000) == 1e6


@pytest.mark.parametrize(("many", "alarms"), [(9, 0), (20, 1)])
def test_one_request_that_is_tried_again_and_again_is_no_alarm_and_twenty_in_a_row_are(many, alarms):
    low = drawn(20_000, 0.03, 4)
    low[10_000 : 10_000 + many] = True
    state = low_confidence.step(low_confidence.begin(CONFIG), rows(low))
    assert len(low_confidence.alarms(state)) == alarms
