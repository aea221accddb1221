"""A baseline: old findings do not fail the gate; new and worse ones do, and so does a baseline that has ended."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.report.view.held import held
from casemate.validate.baseline import LONGEST, Entry, baseline_of, hold, shrunk, taken, text_of
from casemate.validate.gate import Gate, Reason
from scoring import BROKEN, SCORING, WORTHLESS
from strategies import TODAY, assessed, record, seeded

UNTIL = TODAY + timedelta(days=90)
POLICY = "name: strict\nfails on: [open-measured, open-critical, open-high, assumed-critical, hurts-people]\n"
UNSAFE = record("scorer", "scan", facts={"format": "pickle", "contents": "unsafe"})


def of(*records, policy=POLICY, today=TODAY, **more):
    return assessed({**SCORING, **more}, *records, policy=policy, today=today)


def baseline(a, by="Ada", until=UNTIL):
    return baseline_of(text_of(taken(a, by, until, "baseline.yaml")), "baseline.yaml")


def rules(a):
    return [r.rule for r in a.gate.reasons]


def test_what_was_there_fails_no_more():
    a = of(BROKEN)
    assert rules(a) == ["open-measured"]
    with_old = hold(a, baseline(a))
    assert with_old.gate.passed
    assert with_old.baseline.passed_over == a.gate.reasons


@given(st.integers(0, 30))
def test_a_baseline_of_today_holds_all_that_the_gate_names(seed):
    a = assessed(seeded(seed), BROKEN, policy=POLICY)
    assert not [r for r in hold(a, baseline(a)).gate.reasons if r.threats]


@given(st.integers(0, 30))
def test_an_empty_baseline_changes_nothing(seed):
    a = assessed(seeded(seed), policy=POLICY)
    assert hold(a, replace(baseline(a), entries=())).gate == a.gate


def test_a_new_finding_fails():
    old = baseline(of(BROKEN))
    a = hold(of(BROKEN, UNSAFE), replace(old, entries=[e for e in old.entries if "artifact" not in e.threat]))
    assert [r.threats for r in a.gate.reasons] == [("malicious-artifact@scorer",)]


def test_a_finding_that_a_measurement_shows_now_is_worse():
    a = hold(of(BROKEN), baseline(of()))
    assert a.baseline.worse == {"model-extraction@scorer": "now evidence shows it"}
    (reason,) = a.gate.reasons
    assert reason.what == (
        "model-extraction@scorer is open, and evidence shows it (in the baseline, but now evidence shows it)"
    )


def test_a_finding_that_was_assumed_and_is_open_is_worse():
    a = of(UNSAFE)
    b = baseline(a)
    e = next(e for e in b.entries if e.threat == "malicious-artifact@scorer")
    now = hold(a, replace(b, entries=(replace(e, outcome="assumed"),)))
    assert now.baseline.worse == {"malicious-artifact@scorer": "it was assumed, now it is open"}
    assert not now.gate.passed


def test_severity_counts_once_somebody_owns_the_money():
    owned = {"attempts": {"public": "1 to 200 a year", "by": "Ada", "on": "2026-01-01"}}
    for more, said in ((owned, "it was low, now it is critical"), ({}, None)):
        a = of(harms={"model-stolen": "1M to 9M"}, **more)
        risk = next(r for r in a.risks.risks if r.id == "model-extraction@scorer")
        assert risk.severity == "critical"
        e = Entry(risk.id, "open", "low", False)
        assert hold(a, replace(baseline(a), entries=(e,))).baseline.worse.get(risk.id) == said


DEADLY = {"harms": {"wrong-decision": {"hurts": "patients", "at most": "1 in 1000000 years"}}}


def test_people_who_are_hurt_more_often_are_worse():
    a = of(**DEADLY)
    b = baseline(a)
    assert "hurts-people" in rules(a)
    assert hold(a, b).gate.passed
    less = replace(b, entries=tuple(replace(e, danger=e.danger and e.danger / 2) for e in b.entries))
    assert "it hurts people more often" in hold(a, less).baseline.worse.values()
    assert not hold(a, less).gate.passed


def test_people_are_hurt_by_old_and_new_threats_together():
    a = of(**DEADLY)
    b = baseline(a)
    hurting = [e for e in b.entries if e.danger is not None]
    assert len(hurting) > 1
    without = replace(b, entries=tuple(e for e in b.entries if e != hurting[-1]))
    kept = [r for r in hold(a, without).gate.reasons if r.rule == "hurts-people"]
    assert len(kept) == len([r for r in a.gate.reasons if r.rule == "hurts-people"])


def test_it_holds_on_its_last_day_and_fails_after():
    a = of(BROKEN)
    b = baseline(a)
    assert hold(of(BROKEN, today=UNTIL), b).gate.passed
    late = hold(of(today=UNTIL + timedelta(days=1)), b)
    (reason,) = [r for r in late.gate.reasons if r.rule == "baseline"]
    assert reason.what == f"the baseline of Ada ended on {UNTIL}"
    assert reason.todo == "treat what it names, or write baseline.yaml anew"
    assert late.gate.exit_code == 1


def test_one_that_is_dated_in_the_future_holds_nothing():
    a = of(BROKEN, today=TODAY + timedelta(days=2))
    now = hold(of(BROKEN), baseline(a))
    assert rules(now) == ["open-measured", "baseline"]
    assert "is still to come" in now.gate.reasons[-1].what


def test_whoever_may_not_accept_a_risk_may_not_hold_it_either():
    policy = POLICY + "may accept: {critical: [CISO], high: [CISO], medium: [CISO], low: [CISO]}\n"
    a = of(BROKEN, policy=policy)
    (reason,) = hold(a, baseline(a)).gate.reasons
    assert reason.what.endswith("(in the baseline, but Ada may not accept it)")
    assert hold(a, baseline(a, "CISO")).gate.passed


def test_evidence_that_is_required_and_decisions_that_ended_are_never_held():
    policy = POLICY.replace("hurts-people", "expired-decision") + "requires: [{evidence: scan, of: [model]}]\n"
    ended = {"threat": "model-extraction@scorer", "reason": "r", "owner": "o", "until": "2026-01-01"}
    a = of(policy=policy, accept=[ended])
    assert sorted(rules(hold(a, baseline(a)))) == ["expired-decision", "required-evidence"]


def test_missing_evidence_is_not_held_even_where_it_names_a_threat():
    a = of(BROKEN)
    missing = Reason("required-evidence", "w", "t", 3, ("model-extraction@scorer",))
    assert hold(replace(a, gate=Gate((missing,))), baseline(a)).gate.reasons == (missing,)


def test_what_is_gone_is_named_and_taken_out():
    b = baseline(of())
    a = hold(of(components=WORTHLESS), b)
    (gone,) = a.baseline.unused
    assert held(a)[1] == (
        f"{gone.at}: model-extraction@scorer is neither open nor assumed; take it out: casemate baseline --shrink"
    )
    assert {e.threat for e in shrunk(a, b).entries} == {e.threat for e in b.entries} - {gone.threat}


def test_shrinking_notes_what_got_better_and_never_what_got_worse():
    worse, better = baseline(of(BROKEN)), baseline(of())
    assert [e.proven for e in shrunk(of(), worse).entries if e.threat == "model-extraction@scorer"] == [False]
    assert [e.proven for e in shrunk(of(BROKEN), better).entries if e.threat == "model-extraction@scorer"] == [False]
    assert (shrunk(of(), worse).by, shrunk(of(), worse).until) == (worse.by, worse.until)


@given(st.integers(0, 40))
def test_a_written_baseline_is_read_as_it_was(seed):
    b = taken(assessed(seeded(seed)), 'A "quoted" name: # of | somebody', UNTIL, "b.yaml")
    again = baseline_of(text_of(b), "b.yaml")
    assert replace(again, entries=tuple(replace(e, at=None) for e in again.entries)) == b
    assert [e.at.line for e in again.entries] == list(range(8, 8 + len(b.entries)))


def test_nobody_holds_for_longer_than_a_year():
    with pytest.raises(CasemateError, match=f"--until: is 2028-01-01; choose a day within {LONGEST} days after"):
        taken(of(), "Ada", date(2028, 1, 1), "b.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "b.yaml: is no baseline; write one with `casemate baseline`"),
        (
            "casemate baseline: 2\nby: A\non: 2026-01-01\nuntil: 2026-02-01\n",
            "b.yaml:1:20: casemate baseline is never '2'; it is 1",
        ),
        (
            "casemate baseline: 1\nby: A\non: 2026-01-01\nuntil: 2030-02-01\n",
            "b.yaml:4:8: ends on 2030-02-01; let it end within 366 days after 2026-01-01",
        ),
        (
            "casemate baseline: 1\non: 2026-01-01\nuntil: 2026-02-01\n",
            "b.yaml:1:1: the baseline has no 'by'; give it: who answers for it",
        ),
        (
            "casemate baseline: 1\nby: A\non: 2026-01-01\nuntil: 2026-02-01\nfindings:\n"
            "  - {threat: a@b, outcome: open, severity: low, proven: no}\n"
            "  - {threat: a@b, outcome: open, severity: low, proven: no}\n",
            "b.yaml:7:5: 'a@b' is named twice; keep one of the two",
        ),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text, said):
    with pytest.raises(CasemateError) as caught:
        baseline_of(text, "b.yaml")
    assert str(caught.value) == said
