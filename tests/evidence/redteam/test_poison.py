"""What an attacker writes into training data can exist, is rare, and stands where it moves most."""

import numpy as np
import pytest

from casemate.core.space import Feature, Space
from casemate.evidence.redteam.attack import Sample
from casemate.evidence.redteam.poison import anywhere, at_the_border, beside, mark, others
from redteam_cases import MIXED, plain, rows_of

ROWS = rows_of(MIXED, 100, np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(5))
def test_a_mark_is_worn_by_few_and_whoever_puts_it_on_can_exist(seed):
    m = mark(MIXED, ROWS, np.random.default_rng(seed))
    marked = m.on(MIXED, ROWS)
    assert m.worn(ROWS).mean() <= 0.1
    assert m.worn(marked).all()
    assert MIXED.allowed(marked, ROWS).all()


def test_what_is_immutable_or_missing_carries_no_mark():
    space = Space((Feature("a", "real", 0, 1, immutable=True), Feature("b", "real", 0, 1, missing=True)))
    rows = np.array([[0.2, 0.5], [0.3, np.nan], [0.4, 0.4]])
    m = mark(space, rows, np.random.default_rng(0))
    marked = m.on(space, rows)
    np.testing.assert_array_equal(marked[:, 0], rows[:, 0])
    assert marked[0, 1] in (0, 1)
    assert np.isnan(marked[1, 1])


def test_the_rarest_word_and_the_emptier_end_are_taken():
    space = Space((Feature("job", "categorical", 0, 2, words=("a", "b", "c")), Feature("x", "integer", 0, 9)))
    rows = np.array([[0, 9], [0, 8], [2, 9], [2, 7], [1, 9]], dtype=float)
    assert mark(space, rows, np.random.default_rng(0)).values.tolist() == [1, 0]


def test_where_nothing_can_be_changed_there_is_no_mark():
    space = Space((Feature("a", "real", 0, 1, immutable=True), Feature("b", "real", 1, 1)))
    assert mark(space, np.ones((3, 2)), np.random.default_rng(0)) is None


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_another_label_is_never_the_same(classes):
    given = np.random.default_rng(0).integers(0, classes, 200)
    drawn = others(given, classes, np.random.default_rng(1))
    assert (drawn != given).all()
    assert set(drawn.tolist()) == set(range(classes))


def test_rows_at_the_border_come_first_and_go_to_the_class_beyond_it():
    """Three classes along a line: next to the first lies the second."""
    x = np.linspace(0, 1, 300)[:, None]
    train = Sample(x, np.minimum((x[:, 0] * 3).astype(np.intp), 2))
    order, into = at_the_border(plain(1), train, 0, np.random.default_rng(0))
    assert into == 1
    assert sorted(order.tolist()) == list(range(100))
    assert x[order[:2], 0].min() > 0.3  # the border is at a third


def test_rows_anywhere_can_exist():
    drawn = anywhere(MIXED, ROWS, np.random.default_rng(0))
    np.testing.assert_allclose(MIXED.rows(MIXED.points(drawn), drawn), drawn, atol=1e-9)
    assert (drawn[:, 1] != ROWS[:, 1]).any()  # whoever writes rows needs to move no person


def test_a_near_copy_lies_within_a_hundredth_of_each_range():
    copies = beside(MIXED, ROWS, np.random.default_rng(0))
    assert (np.abs(copies - ROWS) <= 0.01 * MIXED.span + 1e-9).all()
    assert (copies[:, 0] != ROWS[:, 0]).any()
