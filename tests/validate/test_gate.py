"""The gate: what stops a release, and which decisions of people stand, expire, are unused or refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from strategies import TODAY, assessed, only, record, trial

DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {"m": {"kind": "model", "zone": "cloud", "path": "m", "exposed to": ["internet"], "decides": "gate"}},
}
OPEN = "about: model\nattacker: public\nwhen: {decides: gate}\n"
ASSUMED = "about: model\nattacker: public\nwhen: {proprietary: yes}\n"
OWNED = {"public": "1 to 20 a year", "by": "s@example.org", "on": "2026-01-01"}
DEAR = {"wrong-decision": "50M"}


def gate(*records, rule=OPEN, fails="", today=TODAY, policy="", measured=True, **more):
    a = assessed(
        {**DOC, **more},
        *records,
        of=only(rule),
        policy=f"name: p\nfails on: [{fails}]\n{policy}",
        today=today,
        measured=measured,
    )
    return [(r.rule, r.exit) for r in a.gate.reasons], a.gate.exit_code, [r.state for r in a.rulings]


def decided(threat="r0@m", until=TODAY, who="risk-officer", word="accept"):
    why, by = ("reason", "owner") if word == "accept" else ("because", "by")
    return {word: [{"threat": threat, why: "r", by: who, "until": until.isoformat()}]}


def test_nothing_required_and_nothing_broken_passes():
    assert gate(fails="open-measured, open-critical, assumed-critical") == ([], 0, [])


def test_an_open_threat_that_a_measurement_shows_fails():
    broken = record("m", trials=(trial("r0", 5, 5),))
    assert gate(broken, fails="open-measured") == ([("open-measured", 1)], 1, [])
    assert gate(record("m", trials=(trial("r0", 0, 10),)), fails="open-measured")[1] == 0
    assert gate(broken, rule=ASSUMED, fails="open-measured")[1] == 0  # nobody knows whether it applies
    assert gate(broken, rule=OPEN + "status: draft\n", fails="open-measured")[1] == 0


def test_an_open_threat_of_which_every_fact_was_measured_fails_unless_it_held_in_a_test():
    shown = record("m", kind="record", facts={"decides": "gate"})
    assert gate(shown, fails="open-measured") == ([("open-measured", 1)], 1, [])
    assert gate(shown, fails="open-measured", measured=False)[1] == 0  # nobody signed it
    assert gate(shown, record("m", trials=(trial("r0", 0, 10),)), fails="open-measured")[1] == 0


@pytest.mark.parametrize(
    ("rule", "fails", "code"),
    [
        (OPEN, "open-critical", 1),
        (OPEN, "assumed-critical", 0),
        (ASSUMED, "assumed-critical", 1),
        (ASSUMED, "open-critical", 0),
    ],
)
def test_severity_counts_where_the_attempts_are_owned(rule, fails, code):
    assert gate(rule=rule, fails=fails, harms=DEAR, attempts=OWNED)[1] == code
    assert gate(rule=rule, fails=fails, harms=DEAR)[1] == 0


def test_an_accepted_threat_no_longer_fails_up_to_and_including_its_last_day():
    broken = record("m", trials=(trial("r0", 5, 5),))
    for word in ("accept", "dismiss"):
        fails = "open-measured, expired-decision"
        assert gate(broken, fails=fails, **decided(word=word)) == ([], 0, ["active"])
        late = gate(broken, fails=fails, today=TODAY + timedelta(days=1), **decided(word=word))
        assert late == ([("open-measured", 1), ("expired-decision", 1)], 1, ["expired"])


def test_a_decision_on_what_is_no_threat_is_unused_and_fails_nothing():
    fixed = {**DOC["components"]["m"], "decides": "advice"}
    found = gate(fails="expired-decision", components={"m": fixed}, **decided(until=TODAY - timedelta(days=9)))
    assert found == ([], 0, ["unused"])


@pytest.mark.parametrize("word", ["accept", "dismiss"])
def test_who_may_not_accept_is_refused(word):
    may = "may accept: {critical: [ciso], high: [ciso], medium: [ciso], low: [ciso]}\n"
    assert gate(policy=may, **decided(word=word)) == ([("may-accept", 1)], 1, ["refused"])
    assert gate(policy=may, **decided(who="ciso", word=word)) == ([], 0, ["active"])


def test_a_refused_acceptance_leaves_the_threat_as_it_is():
    broken = record("m", trials=(trial("r0", 5, 5),))
    found = gate(broken, fails="open-measured", policy="may accept: {critical: [ciso], low: [ciso]}\n", **decided())
    assert found[0] == [("open-measured", 1), ("may-accept", 1)]


@pytest.mark.parametrize(("days", "state"), [(0, 0), (90, 0), (91, 1)])
def test_an_overdue_review_fails_where_the_policy_says_so(days, state):
    review = {"review": {"every": "90 days", "last": (TODAY - timedelta(days=days)).isoformat()}}
    assert gate(fails="review-overdue", **review)[1] == state
    assert gate(**review)[1] == 0


def test_missing_evidence_alone_is_three_and_with_a_failure_one():
    needs = "requires: [{evidence: scan, of: [model]}]\n"
    assert gate(policy=needs)[1] == 3
    broken = record("m", trials=(trial("r0", 5, 5),))
    assert gate(broken, policy=needs, fails="open-measured")[:2] == (
        [("open-measured", 1), ("required-evidence", 3)],
        1,
    )


def test_accepted_and_dismissed_replace_open_in_what_is_shown_and_a_dismissal_leaves_the_claimed_risk():
    for word, shown in (("accept", "accepted"), ("dismiss", "dismissed")):
        a = assessed({**DOC, **decided(word=word)}, of=only(OPEN))
        (r,) = a.risks.risks
        assert (a.outcomes[r.id], r.found.outcome) == (shown, "open")
        assert r.current == r.estimates["inherent"].mean
        assert (r.estimates["claimed"].mean == 0) is (word == "dismiss")


SCAN = "name: p\nrequires: [{evidence: scan, of: [model, llm]}]\n"


def evidence_asked(**props):
    """What the gate asks for of one component, and what to do."""
    zones = {**DOC["zones"], "theirs": {"trust": "partner", "owner": "a provider"}}
    doc = {**DOC, "zones": zones, "components": {"m": {"kind": "model", "zone": "cloud", **props}}}
    return [(r.what, r.todo, r.exit) for r in assessed(doc, of=only(OPEN), policy=SCAN).gate.reasons]


@pytest.mark.parametrize("kind", ["model", "llm"])
def test_a_model_with_a_format_is_a_file_and_the_gate_asks_for_its_path(kind):
    assert evidence_asked(kind=kind, format="pickle") == [
        (
            "the policy requires a scan of m: nobody gave its path",
            "give its `path:` (drawn.yaml:12), then add `measure: [{scan: m}]`, then casemate assess --measure "
            "drawn.yaml",
            3,
        )
    ]


def test_a_language_model_of_our_own_is_scanned_too_and_what_a_provider_runs_is_not():
    assert evidence_asked(kind="llm", path="m.gguf") == [
        (
            "the policy requires a scan of m: there is none",
            "add `measure: [{scan: m}]`, then casemate assess --measure drawn.yaml",
            3,
        )
    ]
    assert evidence_asked(kind="llm") == []
    assert evidence_asked(kind="llm", zone="theirs", format="safetensors") == []


def test_a_reason_names_its_threats():
    broken = record("m", trials=(trial("r0", 5, 5),))
    a = assessed(DOC, broken, of=only(OPEN), policy="name: p\nfails on: [open-measured]\n")
    assert [r.threats for r in a.gate.reasons] == [("r0@m",)]


def test_people_who_are_safe_only_because_the_file_says_so_are_not_proven_safe():
    rule = "about: model\nattacker: public\nwhen: {sandbox: none}\nharms: wrong-decision\n"
    harms = {"wrong-decision": {"hurts": "patients", "at most": "1 in 1000000 years"}}
    m = {**DOC["components"]["m"], "sandbox": "vm"}
    said = gate(rule=rule, fails="unproven-safety", harms=harms, components={"m": m})
    assert said == ([("unproven-safety", 3)], 3, [])
    shown = record("m", kind="probe", facts={"sandbox": "vm"})
    assert gate(shown, rule=rule, fails="unproven-safety", harms=harms, components={"m": m}) == ([], 0, [])
