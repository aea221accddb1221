"""The gate: which rules of the policy stop a release, and with which exit code."""

from datetime import date

import pytest

from small import LOADED, OWNED, PRICED, THEFT, look, small
from strategies import record, trial

ALL = "[open-measured, open-critical, open-high, assumed-critical, hurts-people, expired-decision, review-overdue]"
UNSAFE = "id: unsafe\nabout: model\nwhen: {contents: [unsafe, inconclusive]}\nattacker: public\nharms: takeover"
REVIEWED = "review: {every: 90 days, last: 2026-10-01}\n"


def policy(fails="[]", more=""):
    return f"name: p\nfails on: {fails}\n{more}"


def held(fails, *records, more="", rules=(THEFT,), policy_more="", **given):
    gate = look(small(PRICED + more), *records, rules=rules, policy=policy(fails, policy_more), **given).gate
    return gate.exit_code, [r.rule for r in gate.reasons]


def test_a_policy_that_asks_for_nothing_passes():
    gate = look(small(), policy=policy()).gate
    assert (gate.passed, gate.exit_code, gate.reasons) == (True, 0, ())


NEED = "requires: [{evidence: scan, of: model}]\n"


@pytest.mark.parametrize(
    ("fails", "more", "expected"),
    [("[]", "", (0, [])), ("[]", NEED, (3, ["required-evidence"])), ("[open-measured]", "", (1, ["open-measured"])),
     ("[open-measured]", NEED, (1, ["open-measured", "required-evidence"]))],
)  # fmt: skip
def test_failing_weighs_more_than_missing_evidence(fails, more, expected):
    broken = record("scorer", trials=(trial("theft", 3, 1),))
    assert held(fails, broken, policy_more=more) == expected


@pytest.mark.parametrize(
    ("records", "stops"),
    [
        ((), False),
        ((record("scorer", trials=(trial("theft", 0, 100),)),), False),
        ((record("scorer", trials=(trial("theft", 1, 99),)),), True),
        ((record("scorer", trials=(trial("theft", 1, 99, strength="weaker"),)),), True),
        ((record("scorer", trials=(trial("theft", 1, 99, unit="token"),)),), False),  # shown, not used
        ((record("scorer", trials=(trial("other", 1, 99),)),), False),
        ((record("scorer", facts={"format": "pickle"}),), False),  # a measured fact is no broken system
    ],
)
def test_open_measured_needs_an_attack_that_worked(records, stops):
    assert held("[open-measured]", *records) == ((1, ["open-measured"]) if stops else (0, []))


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize(("contents", "stops"), [("clean", False), ("unsafe", True), ("inconclusive", True)])
def test_or_a_state_that_only_evidence_can_show_even_if_nobody_signed_it(contents, stops, measured):
    r = record("scorer", "scan", facts={"contents": contents})
    expected = (1, ["open-measured"]) if stops else (0, [])
    assert held("[open-measured]", r, rules=(UNSAFE,), measured=measured) == expected


def test_a_draft_rule_stops_nothing():
    broken = record("scorer", trials=(trial("theft", 3, 1),))
    assert held(ALL, broken, rules=(THEFT + "status: draft\n",), more=REVIEWED) == (0, [])


@pytest.mark.parametrize(
    ("fails", "appetite", "owned", "stops"),
    [
        ("[open-critical]", "50k", OWNED, ["open-critical"]),
        ("[open-critical]", "200k", OWNED, []),
        ("[open-high]", "300k", OWNED, ["open-high"]),
        ("[open-critical, open-high]", "50k", "", []),
    ],
)
def test_severity_counts_once_somebody_owns_the_attempts(fails, appetite, owned, stops):
    assert held(fails, more=f"appetite: {{loss: {appetite}}}\n{owned}")[1] == stops


def test_what_is_only_assumed_has_a_rule_of_its_own():
    more = f"appetite: {{loss: 1k}}\n{OWNED}"
    assert held("[assumed-critical]", rules=(LOADED,), more=more) == (1, ["assumed-critical"])
    assert held("[open-critical]", rules=(LOADED,), more=more) == (0, [])


