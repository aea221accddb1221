"""Rebuilding rows from scores: of a model that peaks at people, and of models that do not."""

from dataclasses import replace

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.core.space import Array, Feature, Space, numbers
from casemate.evidence.redteam.attack import Case, Limits, Outcome, Result, Sample
from casemate.evidence.redteam.attacks.model_inversion import run
from casemate.evidence.redteam.metered import Budget, Metered, Spent
from casemate.evidence.redteam.model import Function

SPACE = numbers([0.0] * 4, [1.0] * 4)
NO = "what it rebuilds comes no nearer to training rows than to others"


def rows(n: int, seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    return Sample(rng.random((n, 4)), np.arange(n) % 2)


def peaks(train: Sample) -> Function:
    """The score of a class falls with the distance to the nearest training row of that class."""

    def answer(asked: Array) -> Array:
        apart = np.square(asked[:, None] - train.rows).sum(axis=2)
        near = [np.sqrt(apart[:, train.labels == c].min(axis=1)) for c in (0, 1)]
        return np.stack([np.exp(-d) for d in near], axis=1)

    return Function(answer, 2)


def slope(train: Sample) -> Function:
    return Function(lambda asked: np.stack([asked[:, 0], 1 - asked[:, 0]], axis=1), 2)


def case(make, **more: object) -> Case:
    train = rows(20, 1)
    made = Case(make(train), rows(200, 2), rows(20, 3), SPACE, np.random.default_rng(0), train=train)
    return replace(made, **more)


def attacked(c: Case) -> Result:
    *_, last = run(c)
    return last


def test_a_model_that_peaks_at_people_gives_them_away():
    found = attacked(case(peaks))
    assert found.count(Outcome.BROKEN) >= 10
    assert found.metrics["probability by chance"] < 1e-6
    to_rebuilt = found.metrics["median distance of training rows to what was rebuilt"]
    assert to_rebuilt < 0.1 < found.metrics["median distance of training rows to what was known"]
    assert found.flags == ()


def test_a_model_of_a_plain_rule_gives_nobody_away():
    found = attacked(case(slope))
    assert (found.count(Outcome.BROKEN), found.count(Outcome.HELD)) == (0, 20)
    assert found.metrics["mean score of the class"] > 0.99  # the search found what the model likes best
    assert found.flags == (NO,)


def test_a_model_that_says_the_same_of_all_gives_nobody_away():
    found = attacked(case(lambda _: Function(lambda asked: np.full((len(asked), 2), 0.5), 2)))
    assert (found.count(Outcome.BROKEN), found.flags) == (0, (NO,))


def test_a_model_that_refuses_everything_gives_nobody_away():
    found = attacked(case(lambda _: Function(lambda asked: np.full((len(asked), 2), np.nan), 2)))
    assert (found.count(Outcome.BROKEN), found.flags) == (0, (NO,))


def test_with_nobody_to_compare_with_nobody_held():
    none = Sample(np.empty((0, 4)), np.empty(0, dtype=np.intp))
    assert attacked(case(peaks, victims=none)).count(Outcome.SKIPPED) == 20


def test_what_is_tried_can_exist():
    space = Space(
        (*SPACE.features[:2], Feature("n", "boolean", 0, 1), Feature("w", "categorical", 0, 1, words=("a", "b")))
    )
    asked: list[Array] = []

    def answer(tried: Array) -> Array:
        asked.append(tried)
        return np.stack([tried[:, 0], tried[:, 3]], axis=1)

    c = case(lambda _: Function(answer, 2), space=space, limits=Limits(queries=101))
    whole = [Sample(np.round(s.rows), s.labels) for s in (c.train, c.victims, c.pool)]
    attacked(replace(c, train=whole[0], victims=whole[1], pool=whole[2]))
    assert set(np.concatenate(asked)[:, 2:].ravel()) == {0.0, 1.0}


def test_what_was_learned_is_kept_when_the_budget_ends():
    c, kept = case(peaks), []
    with pytest.raises(Spent):
        kept.extend(run(replace(c, model=Metered(c.model, Budget(rows=3000)))))
    assert 0 < kept[-1].done < 1
    asked = 18 + (3000 - 18) // 180 * 180  # 18 starts, then steps of ten tries each
    assert kept[-1].queries.tolist() == [-(-asked // 20)] * 20


def test_it_says_which_rows_it_needs():
    with pytest.raises(CasemateError) as e:
        attacked(case(peaks, train=None))
    assert str(e.value) == "model inversion: there are no training rows, or no pool; name both: --train and --data"
