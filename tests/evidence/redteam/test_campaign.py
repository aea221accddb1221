"""Whole runs on small models whose weaknesses are known."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.core.space import numbers
from casemate.evidence.redteam import show, told
from casemate.evidence.redteam.attack import Limits, Outcome, Sample
from casemate.evidence.redteam.campaign import Plan, Scene, run
from casemate.evidence.redteam.guarding import guarding
from casemate.evidence.redteam.metered import Budget, Metered
from casemate.evidence.redteam.model import Function, ModelError
from casemate.evidence.redteam.record import Facts, statement, trials
from casemate.evidence.redteam.setup import Done
from casemate.evidence.redteam.verdict import Verdict, flags, of_attack, open_questions, verdict

SPACE = numbers([0] * 4, [1] * 4)
DAY = date(2026, 11, 23)


def rows(seed, n=300):
    found = np.random.default_rng(seed).random((n, 4))
    return Sample(found, (found[:, 0] > 0.5).astype(np.intp))


def threshold(rows):
    """Right about everything, and sure of it near the boundary only."""
    p = 1 / (1 + np.exp(-8 * (rows[:, 0] - 0.5)))
    return np.column_stack([1 - p, p])


def heart(sample):
    """Knows its training rows by heart."""
    known = {r.tobytes() for r in sample.rows}

    def answer(rows):
        own = (rows[:, 0] > 0.5).astype(int)
        sure = np.array([0.99 if r.tobytes() in known else 0.6 for r in rows])
        out = np.empty((len(rows), 2))
        out[np.arange(len(rows)), own] = sure
        out[np.arange(len(rows)), 1 - own] = 1 - sure
        return out

    return answer


def scene(answer, train=None, budget=None):
    return Scene(Metered(Function(answer, 2), budget or Budget()), SPACE, rows(1), train)


def constant(rows):
    return np.tile([0.4, 0.6], (len(rows), 1))


EVASION = Plan(("hop-skip-jump", "random-noise"), limits=Limits(queries=300), victims=40)
PRIVACY = Plan(("confidence-threshold",), victims=40)


def test_rows_near_a_boundary_are_found_and_the_run_says_weak():
    c = run(scene(threshold), EVASION)
    assert verdict(c) is Verdict.WEAK
    by_name = {t.name: t for t in c.tried}
    assert by_name["hop-skip-jump"].broken >= by_name["random-noise"].broken > 0
    assert c.canaries["hop-skip-jump"].broken == 1
    assert {t.threat for t in trials(c)} >= {"adversarial-input"}


def test_a_model_that_never_changes_its_mind_holds_to_this_budget():
    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    c = run(replace(scene(constant), data=right), EVASION)
    assert verdict(c) is Verdict.HOLDS
    assert all(t.broken == 0 for t in c.tried)
    assert c.canaries["hop-skip-jump"].broken == 1


def test_what_was_learned_by_heart_is_told_from_the_rest():
    train = rows(2)
    c = run(scene(heart(train), train), PRIVACY)
    assert verdict(c) is Verdict.WEAK
    assert c.tried[0].broken == 1


def test_a_model_that_answers_differently_when_asked_again_is_never_said_to_hold():
    rng = np.random.default_rng(0)
    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    c = run(replace(scene(lambda x: constant(x) + rng.normal(0, 0.01, (len(x), 2))), data=right), EVASION)
    assert not c.probe.deterministic
    assert verdict(c) is Verdict.INCONCLUSIVE


def test_a_spent_budget_keeps_what_was_learned_and_says_so():
    c = run(scene(threshold, budget=Budget(rows=6000)), EVASION)
    assert any("the budget of queries is spent" in t.stopped for t in c.tried)
    assert sum(t.result.count(Outcome.BROKEN) for t in c.tried) > 0


def test_a_budget_that_does_not_suffice_to_look_at_the_target_is_inconclusive():
    c = run(scene(threshold, budget=Budget(rows=10)), EVASION)
    assert (verdict(c), c.stopped) == (Verdict.INCONCLUSIVE, "the budget of queries is spent")


def test_a_model_that_fails_in_the_middle_is_inconclusive_and_keeps_what_was_learned():
    calls = []

    def breaks(x):
        calls.append(len(x))
        if len(calls) > 60:
            raise ModelError("the model", "gave up")
        return constant(x)

    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    c = run(replace(scene(breaks), data=right), EVASION)
    assert verdict(c) is Verdict.INCONCLUSIVE
    assert "gave up" in {t.stopped for t in c.tried}


def test_an_interrupted_run_keeps_what_it_had():
    calls = []

    def interrupted(x):
        calls.append(len(x))
        if len(calls) == 40:
            raise KeyboardInterrupt
        return threshold(x)

    c = run(scene(interrupted), EVASION)
    assert c.stopped == "interrupted"
    assert len(c.tried) == 1


@pytest.mark.parametrize("at", [200, 300, 400])
def test_nothing_is_begun_after_an_interrupt_wherever_it_comes(at):
    calls = []

    def interrupted(x):
        calls.append(len(x))
        if len(calls) == at:
            raise KeyboardInterrupt
        return threshold(x)

    c = run(scene(interrupted), replace(EVASION, guards=(guarding("squeezing", "x"), guarding("input-range", "x"))))
    assert (c.stopped, len(calls)) == ("interrupted", at)
    assert c.tried


def test_an_attack_that_cannot_be_aimed_at_this_model_leaves_the_verdict_to_the_others():
    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    plan = replace(EVASION, attacks=("hop-skip-jump", "pgd", "random-noise"))
    c = run(replace(scene(constant), data=right), replace(plan, named=frozenset({"evasion"})))
    assert [t.name for t in c.tried if t.left_out] == ["pgd"]
    assert verdict(c) is Verdict.HOLDS
    named = run(replace(scene(constant), data=right), replace(plan, named=frozenset({"hop-skip-jump", "pgd"})))
    assert verdict(named) is Verdict.INCONCLUSIVE


def test_what_nobody_gave_leaves_a_goal_that_somebody_named_unsettled():
    plan = Plan(("hop-skip-jump", "rmia"), limits=Limits(queries=300), victims=40)
    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    default = run(replace(scene(constant), data=right), plan)
    named = run(replace(scene(constant), data=right), replace(plan, named=frozenset({"evasion", "membership"})))
    assert (verdict(default), verdict(named)) == (Verdict.HOLDS, Verdict.INCONCLUSIVE)


def test_a_few_rows_that_held_are_too_few_to_say_that_the_model_holds():
    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    few, enough = (run(replace(scene(constant), data=right), replace(EVASION, victims=n)) for n in (34, 35))
    assert (verdict(few), verdict(enough)) == (Verdict.INCONCLUSIVE, Verdict.HOLDS)
    assert list(open_questions(few.tried[0], few)) == [
        "34 rows are too few: up to 10 % may break for all that was seen"
    ]
    assert trials(few)[0].held == 34  # counted as what they are


def test_a_guard_against_what_was_not_attacked_is_said_to_be_untested():
    c = run(scene(threshold), replace(EVASION, guards=(guarding("noise:scale=0.3", "x"),)))
    assert "noise scale=0.3 was not tested: nothing that it is meant to counter was attacked" in list(flags(c))


def test_a_rate_of_one_in_a_thousand_is_told_from_ten_thousand_non_members_on_and_refused_below():
    train = rows(2)
    for n, enough in ((9_999, False), (10_000, True)):
        c = run(replace(scene(heart(train), train), data=rows(1, n)), PRIVACY)
        assert ("TPR at 0.1 %" in c.tried[0].result.metrics) is enough
        assert any("TPR at 0.1 % is refused" in f for f in c.tried[0].result.flags) is not enough


def test_what_a_quota_leaves_unanswered_is_told_beside_the_share():
    train = rows(2)
    plan = replace(PRIVACY, guards=(guarding("quota:quota=5", "x"),))
    c = run(scene(heart(train), train), plan)
    facts = Facts("m.pkl", "sklearn", "scores", 2, {}, {"data": 300, "features": 4}, {"rows": 1234, "calls": 5})
    found = " ".join(show.text(Done(c, facts, plan)).split())
    n = c.guards[0].adaptive.scored
    assert 0 < n <= 50
    assert f"quota quota=5, membership: aware speaks of {n} of 300 rows: the rest got no answer" in found


def test_rounding_is_worth_nothing_where_labels_alone_tell():
    train = rows(2)

    def wrong_outside(x):
        known = {r.tobytes() for r in train.rows}
        own = np.array([(r[0] > 0.5) == (r.tobytes() in known) for r in x]).astype(int)
        return np.column_stack([0.8 - 0.6 * own, 0.2 + 0.6 * own])

    plan = replace(PRIVACY, attacks=("confidence-threshold", "correctness-gap"), guards=(guarding("rounding", "x"),))
    c = run(scene(wrong_outside, train), plan)
    (g,) = c.guards
    assert g.adaptive.broken > 0.9
    assert "rounding is worth nothing against membership" in statement_of(c, plan).findings[-1]


def statement_of(c, plan, claimed=("output-rounding",)):
    facts = Facts("m.pkl", "sklearn", "scores", 2, {"model": "0" * 64}, {"data": 300, "features": 4}, {"rows": 1})
    return statement("scorer", "0" * 64, DAY, facts, plan, c, claimed)


def test_a_guard_that_nobody_claims_to_have_is_no_evidence_of_a_control():
    train = rows(2)
    plan = replace(PRIVACY, guards=(guarding("rounding:decimals=0", "x"),))
    c = run(scene(heart(train), train), plan)
    assert statement_of(c, plan, ()).controls == ()
    (result,) = statement_of(c, plan).controls
    assert (result.id, result.threat, result.naive.broken) == ("output-rounding", "membership-inference", 0)


def test_the_same_seed_gives_the_same_bytes_and_an_attack_left_out_changes_no_other():
    one, two = (statement_of(run(scene(threshold), EVASION), EVASION) for _ in range(2))
    assert one == two
    alone = run(scene(threshold), replace(EVASION, attacks=("random-noise",)))
    both = run(scene(threshold), EVASION)
    np.testing.assert_array_equal(alone.tried[0].result.outcomes, both.tried[1].result.outcomes)


def test_the_record_holds_no_rows():
    c = run(scene(threshold), EVASION)
    text = json.dumps(statement_of(c, EVASION).settings)
    assert "adversarial" not in text
    assert str(float(rows(1).rows[0, 0]))[:8] not in text


def test_the_terminal_shows_the_verdict_first_in_80_columns():
    c = run(scene(threshold), EVASION)
    facts = Facts("m.pkl", "sklearn", "scores", 2, {}, {"data": 300, "features": 4}, {"rows": 1234, "calls": 5})
    found = show.text(Done(c, facts, EVASION))
    assert found.startswith("m.pkl: weak: at least one attack gets through\n")
    assert max(map(len, found.splitlines())) <= 80


def test_the_rows_go_to_a_file_of_their_own(tmp_path):
    c = run(scene(threshold), EVASION)
    told.write(tmp_path / "rows.csv", c)
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert lines[0] == "attack,trial,outcome,queries,distance"
    assert len(lines) == 1 + 2 * 40


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("roundin", "x: there is no guard 'roundin'; did you mean 'rounding'?"),
        (
            "rounding:decimals=-1",
            "x: guard rounding: decimals must be 0 to 9, not -1; see `casemate catalog show output-rounding`",
        ),
        ("rounding:dec=1", "x: guard rounding has no setting 'dec'; there is decimals"),
        ("rounding:decimals=x", "x: guard rounding: decimals is 'x'; write a whole number, such as 1"),
        ("noise:scale=loud", "x: guard noise: scale is 'loud'; write a number, such as 0.1"),
        ("label-only:k=1", "x: guard label-only has no setting 'k'; it has none"),
        ("rounding:decimals", "x: 'decimals' is no setting of a guard; write `name:key=value,key=value`"),
    ],
)
def test_a_guard_that_cannot_be_made_says_why(text, why):
    with pytest.raises(CasemateError) as e:
        guarding(text, "x")
    assert str(e.value) == why


def test_a_canary_that_is_missed_makes_a_held_attack_inconclusive():
    right = replace(rows(1), labels=np.ones(300, dtype=np.intp))
    c = run(replace(scene(constant), data=right), replace(EVASION, attacks=("hop-skip-jump",)))
    (t,) = c.tried
    assert of_attack(t, c) is Verdict.HOLDS
    assert of_attack(t, replace(c, canaries={})) is Verdict.INCONCLUSIVE
