"""Acceptances and dismissals: what they name must exist, they end, and the policy says who may."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.validate.decisions import active, check_names, rulings
from casemate.validate.policy import Policy

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  api: {kind: endpoint, zone: z, controls: %s}
  scorer: {kind: model, zone: z}
flows:
  - api -> scorer: features
%s
"""
RULES = ["theft", "flood", "wire"]
CONTROLS = ["query-quota"]
LAST = date(2026, 12, 31)


def system(decisions="", controls="[]"):
    return from_text(FILE % (controls, decisions), "some/where/m.yaml", {})


def accept(threat, owner="o", until=LAST):
    return f"  - {{threat: {threat}, reason: r, owner: {owner}, until: {until}}}"


def errors_of(s):
    with pytest.raises(CasemateError) as caught:
        check_names(s, RULES, CONTROLS)
    return str(caught.value).split("\n")


@pytest.mark.parametrize("threat", ["theft@scorer", "flood@api", "wire@api->scorer", "wire@system"])
def test_what_exists_may_be_decided(threat):
    check_names(system(f"accept:\n{accept(threat)}"), RULES, CONTROLS)


@pytest.mark.parametrize(
    ("threat", "said"),
    [
        ("thft@scorer", "there is no threat 'thft'; did you mean 'theft'?"),
        ("theft@scorr", "'theft@scorr' names nothing in this system; did you mean 'scorer'?"),
        ("theft", "'theft' names nothing in this system; there is api, api->scorer, scorer, system"),
        ("theft@", "'theft@' names nothing in this system; there is api, api->scorer, scorer, system"),
        ('"@"', "there is no threat ''; there is flood, theft, wire"),
        (
            "theft@api@scorer",
            "'theft@api@scorer' names nothing in this system; there is api, api->scorer, scorer, system",
        ),
    ],
)
def test_a_decision_that_names_nothing_is_an_error_at_its_place(threat, said):
    found = errors_of(system(f"accept:\n{accept(threat)}"))
    assert [e.partition(": ")[0] for e in found] == ["some/where/m.yaml:10:5"]
    assert found[0].startswith("some/where/m.yaml:10:5: " + said.split("there is api")[0])


def test_two_decisions_on_one_threat_are_an_error():
    text = (
        f"accept:\n{accept('theft@scorer')}\ndismiss:\n  - {{threat: theft@scorer, because: b, by: o, until: {LAST}}}"
    )
    assert errors_of(system(text)) == [
        "some/where/m.yaml:12:5: 'theft@scorer' is decided twice; keep one decision for each threat"
    ]


@pytest.mark.parametrize("controls", ["[quota]", "{quota: {by: o}}"])
def test_a_claimed_control_that_does_not_exist_is_an_error_at_its_place(controls):
    (found,) = errors_of(system(controls=controls))
    at = "some/where/m.yaml:5:34" if controls[0] == "[" else "some/where/m.yaml:5:45"
    assert found == f"{at}: api claims a control 'quota', which does not exist; did you mean 'query-quota'?"


def test_all_of_them_come_at_once():
    assert len(errors_of(system(f"accept:\n{accept('a@b')}\n{accept('theft@c')}", "[x, y]"))) == 4


@pytest.mark.parametrize(("days", "holds"), [(-1, True), (0, True), (1, False)])
def test_a_decision_holds_up_to_its_last_day(days, holds):
    found = active(system(f"accept:\n{accept('theft@scorer')}").accept, LAST + timedelta(days=days))
    assert found == ({"theft@scorer"} if holds else set())


def ruling(outcome="open", severity="high", today=LAST, may=None, section="accept", owner="o"):
    keys = ("reason", "owner") if section == "accept" else ("because", "by")
    entry = f"  - {{threat: theft@scorer, {keys[0]}: r, {keys[1]}: {owner}, until: {LAST}}}"
    risk = SimpleNamespace(id="theft@scorer", severity=severity, found=SimpleNamespace(outcome=outcome))
    policy = Policy("p", "d", may_accept=may or {})
    (found,) = rulings(system(f"{section}:\n{entry}"), [risk] if outcome else [], policy, today)
    return found.word, found.state


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ("accepted", "active")),
        ({"section": "dismiss"}, ("dismissed", "active")),
        ({"outcome": "assumed"}, ("accepted", "active")),
        ({"outcome": "countered"}, ("accepted", "unused")),
        ({"outcome": "declared"}, ("accepted", "unused")),
        ({"outcome": None}, ("accepted", "unused")),
        ({"today": LAST + timedelta(days=1)}, ("accepted", "expired")),
        ({"may": {"high": ("risk-officer",)}}, ("accepted", "refused")),
        ({"may": {"high": ()}}, ("accepted", "refused")),
        ({"may": {"high": ("risk-officer", "o")}}, ("accepted", "active")),
        # Nobody owns the attempts here, so the severity is a guess: it is as grave as the policy knows (law 10).
        ({"may": {"critical": ("risk-officer",)}}, ("accepted", "refused")),
        ({"may": {"critical": ("o",), "high": ("risk-officer",)}}, ("accepted", "active")),
    ],
)
def test_a_decision_as_it_stands(given, said):
    assert ruling(**given) == said
