"""Attacks on models whose answer is known: the distance to a plane, and what a ball of radius epsilon can reach."""

import numpy as np
import pytest

from casemate.core import shelf
from casemate.core.space import Feature, Space, numbers
from casemate.evidence.redteam.attack import Limits, Outcome, Sample
from casemate.evidence.redteam.attacks.apgd import checkpoints
from casemate.evidence.redteam.losses import cross_entropy, dlr, logits
from casemate.evidence.redteam.model import Function, one_hot
from redteam_cases import Linear, case, last, plain

W, B = np.array([0.5, -1.0, 0.25, 0.8]), -0.2


def run(name, of):
    return last(shelf.member("evidence/redteam/attacks", name).run(of))


def plane(gives="gradients"):
    """Class 0 where W.x + B > 0. Sharp, so that probabilities stay apart."""
    return Linear(plain(4), np.column_stack([10 * W, 0 * W]), np.array([10 * B, 0.0]), gives)


def near_plane(model, far, norm, n=12, seed=0, **limits):
    """A case of rows that lie so far from the plane, in the middle of the space."""
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0.4, 0.6, (n, 4))
    size = np.linalg.norm(W) if norm == "l2" else np.abs(W).sum()
    side = W / size if norm == "l2" else np.sign(W)
    on = rows - ((rows @ W + B) / (W @ W))[:, None] * W
    rows = on + far * side
    of = case(model, space=plain(4), limits=Limits(norm=norm, **limits), pool=60, seed=seed)
    return of.__class__(**{**vars(of), "victims": Sample(rows, np.zeros(n, dtype=int))})


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_hop_skip_jump_finds_the_distance_to_a_plane(norm):
    of = near_plane(plane("labels"), 0.12, norm, queries=8000)
    assert np.isclose(
        np.abs(of.victims.rows @ W + B) / (np.linalg.norm(W) if norm == "l2" else np.abs(W).sum()), 0.12
    ).all()
    found = run("hop-skip-jump", of).distances
    assert (found >= 0.12 - 1e-9).all()
    assert (found <= 0.12 * (1.02 if norm == "l2" else 1.1)).all()


def test_hop_skip_jump_finds_a_single_threshold_and_moves_nothing_else():
    model = Function(lambda rows: one_hot((rows[:, 1] > 0.6).astype(int), 2), 2, "labels")
    of = case(model, space=plain(3), limits=Limits(3000, "l2", 0.21))
    of = of.__class__(**{**vars(of), "victims": Sample(np.full((5, 3), 0.4), np.zeros(5, dtype=int))})
    result = run("hop-skip-jump", of)
    assert result.distances.tolist() == pytest.approx([0.2] * 5, rel=0.02)
    assert result.count(Outcome.BROKEN) == 5


def test_hop_skip_jump_finds_the_one_word_that_matters():
    """Three words for each of three features, and only a change of the second one tells."""
    space = Space(tuple(Feature(n, "categorical", 0, 2, words=("a", "b", "c")) for n in "xyz"))
    model = Function(lambda rows: one_hot((rows[:, 1] == 2).astype(int), 2), 2, "labels")
    pool = Sample(np.array([[2.0, 2, 2], [1, 2, 1]]), np.array([1, 1]))
    of = case(model, space=space, limits=Limits(1000, "l2", 1.0))
    of = of.__class__(**{**vars(of), "pool": pool, "victims": Sample(np.zeros((4, 3)), np.zeros(4, dtype=int))})
    result = run("hop-skip-jump", of)
    assert result.adversarial.tolist() == [[0, 2, 0]] * 4
    assert result.distances.tolist() == pytest.approx([1.0] * 4)


@pytest.mark.parametrize("name", ["block-search", "threshold-search", "pgd", "apgd"])
@pytest.mark.parametrize(("far", "broken"), [(0.097, 12), (0.103, 0)])
def test_within_epsilon_a_linear_model_falls_up_to_epsilon_times_the_sum_of_its_weights(name, far, broken):
    """The best move in linf changes W.x by epsilon x |W|_1; so a row at a distance below epsilon falls, none beyond."""
    result = run(name, near_plane(plane(), far, "linf", queries=600, epsilon=0.1))
    assert result.count(Outcome.BROKEN) == broken
    assert result.count(Outcome.HELD) == 12 - broken


