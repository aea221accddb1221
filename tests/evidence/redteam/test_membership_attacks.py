"""Every attack on membership against models whose leak is known."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from statistics import NormalDist

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.core.space import Array, Feature, Space, numbers
from casemate.evidence.redteam.attack import Case, Limits, Outcome, Result, Sample
from casemate.evidence.redteam.metered import Budget, Metered, Spent
from casemate.evidence.redteam.model import Function, Labels
from casemate.evidence.redteam.shadows import Recipe, fitted, halves, together
from casemate.evidence.redteam.signals import bells, left_out, logit, ratio, step

SCORES = ("lira_online", "lira_offline", "rmia", "confidence_threshold")
ALL = (*SCORES, "label_only", "correctness_gap")
SPACE = numbers([0.0] * 3, [1.0] * 3)


def memory(rows: Array, labels: Labels, seed: int = 0) -> Function:
    """Sure of what it learned, and of nothing else: class 0 where it does not know."""
    learned = {r.tobytes(): y for r, y in zip(rows, labels, strict=True)}

    def answer(asked: Array) -> Array:
        found = [learned.get(r.tobytes()) for r in asked]
        return np.array([[0.5, 0.5] if y is None else [1.0 - y, float(y)] for y in found])

    return Function(answer, 2)


def constant(rows: Array, labels: Labels, seed: int = 0) -> Function:
    return Function(lambda asked: np.tile([0.3, 0.7], (len(asked), 1)), 2)


def case(fit: Callable[..., Function], n: int = 120, space: Space = SPACE, **more: object) -> Case:
    """n members, n victims, n/2 in the pool, all of class 1, which a model that does not know takes for 0."""
    rng = np.random.default_rng(7)
    parts = [Sample(rng.random((k, 3)), np.ones(k, dtype=np.intp)) for k in (n, n, n // 2)]
    shadows = fitted(Recipe(fit, "the recipe", 2), together(*parts), 1, 8)
    made = Case(
        fit(parts[0].rows, parts[0].labels),
        parts[1],
        parts[2],
        space,
        np.random.default_rng(3),
        Limits(queries=21),
        train=parts[0],
        fit=fit,
        shadows=lambda: shadows,
    )
    return replace(made, **more)


def attacked(name: str, c: Case) -> Result:
    *_, last = import_module(f"casemate.evidence.redteam.attacks.{name}").run(c)
    return last


@pytest.mark.parametrize("name", ALL)
def test_a_model_that_memorises_gives_everybody_away(name: str):
    found = attacked(name, case(memory))
    assert found.metrics["AUC"].value == 1
    assert found.count(Outcome.BROKEN) == 120


@pytest.mark.parametrize("name", ALL)
def test_a_model_that_says_the_same_of_all_gives_nobody_away(name: str):
    found = attacked(name, case(constant))
    assert found.metrics["AUC"].value == 0.5
    assert (found.count(Outcome.BROKEN), found.count(Outcome.HELD)) == (0, 120)


@pytest.mark.parametrize("name", ALL)
def test_a_refused_row_is_errored_never_held(name: str):
    c = case(memory)
    refusing = Function(lambda rows: np.where(rows[:, :1] > 0.5, np.nan, c.model(rows)), 2)
    found = attacked(name, replace(c, model=refusing))
    no = c.train.rows[:, 0] > 0.5
    assert (found.outcomes == Outcome.ERRORED).tolist() == no.tolist()
    assert found.count(Outcome.BROKEN) == (~no).sum()


@pytest.mark.parametrize("name", ALL)
def test_what_was_learned_is_kept_when_the_budget_ends(name: str):
    c = case(memory)
    results = import_module(f"casemate.evidence.redteam.attacks.{name}").run(
        replace(c, model=Metered(c.model, Budget(rows=200)))
    )
    kept = []
    with pytest.raises(Spent):
        kept.extend(results)
    assert kept[-1].count(Outcome.SKIPPED) == (kept[-1].queries == 0).sum() > 0
    assert kept[-1].count(Outcome.BROKEN) == (kept[-1].queries > 0).sum() > 0


@pytest.mark.parametrize("name", ALL)
def test_it_says_which_rows_it_needs(name: str):
    with pytest.raises(CasemateError) as e:
        attacked(name, case(memory, train=None))
    assert str(e.value) == "membership: there are no training rows, or no others; name both: --train and --data"


def test_without_a_recipe_lira_says_so():
    with pytest.raises(CasemateError) as e:
        attacked("lira_online", case(memory, shadows=None))
    assert str(e.value) == "membership: there are no shadow models; name the training recipe: --fit module:function"


def test_shadow_models_of_other_rows_are_not_used():
    c = case(memory)
    other = replace(c.shadows(), sample=together(c.train, c.pool, c.victims))
    with pytest.raises(CasemateError) as e:
        attacked("rmia", replace(c, shadows=lambda: other))
    assert (
        str(e.value) == "membership: the shadow models are of other rows; fit them on train, victims and pool, in order"
    )


def test_others_that_are_copies_of_members_are_left_out():
    c = case(memory)
    victims = Sample(np.concatenate([c.train.rows[:5], c.victims.rows[5:]]), c.victims.labels)
    found = attacked("confidence_threshold", replace(c, victims=victims))
    assert found.metrics["AUC"].value == 1
    assert found.metrics["non-members"] == 175
    assert found.flags[0] == "5 of the others are copies of training rows and were left out"


def test_lira_is_the_ratio_of_two_normal_densities():
    into, out = [3.0, 5.0, 4.0], [-1.0, 1.0, 0.0]
    found = bells(np.array([[*into, *out]]).T, np.array([[True] * 3 + [False] * 3]).T)
    for x in (-2.0, 1.5, 4.0):
        densities = [NormalDist(m, (2 / 3) ** 0.5).pdf(x) for m in (4, 0)]
        assert found.online(np.array([x]))[0] == pytest.approx(np.log(densities[0] / densities[1]), rel=1e-5)
        assert found.offline(np.array([x]))[0] == pytest.approx(x / (2 / 3) ** 0.5, rel=1e-5)


def test_leaving_each_model_out_is_what_the_others_say():
    rng = np.random.default_rng(0)
    logits, kept = rng.normal(size=(8, 30)), halves(8, 30, rng)
    logits[2, :4] = np.nan  # refused
    found = left_out(logits, kept)
    for m in range(8):
        others = bells(np.delete(logits, m, 0), np.delete(kept, m, 0))
        assert found[m] == pytest.approx(others.online(logits[m]), nan_ok=True)


def test_the_ratio_ranks_as_the_score_of_rmia_does():
    """Its score is the share of a population that the row's ratio exceeds by a factor."""
    rng = np.random.default_rng(0)
    target, answers = rng.random(50), rng.random((6, 50))
    found = ratio(target, answers, 0.0)
    population = rng.random(200) / rng.random((6, 200)).mean(axis=0)
    theirs = np.array([(x / population >= 2).mean() for x in found])
    assert (np.diff(theirs[np.argsort(found)]) >= 0).all()


