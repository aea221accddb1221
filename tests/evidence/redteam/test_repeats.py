"""Targets that change their answers: what fools them counts only where it fools them again."""

from dataclasses import replace

import numpy as np

from casemate.core.space import numbers
from casemate.evidence.redteam.attack import Limits, Outcome, Sample
from casemate.evidence.redteam.campaign import Plan, Scene, run
from casemate.evidence.redteam.metered import Budget, Metered
from casemate.evidence.redteam.model import Function
from casemate.evidence.redteam.verdict import Verdict, flags, verdict

PLAN = Plan(("hop-skip-jump", "random-noise"), limits=Limits(queries=60), victims=40)
ROWS = np.random.default_rng(1).random((200, 4))
DATA = Sample(ROWS, (ROWS[:, 0] > 0.5).astype(np.intp))


def scene(answer, budget=Budget(), data=DATA):  # noqa: B008  frozen
    return Scene(Metered(Function(answer, 2), budget), numbers([0] * 4, [1] * 4), data)


def near(rows):
    p = 1 / (1 + np.exp(-8 * (rows[:, 0] - 0.5)))
    return np.column_stack([1 - p, p])


def tossing(seed):
    """Says another class than usual in one answer of ten, whatever it is shown."""
    rng = np.random.default_rng(seed)

    def answer(rows):
        up = rng.random(len(rows)) < 0.9
        return np.column_stack([~up, up]).astype(float)

    return answer


def test_what_fools_a_model_that_tosses_coins_does_not_fool_it_again_and_is_no_finding():
    right = replace(DATA, labels=np.ones(200, dtype=np.intp))
    c = run(scene(tossing(0), data=right), PLAN)
    assert verdict(c) is Verdict.INCONCLUSIVE
    assert sum(t.result.count(Outcome.BROKEN) for t in c.tried) == 0
    assert sum(t.result.count(Outcome.ERRORED) for t in c.tried) > 30
    (line,) = [f for f in flags(c) if f.startswith("random-noise: ")]
    assert line.endswith(" rows that fooled it once do not do so again")


def test_a_real_weakness_is_found_through_a_little_noise():
    rng = np.random.default_rng(0)
    c = run(scene(lambda x: near(x) + rng.normal(0, 1e-3, (len(x), 2))), PLAN)
    assert not c.probe.deterministic
    assert verdict(c) is Verdict.WEAK


def test_a_target_that_is_replaced_in_the_middle_is_found_out_and_its_new_answers_break_nothing():
    calls = []

    def replaced(rows):
        calls.append(len(rows))
        return near(rows) if len(calls) < 20 else near(rows)[:, ::-1]

    c = run(scene(replaced), PLAN)
    assert c.probe.why == "it answers the same rows differently than when the run began"
    assert verdict(c) is Verdict.INCONCLUSIVE


def test_where_no_budget_is_left_to_ask_again_nothing_counts_as_broken():
    def trembling():
        rng = np.random.default_rng(0)
        return lambda x: near(x) + rng.normal(0, 1e-3, (len(x), 2))

    plan, rich = replace(PLAN, attacks=("random-noise",)), scene(trembling())
    assert run(rich, plan).tried[0].broken > 0
    poor = scene(trembling(), Budget(rows=rich.model.used.rows - 1))
    c = run(poor, plan)
    assert c.tried[0].broken == 0
    assert any("whether it fools the model again is not known: the budget of queries is spent" in f for f in flags(c))
    assert poor.model.used.rows <= rich.model.used.rows - 1
