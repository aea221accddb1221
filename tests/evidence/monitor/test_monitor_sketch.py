from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_rows import START, numbers, traffic, words

from casemate.core.errors import CasemateError, Refused
from casemate.evidence.monitor import distance, space
from casemate.evidence.monitor.batch import HOUR, NO_TIME, Batch, Category, Numeric, take
from casemate.evidence.monitor.sketch import (
    Sketch,
    column,
    during,
    empty,
    hours_seen,
    in_windows,
    merged,
    observe,
    rows_seen,
)
from casemate.evidence.monitor.sketch_file import to_bytes
from casemate.evidence.monitor.sketch_heavy import NONE, named, with_words
from casemate.evidence.monitor.sketch_spec import CategorySpec, NumericSpec, Spec, learn

SPEC = Spec((("f.a", NumericSpec()), ("f.b", NumericSpec(100.0, 16)), ("f.town", CategorySpec(("Aix", "Bonn")))))
FLOATS = st.floats(width=32) | st.sampled_from([0.0, -0.0, float("nan"), float("inf"), -float("inf"), 1e300, 1e-300])
ROW = st.tuples(
    st.sampled_from([NO_TIME, -5, START, START + HOUR, START + 900 * HOUR]),
    st.none() | FLOATS,
    st.none() | FLOATS,
    st.none() | st.sampled_from(["Aix", "Bonn", "Cork", "Ürümqi", ""]),
)
ROWS = st.lists(ROW, max_size=30)


def batch(rows: list[tuple[int, float | None, float | None, str | None]]) -> Batch:
    time = np.array([r[0] for r in rows], np.int64)
    features = {
        "a": numbers(r[1] for r in rows),
        "b": numbers(r[2] for r in rows),
        "town": words(*(r[3] for r in rows)),
    }
    return Batch(time, features=features)


def counted(rows: list[tuple[int, float | None, float | None, str | None]]) -> Sketch:
    return observe(SPEC, batch(rows))


@given(ROWS, ROWS, ROWS)
def test_merging_is_associative_and_commutative_to_the_byte(a, b, c):
    one, two, three = counted(a), counted(b), counted(c)
    whole = to_bytes(counted(a + b + c))
    assert to_bytes(merged(merged(one, two), three)) == whole
    assert to_bytes(merged(one, merged(two, three))) == whole
    assert to_bytes(merged(three, one, two)) == whole


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert to_bytes(counted(mixed)) == to_bytes(counted(rows))


@given(ROWS)
def test_every_row_is_counted_once_in_every_column(rows):
    sketch = counted(rows)
    assert rows_seen(sketch) == len(rows)
    assert all(int(table.counts.sum()) == len(rows) for table in sketch.columns)


@given(ROWS, st.sampled_from([2, 24, 1000]))
def test_rows_counted_by_windows_are_their_hours_put_together(rows, size):
    assert to_bytes(observe(SPEC, batch(rows), size)) == to_bytes(in_windows(counted(rows), size))


def test_nothing_is_neutral():
    sketch = counted([(START, 1.0, 2.0, "Aix")])
    assert to_bytes(merged(empty(SPEC), sketch)) == to_bytes(sketch)


@pytest.mark.parametrize("processes", [2, 4])
def test_several_processes_and_shuffled_parts_give_the_bytes_of_one(processes):
    rows = traffic(8000, seed=3, hours=30)
    spec = learn(rows)
    whole = to_bytes(observe(spec, rows))
    shuffled = np.random.default_rng(processes).permutation(8000)
    parts = [take(rows, part) for part in np.array_split(shuffled, 7)]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        sketches = list(pool.map(observe, [spec] * len(parts), parts))
    assert to_bytes(merged(*reversed(sketches))) == whole


def test_many_hours_in_one_batch_are_counted_like_one_by_one():
    rows = traffic(3000, seed=1, hours=900)
    spec = learn(rows)
    apart = [observe(spec, take(rows, np.array([i]))) for i in range(0, 3000, 10)]
    assert to_bytes(merged(*apart)) == to_bytes(observe(spec, take(rows, np.arange(0, 3000, 10))))


def test_null_nan_and_infinities_are_counted_apart():
    rows = batch(
        [(START, v, 0.0, w) for v, w in [(None, None), (np.nan, "Aix"), (np.inf, "Aix"), (-np.inf, "Aix")] * 2]
    )
    _, table = column(observe(SPEC, rows), "f.a")
    assert distance.specials(table) == {"null": 2, "NaN": 2, "-infinity": 2, "infinity": 2}
    assert distance.specials(column(observe(SPEC, rows), "f.town")[1]) == {"null": 2}


def test_zero_and_minus_zero_are_one_place_and_what_is_beyond_float32_is_finite():
    _, table = column(observe(SPEC, batch([(START, v, 0.0, None) for v in (0.0, -0.0, 1e300, -1e300)])), "f.a")
    assert distance.specials(table) == {}
    assert table.counts.tolist() == [1, 2, 1]


def test_a_column_that_is_absent_or_of_another_type_or_unexpected_is_said():
    rows = Batch(np.array([START], np.int64), features={"a": words("x"), "new": numbers([1.0])})
    sketch = observe(SPEC, rows)
    assert distance.specials(column(sketch, "f.a")[1]) == {"of another type": 1}
    assert distance.specials(column(sketch, "f.b")[1]) == {"absent": 1}
    assert sketch.unexpected == (("f.new", 1),)


