"""Law 9: safety is never traded for money. People who are hurt too often stop a release, however cheap it is."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import assessed, only

DOC = {
    "casemate": "1",
    "name": "one",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"]},
        "router": {"kind": "model", "zone": "cloud", "decides": "gate"},
        "shop": {"kind": "model", "zone": "cloud", "decides": "advice"},
    },
    "flows": [{"from": "api", "to": "router"}, {"from": "api", "to": "shop"}],
}
HURT = "about: model\nwhen: {decides: gate, reached by any: {trust below: trust}}\ncountered by: [input-validation]\n"
DEAR = """about: model
when: {decides: advice, reached by any: {trust below: trust}}
countered by: [query-quota]
harms: outage
"""
POLICY = "name: p\nfails on: [hurts-people]\n"


def doc(at_most, **more):
    hurts = {"of": "router", "outcome": "wrong-decision", "hurts": "1 person", "at most": at_most}
    return {**copy.deepcopy(DOC), "harms": {"hit": hurts, "outage": "100M to 900M"}, **more}


def gate(at_most, *rules, **more):
    return assessed(doc(at_most, **more), of=only(*(rules or (HURT, DEAR))), policy=POLICY).gate


def test_a_harm_that_is_more_frequent_than_tolerable_fails_the_gate():
    g = gate("1 in 1000 years")
    assert [(r.rule, r.exit) for r in g.reasons] == [("hurts-people", 1)]


def test_one_that_is_rarer_passes():
    assert gate("5 in 1 years").passed


@given(st.sampled_from(["1", "1k", "1M", "1bn"]), st.sampled_from(["1", "1k", "1bn"]))
def test_no_amount_of_money_changes_that(loss, appetite):
    for at_most, passed in (("1 in 1000 years", False), ("5 in 1 years", True)):
        priced = doc(at_most, appetite={"loss": appetite, "at most": "5%"})
        priced["harms"]["outage"] = loss
        assert assessed(priced, of=only(HURT, DEAR), policy=POLICY).gate.passed is passed


def test_threats_that_are_tolerable_each_and_not_together_fail_the_gate():
    several = {**doc("1 in 1 years")}
    several["attempts"] = {"public": "6 to 6 a year", "account": "6 to 6 a year"}
    several["actors"] = {"user": {"trust": "account", "zone": "internet"}}
    several["flows"] = [*DOC["flows"], {"from": "user", "to": "api"}]
    public = HURT.replace("trust below: trust", "trust: public")
    account = HURT.replace("trust below: trust", "trust: account")
    for maturity, passed in (("feasible", True), ("realized", False)):
        rules = [f"{r}maturity: {maturity}\n" for r in (public, account)]
        g = assessed(several, of=only(*rules), policy=POLICY).gate
        assert g.passed is passed, g
    assert [r.what for r in g.reasons] == ["2 threats together hurt 1 person 1.2 times as often as tolerable"]


def test_a_way_that_is_listed_twice_hurts_nobody_twice():
    rule = "about: model\nattacker: public\nwhen: {decides: gate}\nmaturity: realized\n"
    near = doc("0.9 in 1 years", attempts={"public": "8 to 8 a year"})
    assert assessed(near, of=only(rule, rule), policy=POLICY).gate.passed


def test_what_makes_people_safer_comes_first_in_the_plan_however_much_the_other_saves():
    a = assessed(doc("1 in 1000 years", plan={"budget": "10M"}), of=only(HURT, DEAR))
    assert [x.control for x in a.treatment.actions][:1] == ["input-validation"]
    assert a.treatment.actions[0].saves == 0


def test_a_harm_to_people_has_no_price_and_is_severe_by_its_frequency():
    (r,) = [r for r in assessed(doc("1 in 1000 years"), of=only(HURT, DEAR)).risks.risks if r.danger is not None]
    assert (r.current, r.severity) == (0, "critical")
    assert r.danger == pytest.approx(r.frequency * 1000)


def test_a_harm_of_one_component_is_no_harm_of_another():
    found = {r.id: r.danger for r in assessed(doc("1 in 1000 years"), of=only(HURT, DEAR)).risks.risks}
    assert found["r0@router"] is not None
    assert found["r1@shop"] is None
