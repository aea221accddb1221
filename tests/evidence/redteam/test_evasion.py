"""What attacks that change an input share: who is attacked, what lies within epsilon, and what is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.space import Feature, Space
from casemate.evidence.redteam.attack import Limits, Outcome
from casemate.evidence.redteam.evasion import CURVE, Hunt, blocks, curve, distance, margins, within
from redteam_cases import MIXED, Linear, case, linear, plain, rows_of


def threshold(at=0.6):
    """Class 1 where the first of two features lies beyond."""
    return Linear(plain(2), np.array([[-1000.0, 1000.0], [0, 0]]), np.array([1000 * at, -1000 * at]), "scores")


def hunt(model=None, space=None, **limits):
    model = model or threshold()
    of = case(model, space=space or model.space, limits=Limits(**limits))
    return Hunt.begin(of, bounded=True)


def test_the_nearest_row_that_fools_the_model_is_kept():
    h = hunt()
    h.prey.points[0] = h.prey.rows[0] = [0.4, 0.5]
    h.prey.labels[0] = 0
    tried = np.array([[[0.9, 0.5], [0.7, 0.5], [0.8, 0.5], [0.5, 0.5]]])
    asked = h.ask(np.array([0]), tried)
    assert asked.fooled.tolist() == [[True, True, True, False]]
    assert h.found[0].tolist() == [0.7, 0.5]
    assert h.near[0] == pytest.approx(0.3)
    h.ask(np.array([0]), tried[:, :1])
    assert h.near[0] == pytest.approx(0.3)
    assert h.queries[0] == 5


def test_what_was_not_tried_is_skipped_what_was_tried_is_held():
    h = hunt(epsilon=1e-6)
    h.ask(np.array([1, 2]), h.prey.points[[1, 2], None])
    outcomes = h.result(0.5).outcomes
    assert outcomes[h.prey.index].tolist() == [Outcome.SKIPPED] + 2 * [Outcome.HELD] + (len(h.near) - 3) * [
        Outcome.SKIPPED
    ]


def test_the_curve_tells_the_share_within_each_distance_and_at_epsilon():
    points = curve(np.array([0.01, 0.04, 0.25, np.nan]), 4, 0.25, np.inf)
    assert {p.x: p.value for p in points} == {
        0.01: 0.25, 0.02: 0.25, 0.05: 0.5, 0.1: 0.5, 0.2: 0.5, 0.25: 0.75, 0.3: 0.75, 0.5: 0.75, 1.0: 0.75,
    }  # fmt: skip


def test_the_curve_of_an_attack_within_epsilon_ends_there():
    assert [p.x for p in curve(np.array([0.1]), 1, 0.25, 0.25)] == [0.01, 0.02, 0.05, 0.1, 0.2, 0.25]


def test_a_curve_of_no_rows_claims_nothing():
    assert {(p.low, p.high) for p in curve(np.zeros(0), 0, CURVE[0], np.inf)} == {(0.0, 1.0)}


def test_a_margin_is_below_zero_where_another_class_wins():
    answers = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [np.nan] * 3])
    assert margins(answers, np.zeros(3, dtype=int)).tolist() == pytest.approx([0.5, -0.3, np.inf])


def test_parts_hold_every_row_once_however_wide_it_is():
    for n, width in ((0, 5), (10, 1), (10, 1 << 22), (3, 1 << 40)):
        assert [i for part in blocks(n, width) for i in range(part.start, part.stop)] == list(range(n))


def test_a_step_that_would_leave_the_ball_is_not_taken():
    """0.1 of 77 years are 7.7: seven fit, eight do not."""
    space = Space((Feature("age", "integer", 0, 77),))
    of = case(linear(space), space=space, limits=Limits(norm="linf", epsilon=0.1))
    origin = space.points(np.array([[40.0]]))
    found = within(of, origin + np.array([[0.5], [-0.5]]), origin)
    assert space.rows(found, np.array([[40.0], [40.0]])).tolist() == [[47], [33]]


@given(st.sampled_from(["l2", "linf"]), st.floats(0, 3), st.integers(0, 2**32 - 1))
def test_whatever_is_within_stays_within_when_it_becomes_a_row(norm, epsilon, seed):
    rng = np.random.default_rng(seed)
    of = case(linear(MIXED), limits=Limits(norm=norm, epsilon=epsilon))
    rows = rows_of(MIXED, 8, rng)
    origins = MIXED.points(rows)
    found = within(of, origins + rng.normal(size=origins.shape), origins)
    numbers = [i for i, f in enumerate(MIXED.features) for _ in range(f.dimensions) if f.group is None]
    legal = MIXED.points(MIXED.rows(found, rows))[:, : len(numbers)]
    moved = np.abs(legal - origins[:, : len(numbers)]) * MIXED.weight[: len(numbers)]
    far = moved.max(axis=1) if norm == "linf" else np.sqrt(np.square(moved).sum(axis=1))
    assert (far <= epsilon * (1 + 1e-9) + 1e-9).all()


def test_another_word_costs_as_much_as_its_feature():
    a, b = (MIXED.points(np.array([[0.5, 30, 3, 0.5, word, 0, 1, 0]])) for word in (0.0, 2.0))
    of = case(linear(MIXED))
    assert distance(of, a, b, "l2").tolist() == pytest.approx([1.0])