@pytest.mark.parametrize(
    ("said", "fails", "reasons"),
    [
        ("review: {every: 90 days, last: 2026-08-04}", "[review-overdue]", []),  # due today
        ("review: {every: 90 days, last: 2026-08-03}", "[review-overdue]", ["the review was due on 2026-11-01"]),
        ("review: {every: 90 days, last: 2026-08-03}", "[]", []),
        ("", "[review-overdue]", ["nobody has reviewed it yet"]),
        ("", "[]", []),
    ],
)
def test_a_review_that_is_due_or_was_never_held(said, fails, reasons):
    gate = look(small(said + "\n"), policy=policy(fails)).gate
    assert [r.what for r in gate.reasons] == reasons


BROKEN = record("scorer", trials=(trial("theft", 3, 1),))
DECISIONS = {
    "accept": "accept: [{threat: theft@scorer, reason: r, owner: ann, until: %s}]\n",
    "dismiss": "dismiss: [{threat: theft@scorer, because: b, by: ann, until: %s}]\n",
}


@pytest.mark.parametrize("section", DECISIONS)
@pytest.mark.parametrize(
    ("until", "today", "state", "rules"),
    [
        ("2026-11-02", date(2026, 11, 2), "active", []),
        ("2026-11-02", date(2026, 11, 3), "expired", ["open-measured", "expired-decision"]),
        ("2027-01-01", date(2026, 11, 2), "active", []),
    ],
)
def test_a_decision_holds_through_its_last_day(section, until, today, state, rules):
    a = look(small(DECISIONS[section] % until), BROKEN, policy=policy("[open-measured, expired-decision]"), today=today)
    assert ([r.state for r in a.rulings], [r.rule for r in a.gate.reasons]) == ([state], rules)
    word = {"accept": "accepted", "dismiss": "dismissed"}[section]
    assert a.outcomes["theft@scorer"] == (word if state == "active" else "open")


@pytest.mark.parametrize(("section", "verb"), [("accept", "accept"), ("dismiss", "dismiss")])
def test_a_decision_by_somebody_who_may_not_is_refused_and_stops_the_release(section, verb):
    text = "may accept: {critical: [board], high: [board], medium: [board], low: [board]}\n"
    a = look(small(DECISIONS[section] % "2027-01-01"), BROKEN, policy=policy("[open-measured]", text))
    assert [r.state for r in a.rulings] == ["refused"]
    assert a.outcomes["theft@scorer"] == "open"
    assert [(r.rule, r.what) for r in a.gate.reasons] == [
        ("open-measured", "theft@scorer is open, and a measurement shows it"),
        ("may-accept", f"ann may not {verb} theft@scorer"),
    ]


@pytest.mark.parametrize("section", DECISIONS)
def test_a_decision_on_what_is_no_threat_any_more_is_unused_and_stops_nothing(section):
    a = look(small(DECISIONS[section] % "2020-01-01", scorer="format: onnx"),
             rules=(LOADED.replace("loaded", "theft"),), policy=policy("[expired-decision]"))  # fmt: skip
    assert ([r.state for r in a.rulings], a.gate.exit_code) == (["unused"], 0)
    assert a.outcomes["theft@scorer"] == "declared"


def test_evidence_of_a_file_is_required_only_of_what_has_one():
    need = policy("[]", "requires: [{evidence: scan, of: [model, inference, endpoint]}]\n")
    assert [r.what for r in look(small(), policy=need).gate.reasons] == [
        "the policy requires a scan of scorer: there is none"
    ]


def test_other_evidence_is_required_of_what_has_no_file_too():
    need = policy("[]", "requires: [{evidence: probe, of: endpoint}]\n")
    assert [r.what for r in look(small(), policy=need).gate.reasons] == [
        "the policy requires a probe of api: there is none"
    ]


def test_the_policy_sets_the_age_of_evidence():
    need = policy("[]", f"{NEED}maximum age: {{scan: 7 days}}\n")
    r = record("scorer", "scan", facts={"contents": "clean"}, measured=date(2026, 10, 25))
    assert look(small(), r, policy=need).gate.exit_code == 3
    assert look(small(), r, policy=policy("[]", NEED)).gate.exit_code == 0
