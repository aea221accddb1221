"""What must be so where an attack works: what is not is flagged, and what is so is not."""

from dataclasses import replace

import numpy as np

from casemate.evidence.redteam.attack import Limits, Outcome, Point, Result
from casemate.evidence.redteam.drive import Tried, attacks, drive, generator
from casemate.evidence.redteam.metered import Budget, Metered
from casemate.evidence.redteam.model import Function
from casemate.evidence.redteam.record import trial
from casemate.evidence.redteam.sanity import checks
from casemate.evidence.redteam.verdict import Verdict, of_attack
from redteam_cases import MIXED, case, linear, plain

LIMITS = Limits(300, "l2", 1.0)


def tried(name, of):
    return drive(name, replace(of, rng=generator(0, name)))


def result(outcomes, **more):
    found = np.array(outcomes, dtype=np.int8)
    return Result(found, np.zeros(len(found), dtype=np.int64), **more)


def curve(*values):
    return tuple(Point(10.0**i, v, v - 0.05, v + 0.05) for i, v in enumerate(values))


def test_attacks_that_work_raise_no_flag():
    of = case(linear(MIXED), limits=LIMITS)
    assert list(checks(of, [tried(n, of) for n in ("hop-skip-jump", "block-search", "random-noise")], 0)) == []


def test_an_attack_that_cannot_break_anything_without_a_bound_is_flagged():
    of = case(linear(MIXED), limits=LIMITS)
    constant = Function(lambda rows: np.tile([0.6, 0.3, 0.1], (len(rows), 1)), 3)
    right = replace(of.victims, labels=np.zeros(12, dtype=np.intp))
    of = replace(of, model=Metered(constant), victims=right)
    found = list(checks(of, [tried("hop-skip-jump", of)], 0))
    assert found == ["hop-skip-jump: without a bound on the distance it breaks 0 of 10 rows, not nearly all"]


def test_more_effort_that_finds_less_is_flagged():
    of = case(linear(plain(4)), plain(4), limits=LIMITS)
    nothing = replace(tried("hop-skip-jump", of), result=result([Outcome.HELD] * 12))
    found = list(checks(of, [nothing], 0))
    assert found == ["hop-skip-jump: 300 queries break fewer rows than 75"]


def test_a_larger_epsilon_that_finds_less_is_flagged():
    """The target answers the attack itself, and nothing later but one class."""
    of = case(linear(MIXED), limits=LIMITS)
    everything = replace(tried("hop-skip-jump", of), result=result([Outcome.BROKEN] * 12))
    said = of.victims.labels
    known = {r.tobytes(): y for r, y in zip(of.victims.rows, said, strict=True)}
    stuck = Function(lambda rows: np.eye(3)[[known.get(r.tobytes(), said[0]) for r in rows]], 3)
    same = replace(of, model=Metered(stuck), victims=of.victims.take(said == said[0]))
    if len(same.victims) < 6:
        raise AssertionError("too few rows of one class to tell from chance")
    assert "hop-skip-jump: a larger epsilon breaks fewer rows" in checks(same, [everything], 0)


def test_a_budget_that_ends_first_is_said():
    of = case(linear(MIXED), limits=LIMITS)
    done = tried("hop-skip-jump", of)
    spent = replace(of, model=Metered(of.model.model, Budget(rows=0)))
    assert list(checks(spent, [done], 0)) == [
        "hop-skip-jump: it was not looked at whether it works without a bound: the budget of queries is spent"
    ]


def test_a_curve_that_falls_is_flagged_and_one_that_wavers_is_not():
    of = case(linear(MIXED))
    axis = "queries: share of victims on which the copy agrees"
    falls, wavers = (
        Tried("extraction-labels", attacks()["extraction-labels"], result([1], curve=curve(*v), axis=axis))
        for v in ((0.9, 0.5), (0.9, 0.85, 0.95))
    )
    assert list(checks(of, [falls], 0)) == ["extraction-labels: gets less at queries 10 than at 1"]
    assert list(checks(of, [wavers], 0)) == []


def test_a_trial_is_as_strong_as_the_budget_made_the_attack():
    t = Tried("hop-skip-jump", attacks()["hop-skip-jump"], result([1, 0]))
    assert trial("adversarial-input", t).strength == t.attack.strength
    assert trial("adversarial-input", replace(t, result=result([1, 0], strength="equal"))).strength == "equal"


def test_an_attack_that_doubts_itself_settles_nothing():
    from casemate.evidence.redteam.campaign import Campaign

    t = Tried("near-duplicates", attacks()["near-duplicates"], result([Outcome.HELD] * 50))
    canary = replace(t, result=result([Outcome.BROKEN]))
    c = Campaign(None, (t,), {t.name: canary})
    assert of_attack(t, c) is Verdict.HOLDS
    doubting = replace(t, result=result([Outcome.HELD] * 50, doubts=("it finds nothing",)))
    assert of_attack(doubting, replace(c, tried=(doubting,))) is Verdict.INCONCLUSIVE
    few = replace(t, result=result([Outcome.BROKEN] + [Outcome.HELD] * 5000))
    assert of_attack(few, c) is Verdict.WEAK
