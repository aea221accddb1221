from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from monitor_rows import START, numbers, traffic

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import HOUR, NO_TIME, Batch, Category, Numeric
from casemate.evidence.monitor.detectors import drift, joint, retraining
from casemate.evidence.monitor.sample import merged, nothing
from casemate.evidence.monitor.sketch import Sketch, observe, rows_seen
from casemate.evidence.monitor.sketch_spec import learn
from casemate.evidence.monitor.space import learn as learn_space

REFERENCE = traffic(60_000, seed=1, hours=24)
SPEC = learn(REFERENCE)
SKETCH = observe(SPEC, REFERENCE)
CONFIG = drift.Config(SKETCH, tolerated=0.02)


def after(*batches: Batch, config: drift.Config = CONFIG) -> drift.State:
    state = drift.begin(config)
    for batch in batches:
        state = drift.step(state, batch)
    return state


def test_exactly_the_column_that_moved_is_flagged():
    moved = after(traffic(60_000, seed=2, shift=0.15, hours=8))
    (alarm,) = drift.alarms(moved)
    assert alarm.subject == "f.x00"
    assert (alarm.since, alarm.at) == (START - 16 * HOUR, START + 8 * HOUR)
    assert alarm.message == (
        "f.x00 moved: KS 0.0643, at least 0.0417 beyond chance, 0.02 allowed; mean -0.008662 -> 0.1482"
    )


def test_rows_like_the_reference_raise_no_alarm_however_many():
    assert drift.alarms(after(*(traffic(60_000, seed=s, hours=8) for s in (3, 4)))) == ()


def test_few_rows_are_not_enough_for_an_alarm():
    assert drift.alarms(after(traffic(400, seed=2, shift=3, hours=1))) == ()


def test_what_is_tolerated_may_differ_for_a_column():
    config = drift.Config(SKETCH, 0.02, (("f.x00", 0.2),))
    assert drift.alarms(after(traffic(60_000, seed=2, shift=0.15, hours=8), config=config)) == ()


