from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_rows import START, traffic

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import reference, state
from casemate.evidence.monitor.batch import NO_TIME, Batch, Category, Labels, take
from casemate.evidence.monitor.fresh import Seen, fresh
from casemate.evidence.monitor.sketch import hours_seen, rows_seen
from casemate.evidence.monitor.state import Monitor, Settings

FIRST = traffic(3000, seed=1, hours=20)
LEARNT = reference.learn(FIRST)
SETTINGS = Settings(tolerated_low=0.2, tolerated_errors=0.1, budget=1000, moved=0.05)
ROWS = traffic(1500, seed=2, shift=1, hours=20)
LABELS = Labels(ROWS.id, Category(np.zeros(1500, np.int64), ("no",)))


def after(*batches: Batch, start: Monitor | None = None) -> Monitor:
    found = state.begin(LEARNT, SETTINGS) if start is None else start
    for batch in batches:
        found = state.step(found, batch)
    return found


def half() -> Monitor:
    return state.labels(after(take(ROWS, np.arange(700))), LABELS)


DATA = state.to_bytes(half())


def test_who_is_killed_and_started_again_goes_on_as_if_nothing_had_been():
    rest = take(ROWS, np.arange(700, 1500))
    read = state.from_bytes(DATA, "monitor.state")
    assert state.to_bytes(after(rest, start=read)) == state.to_bytes(after(rest, start=half()))
    assert state.alarms(after(rest, start=read)) == state.alarms(after(rest, start=half()))


def test_rows_that_come_again_are_counted_once():
    once, twice = after(ROWS), after(ROWS, take(ROWS, np.arange(500, 900)))
    assert twice.seen.repeated == 400
    assert replace(twice, seen=once.seen).rows == 1500
    assert state.alarms(once) == state.alarms(twice)
    assert state.to_bytes(replace(twice, seen=once.seen)) == state.to_bytes(once)


def test_a_step_hands_over_the_new_rows_counted_by_the_hour():
    start, sketch = state.counted_step(state.begin(LEARNT, SETTINGS), ROWS)
    assert (rows_seen(sketch), hours_seen(sketch).size) == (1500, 20)
    assert rows_seen(state.counted_step(start, ROWS)[1]) == 0


def test_rows_out_of_order_and_without_a_time_are_counted():
    times = np.array([START + 5, START + 3, NO_TIME, START + 4, START + 9], np.int64)
    found = after(Batch(times), Batch(np.array([START + 8], np.int64)))
    assert (found.rows, found.without_time, found.out_of_order, found.newest) == (6, 1, 3, START + 9)


def test_every_detector_reads_and_what_moved_is_found():
    found = state.labels(after(ROWS), LABELS)
    detectors = {r.detector for r in state.readings(found)}
    assert detectors == {"drift", "joint drift", "low confidence", "errors", "probing"}
    subjects = {(a.detector, a.subject) for a in state.alarms(found)}
    assert ("drift", "f.x00") in subjects
    assert ("errors", "error rate") in subjects


def test_a_detector_whose_rate_nobody_declared_says_so():
    found = state.step(state.begin(LEARNT, Settings()), ROWS)
    idle = [r for r in state.readings(found) if r.detector in ("low confidence", "errors")]
    assert {r.message for r in idle} == {"not measured: no tolerated rate was declared"}
    assert all(r.value is None and r.missing == 1500 for r in idle)
    assert state.labels(found, LABELS) == found


def test_an_empty_batch_changes_nothing():
    assert state.to_bytes(after(take(ROWS, np.arange(0)))) == state.to_bytes(after())


def test_a_reference_is_kept_and_read():
    data = reference.to_bytes(LEARNT)
    assert reference.to_bytes(reference.from_bytes(data, "r")) == data
    assert reference.limits(reference.from_bytes(data, "r")) == reference.limits(LEARNT)


def test_a_reference_without_rows_is_an_error():
    with pytest.raises(CasemateError, match="reference: it has no rows; give a log of normal traffic"):
        reference.learn(take(FIRST, np.arange(0)))


def test_a_reference_of_few_rows_says_nothing_about_clients():
    few = reference.learn(take(FIRST, np.arange(20)))
    found = state.step(state.begin(few, SETTINGS), ROWS)
    (reading,) = [r for r in state.readings(found) if r.detector == "probing"]
    assert reading.message == ("not measured: the reference has too few rows or features to say where it lies")
    assert reference.limits(few) is None


def test_a_state_of_another_kind_is_refused():
    with pytest.raises(CasemateError) as caught:
        state.from_bytes(reference.to_bytes(LEARNT), "monitor.state")
    assert str(caught.value) == "monitor.state: it holds no state of this version; begin anew"


@settings(max_examples=25)
@given(st.integers(40, len(DATA) - 1), st.integers(1, 255))
def test_a_damaged_state_with_a_fitting_digest_gives_our_error_or_a_state(place, flip):
    data = bytearray(DATA)
    data[place] ^= flip
    data[8:40] = hashlib.blake2b(data[40:], digest_size=32).digest()
    try:
        found = state.from_bytes(bytes(data), "monitor.state")
    except CasemateError:
        return
    assert isinstance(found, Monitor)


def test_ids_are_remembered_over_batches_and_within_one():
    ids = np.array([3, 1, 3, 2], np.uint64)
    seen, new = fresh(Seen(), Batch(np.arange(4), id=ids))
    assert new.id.tolist() == [3, 1, 2]
    seen, new = fresh(seen, Batch(np.arange(2), id=np.array([2, 9], np.uint64)))
    assert (new.id.tolist(), seen.repeated) == ([9], 2)


def test_rows_without_an_id_among_others_are_all_new():
    seen, new = fresh(Seen(), Batch(np.arange(4), id=np.array([0, 7, 0, 7], np.uint64)))
    assert (new.time.tolist(), seen.repeated) == ([0, 1, 2], 1)
    assert fresh(seen, new)[1].id.tolist() == [0, 0]


def test_without_ids_every_row_is_new():
    batch = Batch(np.zeros(3, np.int64))
    assert fresh(Seen(), batch)[1] is batch
