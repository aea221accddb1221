"""The space of inputs: rows become points and points become rows that can exist."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.space import Feature, Space, numbers
from redteam_cases import MIXED, rows_of

seeds = st.integers(0, 2**32 - 1)


def one(space, point, origin):
    """The row that one point becomes."""
    return space.rows(np.array([point], dtype=float), np.array([origin], dtype=float))[0].tolist()


@given(seeds)
def test_a_row_that_can_exist_is_its_own_projection(seed):
    rows = rows_of(MIXED, 20, np.random.default_rng(seed))
    back = MIXED.rows(MIXED.points(rows), rows)
    np.testing.assert_allclose(back, rows, atol=1e-9)
    assert MIXED.allowed(rows, rows).all()


@given(seeds)
def test_whatever_point_comes_up_its_row_can_exist_and_be_reached(seed):
    rng = np.random.default_rng(seed)
    origins = rows_of(MIXED, 20, rng)
    rows = MIXED.rows(rng.normal(0.5, 1, (20, MIXED.dimensions)), origins)
    income, age, years, rate, job, owner, red, blue = rows.T
    assert ((income >= 0) & (income <= 1)).all()
    assert (age == origins[:, 1]).all()
    assert ((years >= origins[:, 2]) & (years <= 40) & (years == np.round(years))).all()
    np.testing.assert_allclose(rate * 20, np.round(rate * 20), atol=1e-9)
    assert set(job) <= {0, 1, 2}
    assert set(owner) <= {0, 1}
    assert (red + blue == 1).all()
    assert (red * blue == 0).all()


@given(seeds)
def test_projecting_twice_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    origins = rows_of(MIXED, 20, rng)
    rows = MIXED.rows(rng.normal(0.5, 1, (20, MIXED.dimensions)), origins)
    np.testing.assert_allclose(MIXED.rows(MIXED.points(rows), origins), rows, atol=1e-9)


def test_a_number_is_scaled_to_its_range_and_a_word_has_a_dimension_of_its_own():
    space = Space((Feature("age", "integer", 20, 60), Feature("job", "categorical", 0, 2, words=("a", "b", "c"))))
    assert space.points(np.array([[30.0, 2.0]])).tolist() == [[0.25, 0, 0, 1]]
    assert space.dimensions == 4


def test_what_is_missing_lies_in_the_middle_and_stays_missing():
    space = Space((Feature("x", "real", 0, 10), Feature("job", "categorical", 0, 1, words=("a", "b"))))
    assert space.points(np.array([[np.nan, np.nan]])).tolist() == [[0.5, 0, 0]]
    assert np.isnan(one(space, [0.9, 0, 1], [np.nan, np.nan])).all()


def test_of_equal_words_the_origins_stays():
    space = Space((Feature("job", "categorical", 0, 2, words=("a", "b", "c")),))
    assert one(space, [0.5, 0.5, 0.1], [1]) == [1]
    assert one(space, [0.5, 0.5, 0.1], [0]) == [0]
    assert one(space, [0.5, 0.5, 0.6], [0]) == [2]


def test_steps_count_from_the_lowest_value_and_never_pass_the_highest():
    space = Space((Feature("x", "real", 1, 2, step=0.3),))
    np.testing.assert_allclose(one(space, [1.0], [1]), [1.9])
    np.testing.assert_allclose(one(space, [0.5], [1]), [1.6])  # 1.5 lies between 1.3 and 1.6


def test_a_direction_holds_on_the_side_of_the_origin():
    space = Space((Feature("up", "real", 0, 1, direction="up"), Feature("down", "real", 0, 1, direction="down")))
    assert one(space, [0.2, 0.2], [0.5, 0.5]) == [0.5, 0.2]
    assert one(space, [0.8, 0.8], [0.5, 0.5]) == [0.8, 0.5]


def test_the_grid_is_the_smallest_move_of_each_dimension():
    space = Space(
        (
            Feature("x", "real", 0, 1),
            Feature("age", "integer", 18, 90),
            Feature("rate", "real", 0, 2, step=0.5),
            Feature("job", "categorical", 0, 1, words=("a", "b")),
            Feature("owner", "boolean", 0, 1),
        )
    )
    assert space.grid.tolist() == [0, 1 / 72, 0.25, 1, 1, 1]


def test_a_change_of_word_weighs_its_cost_in_l2():
    space = Space((Feature("job", "categorical", 0, 1, words=("a", "b"), cost=3), Feature("x", "real", 0, 1, cost=2)))
    moved = space.points(np.array([[0.0, 0.0]])) - space.points(np.array([[1.0, 0.0]]))
    assert np.isclose(np.linalg.norm(moved * space.weight), 3)
    assert space.weight[-1] == 2


def test_what_cannot_exist_is_not_allowed():
    origin = np.array([[0.5, 40, 3, 0.5, 1, 0, 1, 0]])
    for column, value in ((0, 1.5), (1, 41), (2, 2), (2, 3.5), (3, 0.52), (4, 7), (5, 2), (7, 1)):
        row = origin.copy()
        row[0, column] = value
        assert not MIXED.allowed(row, origin)[0], (column, value)


def test_a_word_that_nobody_knows_is_no_word():
    space = Space((Feature("job", "categorical", 0, 1, words=("a", "b")), Feature("x", "real", 0, 1)))
    assert space.points(np.array([[2.0, 0.0], [-1.0, 0.0]])).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_a_column_of_one_value_stays_at_it():
    space = numbers([0, 5], [2, 5])
    assert space.free.tolist() == [True, False]
    assert space.span.tolist() == [2, 1]
    assert one(space, [0.5, 0.7], [0, 5]) == [1, 5]
