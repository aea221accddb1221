"""What a model gives away of a person's feature, beyond what like people give away."""

from dataclasses import replace

import numpy as np
import pytest

from casemate.core.space import Array, Feature, Space
from casemate.evidence.redteam.attack import Case, Limits, Outcome, Result, Sample
from casemate.evidence.redteam.attacks.attribute_inference import run
from casemate.evidence.redteam.imputation import attributes, imputer
from casemate.evidence.redteam.metered import Budget, Metered, Spent
from casemate.evidence.redteam.model import Function

SPACE = Space(
    (
        Feature("income", "real", 0, 1),
        Feature("job", "categorical", 0, 2, words=("a", "b", "c")),
        Feature("sex", "boolean", 0, 1, immutable=True),
    )
)


def people(n: int, seed: int) -> Sample:
    """Everything is drawn apart: nobody's sex or job can be told from the rest."""
    rng = np.random.default_rng(seed)
    rows = np.stack([rng.random(n), rng.integers(0, 3, n), rng.integers(0, 2, n)], axis=1)
    return Sample(rows, rng.integers(0, 2, n))


def memory(train: Sample) -> Function:
    """Sure of what it learned, and of nothing else."""
    learned = {r.tobytes(): y for r, y in zip(train.rows, train.labels, strict=True)}

    def answer(rows: Array) -> Array:
        found = [learned.get(r.tobytes()) for r in rows]
        return np.array([[0.5, 0.5] if y is None else [1.0 - y, float(y)] for y in found])

    return Function(answer, 2)


def blind(train: Sample) -> Function:
    return Function(lambda rows: np.stack([rows[:, 0], 1 - rows[:, 0]], axis=1), 2)


def case(make, space: Space = SPACE, **more: object) -> Case:
    train = people(200, 1)
    made = Case(make(train), people(100, 2), people(150, 3), space, np.random.default_rng(0), train=train)
    return replace(made, **more)


def attacked(c: Case) -> Result:
    *_, last = run(c)
    return last


def test_a_model_that_memorises_gives_every_value_away():
    found = attacked(case(memory))
    assert found.metrics["sex: right with the model"].value == 1
    assert found.metrics["job: right with the model"].value == 1
    assert found.metrics["sex: right on people that it did not learn from"].value < 0.65
    assert found.metrics["feature"] == "job"  # a third is right by chance, so it gives more away than sex
    assert found.count(Outcome.BROKEN) / 200 == pytest.approx(found.metrics["job: advantage"])
    assert found.metrics["job: advantage"] > 0.5
    assert found.flags == ()
    assert set(found.queries) == {5}


def test_a_model_that_does_not_look_at_a_feature_gives_nothing_away():
    found = attacked(case(blind))
    assert (found.count(Outcome.BROKEN), found.count(Outcome.HELD)) == (0, 200)
    assert found.flags[0] == "with the model no feature is guessed better than without it, beyond chance"


def test_what_like_people_tell_is_no_finding():
    """Sex follows from income; the model knows, but so does everybody."""
    c = case(memory)
    c = replace(c, **{k: certain(getattr(c, k)) for k in ("train", "victims", "pool")})
    only_sex = Space((SPACE.features[0], replace(SPACE.features[1], kind="integer", words=()), SPACE.features[2]))
    found = attacked(replace(c, model=memory(c.train), space=only_sex))
    assert found.metrics["sex: right with the model"].value == 1
    assert found.metrics["sex: right by imputation"].value > 0.9
    assert found.count(Outcome.BROKEN) < 20


def certain(s: Sample) -> Sample:
    rows = s.rows.copy()
    rows[:, 2] = rows[:, 0] > 0.5
    return Sample(rows, s.labels)


def test_labels_alone_do():
    c = case(memory)
    labels = Function(lambda rows: np.eye(2)[c.model(rows).argmax(axis=1)], 2, "labels")
    assert attacked(replace(c, model=labels)).count(Outcome.BROKEN) > 20


def test_refused_is_errored_and_a_missing_value_is_skipped():
    c = case(memory)
    train = Sample(c.train.rows.copy(), c.train.labels)
    train.rows[:7, 1:] = np.nan
    refuses = Function(lambda rows: np.where(rows[:, :1] > 0.9, np.nan, c.model(rows)), 2)
    found = attacked(replace(c, train=train, model=refuses))
    no = train.rows[7:, 0] > 0.9
    assert found.outcomes[:7].tolist() == [Outcome.SKIPPED] * 7
    assert (found.outcomes[7:] == Outcome.ERRORED).tolist() == no.tolist()


def test_what_was_guessed_is_kept_when_the_budget_ends():
    c = case(memory)
    kept = []
    with pytest.raises(Spent):
        kept.extend(run(replace(c, model=Metered(c.model, Budget(rows=250)))))
    assert kept[-1].count(Outcome.HELD) + kept[-1].count(Outcome.BROKEN) == (kept[-1].queries > 0).sum() == 100


def test_numbers_alone_are_not_guessed():
    found = attacked(case(memory, Space(tuple(Feature(str(i), "real", 0, 2) for i in range(3)))))
    assert found.count(Outcome.SKIPPED) == 200
    assert found.flags == ("nothing was guessed: no feature has few values",)


def test_a_feature_with_more_values_than_queries_is_left_out():
    found = attacked(case(memory, limits=Limits(queries=2)))
    assert "job: advantage" not in found.metrics
    assert found.metrics["feature"] == "sex"


def test_what_nobody_can_change_comes_first_and_a_one_hot_group_is_one():
    hot = tuple(Feature(f"town {i}", "boolean", 0, 1, group="town") for i in range(3))
    found = attributes(Space((*SPACE.features[:2], *hot, SPACE.features[2])), 50)
    assert [(a.name, len(a.values)) for a in found] == [("sex", 2), ("job", 3), ("town", 3)]
    rows = np.array([[0.5, 1, 0, 1, 0, 1.0], [0.5, 1, 1, 1, 0, np.nan]])
    assert [a.of(rows).tolist() for a in found] == [[1, -1], [1, 1], [1, -1]]
    assert found[2].put(rows, 2)[0].tolist() == [0.5, 1, 0, 0, 1, 1]


def test_imputation_knows_the_shares_where_nothing_else_helps():
    pool = people(900, 5)
    pool.rows[:, 1] = np.random.default_rng(6).choice(3, 900, p=[0.7, 0.2, 0.1])
    found = imputer(SPACE, attributes(SPACE, 50)[1], pool, with_label=True).guess(people(400, 8))
    assert found.sum(axis=1) == pytest.approx(np.ones(400))
    assert found.mean(axis=0) == pytest.approx([0.7, 0.2, 0.1], abs=0.05)
    assert (found.argmax(axis=1) == 0).mean() > 0.95