def test_windows_in_a_row_are_one_alarm():
    days = [traffic(20_000, seed=s, shift=1, start=START + (8 + 24 * s) * HOUR, hours=20) for s in (0, 1, 3)]
    found = [a for a in drift.alarms(after(*days)) if a.subject == "f.x00"]
    assert [(a.since - START) // HOUR for a in found] == [8, 80]
    assert [(a.at - START) // HOUR for a in found] == [56, 104]


def test_new_words_are_named_and_missing_values_are_told():
    rows = traffic(20_000, seed=5)
    fresh = Category(np.where(np.arange(20_000) % 4 == 0, 0, 1), ("Dover", "Aix"))
    gone = Numeric(rows.features["x01"].values, np.arange(20_000) % 5 == 0)
    found = drift.alarms(after(replace(rows, features={**rows.features, "town": fresh, "x01": gone})))
    assert [a.message for a in found] == [
        "f.town moved: total variation 0.4, at least 0.36 beyond chance, 0.02 allowed; new: 'Dover'",
        "f.x01 is null in 20 % of the rows, 0 % before",
    ]


def test_a_column_that_the_log_lost_is_an_alarm_and_not_measured():
    rows = traffic(20_000, seed=5)
    rest = {k: v for k, v in rows.features.items() if k != "x02"}
    state = after(replace(rows, features=rest))
    assert [a.message for a in drift.alarms(state)] == ["f.x02 is absent in 100 % of the rows, 0 % before"]
    reading = next(r for r in drift.readings(state) if r.subject == "f.x02")
    assert (reading.value, reading.rows, reading.missing) == (None, 0, 20_000)
    assert reading.message == "not measured: f.x02 has no values to compare"


def test_a_reference_that_varies_by_itself_widens_what_is_allowed():
    def week(seed: int, days: range) -> list[Batch]:
        return [traffic(5000, seed + d, shift=0.3 * (d % 3), start=START + (8 + 24 * d) * HOUR, hours=20) for d in days]

    sketch: Sketch = drift.begin(CONFIG).current
    for batch in week(0, range(9)):
        sketch = drift.merged(sketch, observe(SPEC, batch))
    steady, varied = CONFIG, drift.Config(sketch, tolerated=0.02)
    assert "f.x00" in {a.subject for a in drift.alarms(after(*week(100, range(3)), config=steady))}
    assert drift.alarms(after(*week(100, range(3)), config=varied)) == ()


def test_rows_without_a_time_are_a_window_of_their_own():
    rows = traffic(20_000, seed=2, shift=1)
    (alarm,) = drift.alarms(after(replace(rows, time=np.full(20_000, NO_TIME))))
    assert (alarm.subject, alarm.since, alarm.at) == ("f.x00", NO_TIME, NO_TIME)


def test_windows_that_are_over_can_be_forgotten():
    state = after(traffic(100, 1), traffic(70, 2, start=START + 24 * HOUR))
    assert rows_seen(drift.forgotten(state, START // HOUR).current) == 70


def test_readings_give_all_distances():
    reading = next(r for r in drift.readings(after(traffic(60_000, 2, shift=0.5))) if r.subject == "f.x00")
    found = dict(reading.details)
    assert found["wasserstein in deviations"] == pytest.approx(0.5, abs=0.03)
    assert found["mean"] - found["mean before"] == pytest.approx(0.5, abs=0.03)
    assert found["psi"] == pytest.approx(0.25, abs=0.03)  # of two normals: the square of the shift
    assert 0 < found["jensen-shannon"] < found["psi"]


def tangled(n: int, seed: int, sign: int, start: int = START) -> Batch:
    """Two features, each standard normal, correlated by +.8 or -.8, and two that are not."""
    g = np.random.default_rng(seed)
    a, b, c, d = g.standard_normal((4, n))
    columns = {"a": a, "b": 0.8 * sign * a + 0.6 * b, "c": c, "d": d}
    return Batch(
        np.full(n, start),
        features={k: Numeric(v) for k, v in columns.items()},
        id=g.integers(0, 2**62, n).astype(np.uint64),
    )


def test_a_change_of_how_features_hang_together_is_seen_by_joint_drift_alone():
    first = tangled(5000, 1, 1)
    space = learn_space(first)
    config = joint.Config(space, joint.sampled(space, first, 4000, 0))
    single = drift.Config(observe(learn(first), first), tolerated=0.03)
    same, turned = tangled(5000, 2, 1), tangled(5000, 3, -1)
    assert drift.alarms(after(turned, config=single)) == ()
    assert joint.alarms(joint.step(joint.begin(config), same)) == ()
    found = joint.alarms(joint.step(joint.begin(config), turned))
    assert [a.subject for a in found] == ["reconstruction", "classifier"]
    assert "a classifier tells the rows from the reference with an area" in "".join(a.message for a in found)


def test_joint_drift_of_rows_in_any_order_and_batch_is_the_same():
    rows = tangled(3000, 4, 1)
    space = learn_space(rows)
    config = joint.Config(space, joint.sampled(space, rows, 4000, 0), most=500)
    mixed = joint.take(rows, np.random.default_rng(0).permutation(3000))
    state = joint.begin(config)
    for part in np.array_split(np.arange(3000), 5):
        state = joint.step(state, joint.take(mixed, part))
    assert state.windows == joint.step(joint.begin(config), rows).windows
    assert state.windows[0][1].seen == 3000


def test_a_sample_of_parts_is_the_sample_of_the_whole():
    rows = tangled(900, 5, 1)
    space = learn_space(rows)
    one, other = (joint.sampled(space, joint.take(rows, p), 50, 0) for p in np.array_split(np.arange(900), 2))
    whole = joint.sampled(space, rows, 50, 0)
    assert merged(one, other, 50) == merged(other, one, 50) == whole
    assert merged(whole, nothing(4), 50) == whole


def test_joint_drift_without_rows_is_not_measured():
    rows = tangled(900, 5, 1)
    space = learn_space(rows)
    state = joint.begin(joint.Config(space, joint.sampled(space, rows, 400, 0)))
    state = joint.step(state, Batch(np.zeros(4, np.int64)))
    (reading,) = joint.readings(state)
    assert (reading.value, reading.missing) == (None, 4)
    assert reading.message == "not measured: it takes two features, and 200 rows of the reference and of a window"


def test_the_area_of_a_classifier_counts_ties_by_half():
    sides = np.array([False, False, True, True])
    assert joint.area(np.array([1.0, 2.0, 2.0, 3.0]), sides) == 0.875
    assert joint.area(np.zeros(4), sides) == 0.5


def training(seed: int, shift: float) -> Sketch:
    return observe(SPEC, replace(traffic(20_000, seed, shift), time=np.full(20_000, NO_TIME)))


def test_retraining_data_that_creeps_is_seen_against_the_first_version():
    state = retraining.begin(retraining.Config(tolerated=0.05))
    for i, version in enumerate(("1", "2", "3", "4")):
        state = retraining.step(state, version, training(10 + i, 0.15 * i))
    found = retraining.alarms(state)
    assert [a.subject for a in found] == ["3: f.x00", "4: f.x00"]
    assert found[0].message == (
        "f.x00 of the training set moved from 1 to 3: KS 0.125, at least 0.0862 beyond chance, 0.05 allowed"
    )


def test_one_version_of_training_data_is_not_measured():
    state = retraining.step(retraining.begin(retraining.Config()), "1", training(1, 0))
    assert [r.message for r in retraining.readings(state)] == ["not measured: 1 training sets are known, it takes two"]


def test_training_sets_of_different_specs_are_an_error():
    state = retraining.step(retraining.begin(retraining.Config()), "1", training(1, 0))
    other = Batch(np.zeros(1, np.int64), features={"a": numbers([1.0])})
    with pytest.raises(CasemateError, match="monitor: the training set of 2 was counted by another spec; make each"):
        retraining.step(state, "2", observe(learn(other), other))
