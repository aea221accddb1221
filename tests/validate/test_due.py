"""What is due: by date, by a retrained model, by alarms, by evidence and decisions that end, by missing sign-offs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casemate.assess import assess
from casemate.define.borrow import Borrowed
from casemate.evidence.bind import bind, element_digest
from casemate.validate.due import Due, due, lost, soon
from casemate.validate.passport.standing import Standing as Passport
from casemate.validate.policy import policy_of
from casemate.validate.signoff.standing import Standing
from strategies import OTHER, TODAY, assessed, evidence_of, only, record, system_of

DOC = {
    "casemate": "1",
    "name": "n",
    "review": {"every": "90 days", "last": TODAY.isoformat()},
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "m": {"kind": "model", "zone": "cloud", "path": "m", "exposed to": ["internet"], "decides": "gate"},
        "bot": {"kind": "agent", "zone": "cloud"},
    },
}
RULE = "about: model\nattacker: public\nwhen: {decides: gate}\n"


def entries(*records, doc=DOC, today=TODAY, digest="a" * 64, signed=(), policy="name: p\n"):
    a = assessed(doc, *records, of=only(RULE), policy=policy, today=today, digest=digest)
    return [d for d in due(a, signed) if d.kind != "review"]


def reviews(last=None, today=TODAY):
    doc = {**DOC, "review": {"every": "90 days", **({"last": last.isoformat()} if last else {})}}
    a = assessed(doc, of=only(RULE), policy="name: p\n", today=today)
    return [(d.on, d.due, d.what) for d in due(a) if d.kind == "review"]


def ago(days):
    return TODAY - timedelta(days=days)


def ahead(days):
    return TODAY + timedelta(days=days)


def test_a_review_is_due_when_its_time_has_passed():
    assert reviews() == [(TODAY, True, "nobody has reviewed this system yet")]
    for passed, is_due in ((89, False), (90, True), (91, True)):
        last = ago(passed)
        assert reviews(last) == [
            (last + timedelta(days=90), is_due, f"the review after 90 days; the last one was on {last}")
        ]


def test_a_retrained_model_is_due_at_once():
    found = entries(record("m", kind="scan"), record("m"), digest=OTHER)
    assert found == [
        Due(
            "retrained",
            "m",
            TODAY,
            "m, or a file that its evidence rests on, is another than was measured: redteam, scan",
            "casemate assess --measure drawn.yaml",
            True,
        )
    ]


def test_one_that_was_measured_anew_is_not():
    old, new = record("m", measured=ago(3)), record("m", digest=OTHER)
    assert [(d.kind, d.on) for d in entries(old, new, digest=OTHER)] == [("evidence", ahead(91))]


def test_an_alarm_since_the_last_review_is_due():
    alarm = {"kind": "monitor", "facts": {"alarms": ("drift",)}}
    assert [d.kind for d in entries(record("m", measured=TODAY, **alarm))] == ["evidence"]
    doc = {**DOC, "review": {"last": ago(1).isoformat()}}
    found = [d for d in entries(record("m", measured=TODAY, **alarm), doc=doc) if d.kind == "alarm"]
    assert [(d.about, d.on, d.what, d.due) for d in found] == [(f"m/{TODAY}", TODAY, "the log of m shows drift", True)]


@pytest.mark.parametrize(("passed", "is_due", "word"), [(0, False, "is"), (90, False, "is"), (91, True, "was")])
def test_evidence_is_good_on_its_last_day_and_due_on_the_next(passed, is_due, word):
    found = entries(record("m", kind="scan", measured=ago(passed)))
    until = ago(passed) + timedelta(days=90)
    assert [(d.id, d.on, d.due, d.what) for d in found] == [
        ("evidence/scan@m", until + timedelta(days=1), is_due, f"the scan of m {word} good until {until}")
    ]


def test_the_policy_and_the_record_itself_may_say_that_it_ends_earlier():
    policy = "name: p\nmaximum age: {scan: 10 days}\n"
    assert [d.on for d in entries(record("m", kind="scan"), policy=policy)] == [ahead(11)]
    assert [d.on for d in entries(record("m", kind="scan", valid_until=ahead(3)))] == [ahead(4)]


@pytest.mark.parametrize("age", [1, 29, 30, 31, 89, 90, 91, 200])
@pytest.mark.parametrize("about", ["m", "bot"])
def test_evidence_ends_here_when_it_ends_in_the_assessment(age, about):
    """`due` works out the last day anew; `bind` is what counts."""
    from casemate.evidence.bind import element_digest

    system = system_of(DOC)
    digest = "a" * 64 if about == "m" else element_digest(system, system.components[about])
    r = record(about, kind="redteam", measured=ago(age), digest=digest)
    state = bind(system, evidence_of(system, r), TODAY)[about][0].state
    assert [d.due for d in entries(r)] == [state == "expired"]


def test_decisions_end():
    doc = {
        **DOC,
        "accept": [{"threat": "r0@m", "reason": "b", "owner": "risk@example.org", "until": ahead(5).isoformat()}],
    }
    assert [(d.id, d.on, d.what, d.due, d.owner) for d in entries(doc=doc)] == [
        ("decision/r0@m", ahead(6), f"r0@m is accepted until {ahead(5)}", False, "risk@example.org")
    ]
    found = entries(doc=doc, today=ahead(6))
    assert [(d.what, d.due) for d in found] == [(f"r0@m was accepted until {ahead(5)}", True)]


def test_a_required_sign_off_that_is_missing_is_due():
    found = entries(signed=[Standing("security", "missing"), Standing("operations", "signed")])
    assert [(d.id, d.what, d.todo) for d in found] == [
        ("sign-off/security", "nobody signed for security", "casemate review sign --role security")
    ]


def passports(**more):
    a = replace(assessed(DOC, of=only(RULE), policy="name: p\n"), passport=Passport("passport.json", **more))
    return [(d.id, d.on, d.what, d.due, d.owner) for d in due(a) if d.kind == "passport"]


def test_a_passport_is_due_when_it_is_void_and_on_the_day_after_its_last():
    assert passports(state="valid", signed=True, issued=TODAY, until=ahead(9)) == [
        ("passport/passport.json", ahead(10), f"the passport is good until {ahead(9)}", False, "operations")
    ]
    assert passports(state="void", because=("the policy is another", "the gate fails")) == [
        (
            "passport/passport.json", TODAY, "the passport is void, because the policy is another; the gate fails",
            True, "operations",
        )
    ]  # fmt: skip


def test_a_shared_component_whose_file_changed_is_due():
    a = assessed(DOC, of=only(RULE), policy="name: p\n")
    shared = [Borrowed(name, "../p/casemate.yaml", "x", "0" * 64, void) for name, void in (("m", True), ("bot", False))]
    found = due(replace(a, system=replace(a.system, borrowed=tuple(shared))))
    assert [(d.id, d.what, d.due) for d in found if d.kind == "shared"] == [
        ("shared/m", "../p/casemate.yaml, which describes m, has changed", True)
    ]


def test_what_is_due_comes_first_and_soon_is_thirty_days():
    found = due(assessed(DOC, record("m", kind="scan", measured=ago(100)), of=only(RULE), policy="name: p\n"))
    assert [(d.kind, d.due) for d in found] == [("evidence", True), ("review", False)]
    assert soon(found, TODAY) == ()
    assert soon(found, ahead(60)) == (found[1],)


def test_a_review_that_the_file_dates_ahead_was_not_held():
    says = f"nobody has reviewed this system yet: the file says {ahead(1)}, which is to come"
    assert reviews(ahead(1)) == [(TODAY, True, says)]
    assert reviews(TODAY)[0][1] is False


def gone(*records, doc=DOC, today=TODAY, digest="a" * 64):
    a = assessed(doc, *records, of=only(RULE), policy="name: p\n", today=today, digest=digest)
    return [(x.kind, x.element, x.state, x.why, x.todo) for x in lost(a)]


AGAIN = "collect it again: nothing under `measure:` makes a scan of m"


def test_what_counts_no_longer_says_why_and_how_to_get_it_anew():
    scan = record("m", kind="scan")
    assert gone(scan) == []
    why = "m, or a file that it rests on, is another than was measured"
    assert gone(scan, digest=OTHER) == [("scan", "m", "void", why, AGAIN)]
    old = record("m", kind="scan", measured=ago(91))
    assert gone(old) == [("scan", "m", "expired", f"it was good until {ago(1)}", AGAIN)]
    task = {**DOC, "measure": [{"scan": "m"}]}
    assert gone(scan, doc=task, digest=OTHER)[0][4] == "casemate assess --measure drawn.yaml"


def test_what_a_newer_record_of_its_kind_replaces_is_not_lost():
    assert gone(record("m", kind="scan", digest=OTHER, measured=ago(1)), record("m", kind="scan")) == []
    assert [x[0] for x in gone(record("m", kind="scan", digest=OTHER), record("m"))] == ["scan"]


def test_what_the_file_says_of_an_element_stands_for_it_where_it_has_no_bytes():
    system = system_of(DOC)
    probe = record("bot", kind="probe", digest=element_digest(system, system.components["bot"]), facts={"auth": "none"})
    assert gone(probe) == []
    said = {**DOC, "components": {**DOC["components"], "bot": {**DOC["components"]["bot"], "logs": ["none"]}}}
    (found,) = gone(probe, doc=said)
    assert found[2:4] == ("void", "the file says other things of bot than when it was measured")


def test_a_lock_file_that_changed_is_told_as_what_it_is():
    system = system_of(DOC)
    audit = record("bot", kind="audit", digest=element_digest(system, system.components["bot"]))
    moved = replace(evidence_of(system, audit), moved=frozenset({audit.id}))
    a = assess(system, moved, only(RULE), policy_of("name: p\n", "p.yaml"), TODAY, 0)
    assert [x.why for x in lost(a)] == ["a file that it rests on is another than was measured"]
