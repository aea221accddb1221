from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from monitor_rows import START, numbers, words

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import Batch, Category, Labels, take
from casemate.evidence.monitor.detectors import errors
from casemate.evidence.monitor.detectors.errors import Config

CONFIG = Config(0.1)


def rows(n: int, wrong: float, seed: int, sure: float = 0.9) -> tuple[Batch, Labels]:
    """Predictions with an id and a confidence, and their labels."""
    g = np.random.default_rng(seed)
    answer = g.integers(0, 2, n)
    label = np.where(g.random(n) < wrong, 1 - answer, answer)
    ids = np.arange(n, dtype=np.uint64) + np.uint64(seed * 1_000_000)
    names = ("no", "yes")
    times = START + np.arange(n, dtype=np.int64) * 1_000_000_000
    batch = Batch(times, Category(answer, names), np.full(n, sure), id=ids)
    return batch, Labels(ids, Category(label, names))


def labelled(batch: Batch, labels: Labels) -> Batch:
    return Batch(batch.time, batch.prediction, batch.confidence, label=labels.label, id=batch.id)


def test_too_many_errors_are_found_and_told():
    state = errors.begin(CONFIG)
    for start, part in ((0, rows(2000, 0.05, 1)), (2000, rows(1000, 0.4, 2))):
        batch = labelled(*part)
        state = errors.step(state, replace(batch, time=batch.time + start * 1_000_000_000))
    found = [a for a in errors.alarms(state) if a.subject == "error rate"]
    assert len(found) == 1
    assert found[0].message == (
        "34.3 % of the labelled predictions since 2025-11-24 16:33 UTC are wrong; 10 % is tolerated"
    )


def test_labels_that_come_late_in_any_order_give_the_same_calibration():
    batch, labels = rows(3000, 0.2, 3)
    at_once = errors.step(errors.begin(CONFIG), labelled(batch, labels))
    late = errors.step(errors.begin(CONFIG), batch)
    order = np.random.default_rng(0).permutation(3000)
    for part in np.array_split(order, 4):
        late = errors.late(late, Labels(labels.id[part], errors.Category(labels.label.codes[part], ("no", "yes"))))
    assert late.bins == at_once.bins
    assert (late.wealth.seen, late.wealth.events) == (at_once.wealth.seen, at_once.wealth.events)
    assert len(late.waiting) == 0


def test_a_model_that_is_surer_than_right_is_found():
    state = errors.step(errors.begin(Config(0.9)), labelled(*rows(5000, 0.3, 4)))
    (alarm,) = errors.alarms(state)
    assert alarm.subject == "calibration"
    assert alarm.message == "confidence is 20.2 % above accuracy; 5 % is tolerated"
    reading = errors.readings(state)[1]
    assert reading.value == pytest.approx(0.2, abs=0.02)
    assert dict(reading.details)["expected calibration error"] == pytest.approx(0.2, abs=0.02)


def test_a_model_that_is_as_sure_as_right_is_left_alone():
    assert errors.alarms(errors.step(errors.begin(Config(0.15)), labelled(*rows(5000, 0.1, 5)))) == ()


def test_without_labels_nothing_is_measured():
    state = errors.step(errors.begin(CONFIG), rows(50, 0.1, 6)[0])
    assert [r.message for r in errors.readings(state)] == [
        "not measured: no labels",
        "not measured: fewer than 100 labelled rows have a confidence",
    ]
    assert [r.missing for r in errors.readings(state)] == [50, 50]


def test_who_waits_too_long_is_let_go_and_a_label_without_a_row_is_counted():
    batch, labels = rows(100, 0.5, 7)
    state = errors.step(errors.begin(Config(0.1, waiting=30)), batch)
    assert (len(state.waiting), state.unlabelled) == (30, 70)
    state = errors.late(state, labels)
    assert (len(state.waiting), state.unmatched, state.wealth.seen) == (0, 70, 30)


def test_a_row_without_an_id_cannot_wait():
    batch, _ = rows(3, 0.5, 7)
    state = errors.step(errors.begin(CONFIG), replace(batch, id=np.array([0, 4, 0], np.uint64)))
    assert (len(state.waiting), state.unlabelled) == (1, 2)


def test_numbers_are_right_when_they_are_near_and_types_that_do_not_fit_are_counted():
    near = Batch(np.full(3, START), numbers([1.0, 2.0, 5.0]), label=numbers([1.4, 2.6, None]))
    state = errors.step(errors.begin(Config(0.5, near=0.5)), near)
    assert (state.wealth.seen, state.wealth.events, state.unlabelled) == (2, 1, 1)
    odd = Batch(np.full(1, START), numbers([1.0]), label=words("one"))
    assert errors.step(state, odd).unfit == 1


def test_labelled_rows_one_by_one_give_the_state_of_all_at_once():
    batch = labelled(*rows(200, 0.3, 8))
    state = errors.begin(CONFIG)
    for i in range(200):
        state = errors.step(state, take(batch, np.array([i])))
    whole = errors.step(errors.begin(CONFIG), batch)
    assert (state.wealth, state.bins, state.first, state.last) == (whole.wealth, whole.bins, whole.first, whole.last)


def test_settings_out_of_range_are_an_error():
    with pytest.raises(CasemateError, match="monitor: the settings of errors are out of range"):
        Config(0.1, near=float("nan"))
