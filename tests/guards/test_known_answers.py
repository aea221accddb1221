"""What each guard does to an answer or a row that is known."""

import numpy as np
import pytest

from casemate.core.space import numbers
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.views import averaging, labels, neighbours, undone
from casemate.guards._guard import Guarded
from casemate.guards.input_range import InputRange
from casemate.guards.keyed_noise import KeyedNoise
from casemate.guards.label_only import LabelOnly
from casemate.guards.noise import Noise
from casemate.guards.rounding import Rounding
from casemate.guards.squeezing import Squeezing
from casemate.guards.temperature import Temperature
from casemate.guards.top_k import TopK

SCORES = np.array([[0.61, 0.24, 0.15], [0.333, 0.333, 0.334]])
ROWS = np.random.default_rng(0).random((2, 3))


def case(model):
    some = Sample(ROWS, np.array([0, 1]))
    return Case(model, some, some, numbers([0] * 3, [1] * 3), np.random.default_rng(1))


def guarded(guard):
    return Guarded(lambda rows: SCORES[: len(rows)], (guard,), 3)


def test_rounding_keeps_so_many_decimals():
    np.testing.assert_allclose(guarded(Rounding(1))(ROWS), [[0.6, 0.2, 0.2], [0.3, 0.3, 0.3]])


def test_the_label_alone_leaves():
    g = guarded(LabelOnly())
    np.testing.assert_array_equal(g(ROWS), [[1, 0, 0], [0, 0, 1]])
    assert g.gives == "labels"


def test_the_highest_scores_stay():
    np.testing.assert_allclose(guarded(TopK(2))(ROWS), [[0.61, 0.24, 0], [0.333, 0, 0.334]])


def test_a_temperature_keeps_the_order_and_is_undone_by_whoever_knows_it():
    g = guarded(Temperature(5))
    assert (np.argsort(g(ROWS)) == np.argsort(SCORES)).all()
    assert g(ROWS)[0].max() < 0.45
    np.testing.assert_allclose(undone.see(g, case(g))(ROWS), SCORES, atol=1e-12)


def test_fresh_noise_averages_out_with_the_root_of_the_repeats():
    noise = Noise(0.05)
    noise.seeded(0)
    g = guarded(noise)
    once, seen = (np.abs(m(ROWS) - SCORES).mean() for m in (g, averaging.see(g, case(g))))
    assert seen < once / 4


def test_keyed_noise_says_the_same_again_and_averages_out_over_neighbours_alone():
    g = guarded(KeyedNoise(0.05, key="k"))
    np.testing.assert_array_equal(g(ROWS), g(ROWS))
    once, again, beside = (
        np.abs(m(ROWS) - SCORES).mean() for m in (g, averaging.see(g, case(g)), neighbours.see(g, case(g)))
    )
    assert again == pytest.approx(once)
    assert beside < once / 4
    assert (guarded(KeyedNoise(0.05, key="other"))(ROWS) != g(ROWS)).any()


def test_keyed_noise_has_the_spread_that_it_says():
    rows = np.random.default_rng(0).random((4000, 2))
    g = Guarded(lambda r: np.full((len(r), 2), 0.5), (KeyedNoise(0.02, key="k"),), 2)
    moved = g(rows) - 0.5
    assert np.abs(moved).mean() == pytest.approx(0.02, rel=0.05)  # the mean of |Laplace(b)| is b
    assert abs(moved.mean()) < 0.001


def test_what_no_column_held_is_refused():
    guard = InputRange(slack=0.5)
    guard.learn(np.array([[0.0, 1.0], [2.0, np.nan]]))
    _, no = guard.admit(np.array([[3.0, 1.0], [3.1, 1.0], [1.0, np.nan], [np.nan, 1.0], [-1.0, 1.0]]), "x")
    assert no.tolist() == [False, True, False, True, False]


def test_squeezing_leaves_so_many_values():
    guard = Squeezing(levels=3)
    guard.learn(np.array([[0.0, 0.0], [10.0, 1.0], [4.0, 1.0], [1.0, 0.0]]))
    rows, no = guard.admit(np.array([[2.4, 1.0], [2.6, 0.0], [99.0, 0.3]]), "x")
    assert rows.tolist() == [[0, 1], [5, 0], [10, 0.3]]
    assert not no.any()


def test_a_gate_refuses_at_most_its_rate_of_clean_rows_and_what_is_far_off():
    pytest.importorskip("sklearn")
    from casemate.guards.anomaly_gate import AnomalyGate

    rng = np.random.default_rng(0)
    gate = AnomalyGate(rate=0.05)
    gate.learn(rng.normal(size=(2000, 4)))
    _, clean = gate.admit(rng.normal(size=(2000, 4)), "x")
    _, far = gate.admit(rng.normal(6, 1, size=(200, 4)), "x")
    assert clean.mean() < 0.075
    assert far.mean() > 0.95


def test_a_gate_with_too_few_rows_to_promise_its_rate_refuses_nothing():
    pytest.importorskip("sklearn")
    from casemate.guards.anomaly_gate import AnomalyGate

    gate = AnomalyGate(rate=0.01)
    gate.learn(np.random.default_rng(0).normal(size=(60, 2)))
    assert not gate.admit(np.full((5, 2), 1e6), "x")[1].any()


def test_the_labels_are_seen_through_every_guard_that_keeps_the_order():
    for guard in (Rounding(1), Temperature(9), LabelOnly()):
        g = guarded(guard)
        assert labels.see(g, case(g))(ROWS)[0].tolist() == [1, 0, 0]


def test_the_first_guard_is_the_outermost():
    seen = []

    class Spy(Rounding):
        def admit(self, rows, client):
            seen.append((self.decimals, client))
            return super().admit(rows, client)

    g = Guarded(lambda rows: SCORES, (Spy(1), Spy(3)), 3).as_client("me")
    np.testing.assert_allclose(g(ROWS)[1], [0.3, 0.3, 0.3])
    assert seen == [(1, "me"), (3, "me")]


def test_what_an_outer_guard_refuses_no_inner_one_sees():
    seen = []

    class Spy(Rounding):
        def admit(self, rows, client):
            seen.append(rows.tolist())
            return super().admit(rows, client)

    gate = InputRange()
    gate.learn(np.array([[0.0], [1.0]]))
    rows = np.array([[0.5], [7.0], [0.9]])
    found = Guarded(lambda rows: np.hstack([rows, rows]), (Spy(2), gate, Spy(2)), 2)(rows)
    assert seen == [rows.tolist(), [[0.5], [0.9]]]
    np.testing.assert_array_equal(found, [[0.5, 0.5], [np.nan, np.nan], [0.9, 0.9]])


def test_each_guard_answers_for_the_rows_that_it_passed_on_itself():
    squeeze = Squeezing(levels=2)
    squeeze.learn(np.array([[0.0], [1.0], [0.4]]))
    near = np.array([[0.1], [0.2]])
    hidden = Guarded(lambda r: np.full((len(r), 2), 0.5), (squeeze, KeyedNoise(key="k")), 2)(near)
    shown = Guarded(lambda r: np.full((len(r), 2), 0.5), (KeyedNoise(key="k"), squeeze), 2)(near)
    assert (hidden[0] == hidden[1]).all()
    assert (shown[0] != shown[1]).all()