@pytest.mark.parametrize(("name", "short"), [("pgd", 0.97), ("apgd", 0.99), ("block-search", 0.97)])
def test_in_l2_a_linear_model_falls_up_to_epsilon_times_the_length_of_its_weights(name, short):
    assert run(name, near_plane(plane(), 0.1 * short, "l2", queries=1000, epsilon=0.1)).count(Outcome.BROKEN) == 12
    assert run(name, near_plane(plane(), 0.1 * 1.01, "l2", queries=1000, epsilon=0.1)).count(Outcome.BROKEN) == 0


def test_threshold_search_moves_only_what_a_tree_looks_at():
    """Two thresholds of ten features have to be crossed together; the scores tell of each."""

    def tree(rows):
        steps = 0.3 * (rows[:, 2] > 0.55) + 0.3 * (rows[:, 7] < 0.45)
        return np.column_stack([0.8 - steps, 0.2 + steps])

    of = case(Function(tree, 2), space=plain(10), limits=Limits(1000, "l2", 0.3))
    of = of.__class__(**{**vars(of), "victims": Sample(np.full((4, 10), 0.5), np.zeros(4, dtype=int))})
    result = run("threshold-search", of)
    assert result.count(Outcome.BROKEN) == 4
    moved = result.adversarial != 0.5
    assert moved.any(axis=0).nonzero()[0].tolist() == [2, 7]
    assert (result.distances < 0.1).all()  # 0.0707 at least


def test_a_transferred_attack_breaks_a_linear_model_with_few_queries():
    of = near_plane(plane("labels"), 0.08, "linf", queries=600, epsilon=0.1)
    result = run("transfer", of.__class__(**{**vars(of), "surrogate": None}))
    assert result.count(Outcome.BROKEN) >= 10
    assert result.queries.max() <= 6
    assert result.metrics["queries for the copy"] == 60


def test_noise_breaks_what_lies_at_the_border_and_little_else():
    border = run("random-noise", near_plane(plane("labels"), 0.001, "linf", queries=101, epsilon=0.1))
    beyond = run("random-noise", near_plane(plane("labels"), 0.101, "linf", queries=101, epsilon=0.1))
    assert border.count(Outcome.BROKEN) == 12
    assert beyond.count(Outcome.BROKEN) == 0


@pytest.mark.parametrize(
    ("name", "queries", "strength"),
    [("hop-skip-jump", 1000, "equal"), ("hop-skip-jump", 999, "weaker"), ("apgd", 1000, "equal"),
     ("apgd", 100, "weaker"), ("pgd", 81, "equal"), ("pgd", 80, "weaker"), ("random-noise", 1000, None)],
)  # fmt: skip
def test_an_attack_is_as_strong_as_its_budget_lets_it_be(name, queries, strength):
    assert run(name, near_plane(plane(), 0.2, "l2", n=2, queries=queries, epsilon=0.1)).strength == strength


def test_the_checkpoints_of_auto_pgd_are_those_of_the_paper():
    """For 100 iterations, as the paper's recursion p(j+1) = p(j) + max(p(j) - p(j-1) - 0.03, 0.06) gives them."""
    assert checkpoints(100)[:6] == [0, 22, 41, 57, 70, 80]


def test_probabilities_and_logits_have_the_same_losses():
    z = np.array([[2.0, -1.0, 0.5], [0.0, 0.0, 3.0]])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    truth = np.array([0, 1])
    assert cross_entropy(p, truth) == pytest.approx(-np.log(p[[0, 1], truth]))
    assert cross_entropy(z - 5, truth) == pytest.approx(cross_entropy(p, truth))
    assert dlr(p, truth) == pytest.approx([(0.5 - 2) / 3, 1.0])
    assert dlr(z, truth) == pytest.approx(dlr(p, truth))
    assert logits(z) is z


def test_a_refused_answer_has_the_lowest_loss():
    refused = np.full((1, 3), np.nan)
    assert cross_entropy(refused, np.array([0])) == dlr(refused, np.array([0])) == -np.inf


def test_a_feature_with_one_value_moves_nowhere():
    space = numbers([0.0, 1.0], [1.0, 1.0])
    model = Function(lambda rows: one_hot((rows[:, 0] > 0.6).astype(int), 2), 2, "labels")
    of = case(model, space=space, limits=Limits(200, "l2", 1.0))
    of = of.__class__(**{**vars(of), "victims": Sample(np.array([[0.5, 1.0]]), np.array([0]))})
    assert run("hop-skip-jump", of).adversarial[0, 1] == 1.0
