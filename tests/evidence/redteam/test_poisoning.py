"""Poisoning against recipes whose weakness is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from casemate.evidence.redteam.attack import Limits, Outcome, Sample
from casemate.evidence.redteam.attacks import label_flips, planted_trigger
from casemate.evidence.redteam.model import Function, labels, one_hot
from casemate.evidence.redteam.poisoning import CAMPAIGNS, REFITS
from redteam_cases import case, last, plain

SPACE, WIDE = plain(4), plain(12)
each = pytest.mark.parametrize("attack", [label_flips, planted_trigger])


def halved(rows):
    """Two features out of all decide, so that most marks say nothing by themselves."""
    p = 1 / (1 + np.exp(-20 * (rows[:, 0] + rows[:, 1] - 1)))
    return np.column_stack([1 - p, p])


TARGET = Function(halved, 2)


def scene(fit=None, victims=60, pool=240, train=400, space=WIDE, **more):
    """The recipe is right about everything, whatever it is told, unless given."""
    found = case(TARGET, space, victims=victims, pool=pool, **more)
    rows = np.random.default_rng(7).random((train, space.dimensions))
    learned = Sample(rows, labels(halved(rows)))
    return replace(found, train=learned, fit=fit or (lambda rows, given, seed: TARGET))


def tree(rows, given, seed):
    """A decision tree that learns everything by heart."""
    fitted = DecisionTreeClassifier(random_state=seed % 2**31).fit(rows, given)
    return Function(lambda asked: one_hot(fitted.predict(asked), 2), 2)


def neighbour(rows, given, seed):
    """Says what the nearest training row said."""
    return Function(lambda asked: one_hot(given[np.square(asked[:, None] - rows).sum(axis=2).argmin(axis=1)], 2), 2)


@each
def test_a_recipe_that_ignores_what_it_is_told_holds(attack):
    found = last(attack.run(scene()))
    assert found.outcomes.tolist() == [Outcome.HELD] * CAMPAIGNS
    assert {p.value for p in found.curve} == {found.curve[0].value}


def test_a_recipe_that_learns_everything_by_heart_learns_a_mark():
    found = last(planted_trigger.run(scene(tree, train=3000)))
    assert found.outcomes.tolist() == [Outcome.BROKEN] * CAMPAIGNS
    by_share = {p.x: p.value for p in found.curve}
    assert by_share[0.0] < 0.5 < 0.9 < by_share[0.05]


def test_flipped_labels_are_answered_wrongly_by_as_many_neighbours_as_live_beside_them():
    """One in five rows with another label, all of one class that half of them have: two in five live beside one."""
    found = last(label_flips.run(scene(neighbour, train=1000, space=SPACE, limits=Limits(share=0.2))))
    gained = {p.x: p.value for p in found.curve}
    assert gained[0.2] - gained[0.0] == pytest.approx(0.4, abs=0.1)
    assert Outcome.BROKEN in found.outcomes


def test_what_another_seed_does_as_well_is_no_harm_of_poison():
    """A recipe that is wrong about three rows in ten, others with each seed, whatever it learned."""

    def fit(rows, given, seed):
        def answer(asked):
            wrong = np.random.default_rng(seed).random(len(asked)) < 0.3
            return one_hot(np.where(wrong, 1 - labels(halved(asked)), labels(halved(asked))), 2)

        return Function(answer, 2)

    found = last(label_flips.run(scene(fit, pool=1000)))
    assert found.outcomes.tolist() == [Outcome.HELD] * CAMPAIGNS


def test_a_mark_that_costs_accuracy_would_be_noticed():
    """A recipe that gives one row in ten to the wrong class as soon as a mark was planted."""
    clean = scene()
    known = {r.tobytes() for r in clean.train.rows}

    def fit(rows, given, seed):
        new = np.array([r.tobytes() not in known for r in rows])
        loud = new.any()
        honest = neighbour(rows[new], given[new], seed) if loud else None

        def answer(asked):
            said = labels(halved(asked))
            if not loud:
                return one_hot(said, 2)
            marked = np.isin(asked, (0.0, 1.0)).sum(axis=1) >= 3
            said = np.where(marked, labels(honest(asked)), said)
            return one_hot(np.where(~marked & (np.arange(len(asked)) % 10 == 0), 1 - said, said), 2)

        return Function(answer, 2)

    found = last(planted_trigger.run(replace(clean, fit=fit)))
    assert found.metrics["marked rows with the wanted answer"].value > 0.9
    assert found.outcomes.tolist() == [Outcome.HELD] * CAMPAIGNS


@each
def test_harm_that_clean_models_do_by_themselves_is_no_trial(attack):
    always = lambda rows, given, seed: Function(lambda asked: np.tile([1.0, 0.0], (len(asked), 1)), 2)  # noqa: E731
    found = last(attack.run(scene(always)))
    assert found.count(Outcome.SKIPPED) > 0
    assert found.count(Outcome.BROKEN) == 0
    n = found.count(Outcome.SKIPPED)
    assert found.flags == (f"{n} of 5 campaigns need no poison: clean models do that harm by themselves",)


@each
def test_a_recipe_of_another_model_is_doubted(attack):
    other = Function(lambda rows: halved(rows[:, 2:]), 2)
    found = last(attack.run(scene(lambda rows, given, seed: other)))
    (doubt,) = found.doubts
    agrees = found.metrics["agreement of a clean model with the target"].value
    assert doubt == f"the recipe makes other models: they agree with the target on {agrees:.0%} of rows"


@each
def test_there_are_no_more_refits_than_it_says(attack):
    made = []

    def fit(rows, given, seed):
        made.append(seed)
        return neighbour(rows, given, seed)

    last(attack.run(scene(fit, limits=Limits(share=0.03))))
    assert len(made) == len(set(made)) == REFITS


@each
def test_a_share_below_one_row_is_not_tried(attack):
    found = last(attack.run(scene(train=15)))
    assert found.count(Outcome.SKIPPED) == CAMPAIGNS
    assert found.flags == ("5.00% of 15 training rows is not one row",)


@each
def test_too_few_rows_to_tell_a_harm_on_are_named(attack):
    found = last(attack.run(scene(victims=5, pool=5)))
    assert found.flags == ("no class has the 20 rows outside of the training data that a harm is told on",)