def test_a_score_of_zero_stands_for_half_a_step():
    forest = np.array([[0.02, 0.98], [0.0, 1.0]])
    assert step(forest) == 0.01
    assert logit(forest, np.array([0, 0]), 0.01) == pytest.approx([np.log(0.03 / 0.99), np.log(0.01 / 1.01)])


def test_lira_tells_what_the_recipe_leaks():
    leaky, tight = (attacked("lira_online", case(fit)).metrics for fit in (memory, constant))
    assert (leaky["recipe: AUC"], tight["recipe: AUC"]) == (1.0, 0.5)
    assert (leaky["shadow models"], "recipe: TPR at 10 % of each row" in leaky) == (8, False)  # 4 others: no tenth


def test_each_row_has_a_threshold_of_its_own_where_there_are_models_enough():
    from casemate.evidence.redteam.attacks.lira_online import of_recipe

    rng = np.random.default_rng(0)
    kept = halves(40, 200, rng)
    quiet = rng.normal(size=(40, 200))
    nobody = np.zeros(200, dtype=bool)
    found = of_recipe(quiet, kept, nobody)["recipe: TPR at 10 % of each row"]
    assert found == pytest.approx(2 / 21, abs=0.02)  # the second of 20 is passed by one more in 2 of 21
    assert of_recipe(quiet + 9 * kept, kept, nobody)["recipe: TPR at 10 % of each row"] == 1.0


def test_label_only_asks_for_nothing_that_cannot_exist():
    words = Feature("job", "categorical", 0, 2, words=("a", "b", "c"))
    space = Space((Feature("income", "real", 0, 1), Feature("sex", "boolean", 0, 1, immutable=True), words))
    asked: list[Array] = []

    def answer(rows: Array) -> Array:
        asked.append(rows)
        return np.tile([0.0, 1.0], (len(rows), 1))

    rng = np.random.default_rng(0)
    rows = np.stack([rng.random(40), rng.integers(0, 2, 40), rng.integers(0, 3, 40)], axis=1)
    some = Sample(rows, np.ones(40, dtype=np.intp))
    c = Case(Function(answer, 2, "labels"), some.take(slice(20, 40)), some.take(slice(0, 0)), space, rng, Limits(21))
    attacked("label_only", replace(c, train=some.take(slice(0, 20))))
    everything = np.concatenate(asked)
    assert set(everything[:, 1]) == {0.0, 1.0}
    assert set(everything[:, 2]) == {0.0, 1.0, 2.0}
    assert ((everything[:, 0] >= 0) & (everything[:, 0] <= 1)).all()


def test_label_only_keeps_to_its_queries():
    found = attacked("label_only", case(memory))
    assert found.queries.max() == 21
    assert attacked("label_only", case(memory, limits=Limits(queries=1))).queries.max() == 1


def test_rows_that_differ_in_kind_are_told_apart_without_a_model():
    c = case(constant)
    found = attacked("correctness_gap", replace(c, train=Sample(c.train.rows * 0.4, c.train.labels)))
    assert found.metrics["AUC without the model"].low > 0.5
    assert found.flags[0] == (
        "members differ from the others without any model: what attacks find may be how the rows were split, "
        "not what the model remembers"
    )