def test_a_large_offset_with_a_small_spread_is_resolved():
    g = np.random.default_rng(0)
    rows = [
        Batch(np.full(20_000, START), features={"a": Numeric(1e6 + shift + g.standard_normal(20_000))})
        for shift in (0.0, 0.1)
    ]
    spec = learn(rows[0])
    (_, one), (_, other) = (column(observe(spec, r), "f.a") for r in rows)
    assert abs(spec.columns[0][1].offset - 1e6) < 0.1
    # Two normal distributions one tenth of a deviation apart: KS is 2 Phi(.05) - 1 = .0399.
    assert abs(distance.ks(distance.paired(one, other)) - 0.0399) < 0.015
    blind = Spec((("f.a", NumericSpec()),))
    (_, one), (_, other) = (column(observe(blind, r), "f.a") for r in rows)
    assert distance.ks(distance.paired(one, other)) == 0


def test_float32_float64_and_integers_of_one_value_give_the_same_bytes():
    kinds = (np.float32, np.float64, np.int16, np.int64)
    made = {
        to_bytes(observe(SPEC, Batch(np.full(3, START), features={"a": numbers([1, -2, 300], kind)}))) for kind in kinds
    }
    assert len(made) == 1


def test_sketches_of_different_specs_do_not_mix():
    other = Spec((("f.a", NumericSpec(1.0)),))
    with pytest.raises(CasemateError, match="different specs; make each with the spec of one reference"):
        merged(empty(SPEC), empty(other))


def test_hours_are_cut_out_and_rows_without_time_have_an_hour_of_their_own():
    sketch = counted([(t, 1.0, 1.0, "Aix") for t in (NO_TIME, -5, START, START + HOUR)])
    assert hours_seen(sketch).tolist() == [-1, 490_000, 490_001]
    assert rows_seen(during(sketch, 490_001, 500_000)) == 1


def test_windows_of_a_sketch_are_those_of_its_parts():
    rows = traffic(2000, seed=6, hours=100)
    spec = learn(rows)
    whole, one, other = (observe(spec, take(rows, p)) for p in (np.arange(2000), np.arange(700), np.arange(700, 2000)))
    assert in_windows(whole, 24) == merged(in_windows(one, 24), in_windows(other, 24))
    assert set(hours_seen(in_windows(whole, 24)) % 24) == {0}
    assert rows_seen(in_windows(whole, 24)) == 2000


def test_a_log_over_too_many_hours_is_refused():
    times = np.arange(20_001, dtype=np.int64) * HOUR
    with pytest.raises(Refused, match="log: its times fall into 20001 hours, 20000 at most are kept; check the column"):
        observe(Spec(()), Batch(times))


def test_an_unexpected_word_that_is_common_is_named_in_any_order():
    rare = {f"rare-{i}": 1 for i in range(2000)}
    one = with_words(NONE, {"Zürich": 700, **rare, "a-word-that-is-longer-than-24-bytes": 900})
    other = with_words(with_words(NONE, {"a-word-that-is-longer-than-24-bytes": 900}), {**rare, "Zürich": 700})
    assert one == other
    assert [word for word, _ in named(one, 0.1)] == ["a-word-that-is-longer-th...", "Zürich"]


@given(st.dictionaries(st.text(max_size=20), st.integers(1, 5), max_size=200))
def test_no_word_is_named_that_did_not_occur(words):
    found = named(with_words(NONE, {w: n for w, n in words.items() if "\0" not in w}))
    assert all(name in words for name, _ in found if not name.endswith("..."))


def test_a_batch_of_columns_that_do_not_fit_is_an_error():
    with pytest.raises(CasemateError, match=r"batch: f\.a has 1 rows where time has 2; give columns of one length"):
        Batch(np.zeros(2, np.int64), features={"a": numbers([1.0])})
    with pytest.raises(CasemateError, match="a code has no word"):
        Category(np.array([0, 1]), ("one",))


def test_hundreds_of_hours_at_once_give_the_bytes_of_each_hour_alone_in_any_order():
    rows = traffic(3000, 3, hours=300.0)
    spec, hour = learn(rows), rows.time // HOUR
    alone = merged(*(observe(spec, take(rows, np.flatnonzero(hour == h))) for h in np.unique(hour)))
    mixed = take(rows, np.random.default_rng(1).permutation(3000))
    assert to_bytes(observe(spec, rows)) == to_bytes(alone) == to_bytes(observe(spec, mixed))


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40))
def test_the_middle_and_the_spread_of_an_axis_are_quartiles_of_float64(values):
    exact = np.array(values, np.float32)
    low, middle, high = (float(q) for q in np.quantile(exact.astype(np.float64), (0.25, 0.5, 0.75)))
    found = space.learn(Batch(np.zeros(exact.size, np.int64), features={"a": Numeric(exact)})).axes
    if high > low:
        assert (found[0].centre, found[0].spread) == (middle, (high - low) / 1.349)


def test_a_number_is_the_same_point_whatever_its_type_and_what_is_none_stands_in_the_middle():
    g = np.random.default_rng(3)
    values = (g.standard_normal(500) + 1000).astype(np.float32)
    values[:3] = np.nan, np.inf, -3e38
    null = np.zeros(500, np.bool_)
    null[3] = True
    time = np.zeros(500, np.int64)
    one = Batch(time, features={"a": Numeric(values), "town": words(*["Aix", "Bonn"] * 250)})
    other = Batch(time, features={"a": Numeric(values.astype(np.float64), null), "town": one.features["town"]})
    axes = space.learn(one)
    rows = g.permutation(500)
    found, wide = space.points(axes, one, rows), space.points(axes, other, rows)
    np.testing.assert_allclose(found[rows > 3], wide[rows > 3], atol=1e-4)
    assert space.points(axes, one)[rows].tolist() == found.tolist()
    assert wide[rows == 3, 0].tolist() == [0]
    assert space.points(axes, one)[:3, 0].tolist() == [0, 0, -8]
    assert space.points(axes, Batch(time)).tolist() == np.zeros((500, 2)).tolist()
