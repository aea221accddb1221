"""The treatment plan: within its budget, never what is proven already, and never worse than doing nothing."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.evidence.statement import ControlResult
from strategies import assessed, controls_of, documents, only, trial


@settings(max_examples=30)
@given(documents(), st.sampled_from(["0", "5k", "50k", "1M"]))
def test_a_plan_costs_at_most_the_budget_saves_and_leaves_no_threat_dearer(doc, budget):
    a = assessed({**doc, "plan": {"budget": budget, "cost per day": "800"}})
    t = a.treatment
    assert t.cost <= t.budget
    assert t.cost == pytest.approx(sum(x.cost for x in t.actions))
    assert [x for x in t.actions if x.saves < 0 or not x.threats] == []
    for r in a.risks.risks:
        assert t.target[r.id].mean <= r.current * (1 + 1e-9)
    assert t.years.mean <= a.risks.years["current"].mean * 1.01  # within the error of the simulation


@settings(max_examples=20)
@given(documents())
def test_without_a_budget_an_action_saves_at_least_its_cost_or_makes_people_safer(doc):
    for x in assessed(doc).treatment.actions:
        assert x.saves >= x.cost


@settings(max_examples=20)
@given(documents())
def test_what_the_plan_says_it_saves_is_what_the_target_leaves(doc):
    a = assessed({**doc, "plan": {"budget": "10M"}})
    if len(a.treatment.actions) == 1:
        saved = a.risks.years["current"].mean - a.treatment.years.mean
        assert a.treatment.actions[0].saves == pytest.approx(saved, rel=0.05, abs=1)


DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"]},
        "m": {"kind": "model", "zone": "cloud", "path": "m"},
    },
    "flows": [{"from": "api", "to": "m"}],
    "harms": {"wrong-decision": "5M to 9M"},
    "plan": {"budget": "1M"},
}
WAY = """about: model
when: {reached by any: {trust below: trust}}
countered by: [adversarial-training]
maturity: realized
"""


def plan(*records, claimed=(), measured=True, rule=WAY, **more):
    doc = {**copy.deepcopy(DOC), **more}
    doc["components"]["m"]["controls"] = list(claimed)
    return assessed(doc, *records, of=only(rule), measured=measured).treatment.actions


def a_test(**said):
    return controls_of([ControlResult("adversarial-training", "r0", **said)], "m")


def test_what_nobody_has_is_added_and_what_somebody_claims_is_to_be_proven_for_less():
    (add,), (prove,) = plan(), plan(claimed=["adversarial-training"])
    assert (add.do, add.control, add.threats) == ("add", "adversarial-training", ("r0@m",))
    assert (prove.do, prove.title[:7]) == ("prove", "Prove: ")
    assert prove.cost < add.cost


def test_a_claim_that_nobody_signed_is_to_be_proven():
    (prove,) = plan(a_test(verified=True), measured=False)
    assert prove.do == "prove"


@pytest.mark.parametrize("held", [(0, 90), (50, 0)], ids=["it held", "it was broken"])
def test_what_an_adaptive_test_has_measured_is_not_offered_again(held):
    assert plan(a_test(adaptive=trial("r0", *held))) == ()


def test_a_dismissed_threat_is_not_treated():
    no = [{"threat": "r0@m", "because": "b", "by": "b", "until": "2027-01-01"}]
    assert plan(dismiss=no) == ()


def test_a_control_that_sits_nowhere_in_the_system_is_not_offered():
    assert plan(rule=WAY.replace("adversarial-training", "four-eyes-labels")) == ()


@pytest.mark.parametrize(("budget", "many"), [("1", 0), ("1M", 1)])
def test_what_costs_more_than_the_budget_is_left_out(budget, many):
    assert len(plan(plan={"budget": budget})) == many


def test_with_two_equal_ways_both_are_closed_or_none():
    rules = (WAY, WAY.replace("adversarial-training", "input-validation"))
    dear = assessed(DOC, of=only(*rules)).treatment.actions
    assert {x.control for x in dear} == {"adversarial-training", "input-validation"}


def test_where_two_controls_leave_as_little_as_any_can_a_third_is_not_bought():
    strong = ["encrypted-flows", "caller-filtered-retrieval", "safe-rendering"]  # each takes 80 % of success or more
    agent = {**DOC["components"]["m"], "kind": "agent"}
    rule = f"about: agent\nwhen: {{reached by any: {{trust below: trust}}}}\ncountered by: [{', '.join(strong)}]\n"
    doc = {**DOC, "components": {**DOC["components"], "m": agent}, "harms": {"wrong-decision": "5bn"}}
    a = assessed(doc, of=only(rule))
    assert len(a.treatment.actions) == 2
    assert a.treatment.years.mean / a.risks.years["current"].mean == pytest.approx(0.05)
