"""The plan: within the budget, worth its price, and never worse than what is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.catalog.load import catalog
from small import LOADED, PRICED, THEFT, look, means, numbers, results, small
from strategies import assessed, only, record, seeded, shelf, system_of

RULES = (THEFT, LOADED)
LOCAL = """\
id: tight-quota
title: Let nobody ask more than once
acts on: success
effect: {effect}
sits on: [model]
owner: operations
days: {days}
verify: measured
test: a second question is refused
limits: none that we know
source: made up for this test
"""


def planned(more="", *records, rules=RULES, **where):
    return look(small(PRICED + more, **where), *records, rules=rules)


def names(a):
    return {x.control for x in a.treatment.actions}


@pytest.mark.parametrize("budget", ["0", "1k", "2.4k", "5k", "20k", "1M"])
def test_the_plan_stays_within_its_budget(budget):
    t = planned(f"plan: {{budget: {budget}}}\n").treatment
    assert t.cost == sum(x.cost for x in t.actions) <= t.budget


def test_a_larger_budget_never_leaves_a_larger_risk():
    left = [planned(f"plan: {{budget: {b}}}\n").treatment.years.mean for b in ("0", "2.4k", "5k", "20k", "1M")]
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0] / 2


def test_without_a_budget_nothing_can_be_bought():
    a = planned("plan: {budget: 0}\n")
    assert (a.treatment.actions, a.treatment.cost) == ((), 0)
    assert a.treatment.years.mean == a.risks.years["current"].mean
    assert all(means(a, r.id)["target"] == r.current for r in a.risks.risks)


@pytest.mark.parametrize("day", ["1", "800", "10k", "50k"])
def test_where_no_budget_is_given_only_what_is_worth_its_price_is_done(day):
    actions = planned(f"plan: {{cost per day: {day}}}\n").treatment.actions
    assert all(x.saves >= x.cost for x in actions)
    assert bool(actions) == (day != "50k")


@pytest.mark.parametrize("seed", range(20))
def test_under_the_whole_catalogue_too_and_no_target_is_above_what_is(seed):
    a = assessed(system_of(seeded(seed, 10)))
    dangerous = {r.id for r in a.risks.risks if r.danger}
    for x in a.treatment.actions:
        assert x.saves >= 0
        assert x.saves >= x.cost or dangerous & set(x.threats), x
    for r in a.risks.risks:
        assert 0 <= a.treatment.target[r.id].mean <= r.current * (1 + 1e-9), r.id
    assert a.treatment.years.mean <= a.risks.years["current"].mean * (1 + 1e-9)


@pytest.mark.parametrize("seed", [17, 36])
def test_what_was_worth_its_price_only_beside_what_was_dropped_is_dropped_too(seed):
    actions = assessed(system_of(seeded(seed, 10))).treatment.actions
    assert all(x.saves >= x.cost for x in actions)


@given(st.sets(st.sampled_from(["query-quota", "label-only-output", "code-free-format", "model-signing"])),
       st.sampled_from(["", "said", "verified", "held", "broken"]))  # fmt: skip
def test_whatever_is_there_already_no_target_is_above_what_is(controls, how):
    said = {"verified": {"verified": True}, "held": {"adaptive": (0, 60)}, "broken": {"adaptive": (60, 0)}}
    records = [results(c, **said[how]) for c in sorted(controls)] if how in said else []
    text = f"controls: [{', '.join(sorted(controls))}]" if how == "said" and controls else ""
    a = planned("", *records, scorer=text)
    for r in a.risks.risks:
        assert a.treatment.target[r.id].mean <= r.current * (1 + 1e-9)
    assert all(x.saves >= 0 for x in a.treatment.actions)


def test_a_control_with_an_adaptive_result_is_not_offered_again():
    assert "query-quota" in names(planned())
    for outcome in ((0, 60), (10, 50), (60, 0)):
        assert "query-quota" not in names(planned("", results("query-quota", adaptive=outcome)))


def test_a_control_that_is_only_verified_is_to_be_proven_for_the_other_half_of_its_effect():
    rule = THEFT.replace("unless: {control: [query-quota]}\n", "")
    a = planned("", results("query-quota", verified=True), rules=(rule,))
    (offered,) = [x for x in a.treatment.actions if x.control == "query-quota"]
    assert offered.do == "prove"
    assert offered.saves > 0


def test_a_claimed_control_is_to_be_proven_and_that_costs_a_day():
    (x,) = [x for x in planned(scorer="controls: [query-quota]").treatment.actions if x.control == "query-quota"]
    assert (x.do, x.at, x.cost, x.title[:7]) == ("prove", "scorer", 800, "Prove: ")


@pytest.mark.parametrize(
    ("said", "do", "title", "cost"),
    [("returns: [decision]", "prove", "Prove: return the decision only, no scores", 800),
     ("returns: [decision, scores]", "add", "Return the decision only, no scores", 2400),
     ("", "add", "Return the decision only, no scores", 2400)],
)  # fmt: skip
def test_what_the_file_says_in_words_of_its_own_is_to_be_proven_and_not_bought(said, do, title, cost):
    a = planned(rules=(THEFT.replace("query-quota, label-only-output", "label-only-output"),), engine=said)
    (x,) = a.treatment.actions
    assert (x.at, x.do, x.title, x.cost) == ("engine", do, title, cost)


def test_what_the_file_says_in_words_of_its_own_does_not_move_the_claimed_risk():
    said, unsaid = planned(engine="returns: [decision]"), planned()
    assert means(said)["claimed"] == means(unsaid)["claimed"]


def test_a_claim_in_words_of_its_own_is_tested_by_what_proves_the_control():
    (test,) = planned(engine="returns: [decision]").tests
    assert (test.id, test.by) == ("label-only-output@engine", ("redteam",))
    assert planned().tests == ()


def test_what_nobody_claims_is_to_be_added_at_its_own_price():
    (x,) = [x for x in planned().treatment.actions if x.control == "query-quota"]
    c = shelf().controls["query-quota"]
    assert (x.do, x.title, x.cost, x.owner, x.test) == ("add", c.title, c.cost(800), c.owner, c.test)


def test_a_declared_fact_that_rules_a_threat_out_is_to_be_measured():
    a = planned(scorer="format: safetensors")
    (x,) = [x for x in a.treatment.actions if x.do == "measure"]
    assert (x.control, x.at, x.threats, x.proven_by) == ("format", "scorer", ("loaded@scorer",), ("scan",))
    assert x.title == "Measure whether format is safetensors"
    assert x.saves == pytest.approx(means(a, "loaded@scorer")["current"])
    assert means(a, "loaded@scorer")["target"] == 0


def test_what_a_record_says_that_nobody_signed_is_to_be_signed():
    scan = record("scorer", "scan", facts={"format": "safetensors"})
    a = look(small(PRICED), scan, rules=RULES, measured=False)
    (x,) = [x for x in a.treatment.actions if x.do == "measure"]
    assert (x.title, x.at) == ("Sign the record that format is safetensors", "scorer")
    assert x.test == "evidence by scan says so, signed by a key that the policy names"
    assert x.how == (
        "`casemate measure --key KEY` and its public key under `signers:` of the policy, or `casemate assess --measure`"
    )
    assert [x for x in look(small(PRICED), scan, rules=RULES).treatment.actions if x.do == "measure"] == []


HURT = "harms: {wrong-decision: {hurts: patients, at most: 1 in 1000 years}, takeover: 50M to 150M}\n"
FOOLED = """\
id: fooled
about: model
when: {kind: model}
attacker: accident
harms: wrong-decision
maturity: feasible
countered by: [human-approval, release-validation]
"""
RULED_OUT = """\
id: ruled-out
about: model
when: {format: [pickle, joblib]}
attacker: public
harms: wrong-decision
maturity: realized
countered by: [code-free-format]
"""


def test_what_makes_people_safer_comes_before_showing_that_they_are_safe_and_that_before_money():
    a = look(small(HURT, scorer="format: onnx"), rules=(FOOLED, RULED_OUT, LOADED.replace("id: loaded", "id: dear")))
    danger = {r.id: r.danger for r in a.risks.risks}
    assert danger["ruled-out@scorer"] > danger["fooled@scorer"] > 1  # and yet it comes second
    assert [(x.do, x.control) for x in a.treatment.actions] == [
        ("add", "human-approval"),
        ("add", "release-validation"),
        ("measure", "format"),
    ]
    safer = "makes people safer"
    assert [x.people for x in a.treatment.actions] == [safer, safer, "shows whether people are safe"]
    assert a.treatment.danger["fooled@scorer"] < danger["fooled@scorer"]
    assert a.treatment.danger["ruled-out@scorer"] == 0


def test_a_budget_takes_the_most_danger_away_and_not_the_strongest_control(tmp_path):
    for name, effect, days in (("strong", "60%", 20), ("cheap", "50%", 1), ("plain", "50%", 1)):
        text = LOCAL.replace("tight-quota", name).replace("more than once", name).format(effect=effect, days=days)
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    rule = FOOLED.replace("human-approval, release-validation", "strong, cheap, plain")
    of = replace(only(rule), controls=catalog([tmp_path]).controls)
    a = assessed(small(HURT + "plan: {budget: 17k, cost per day: 800}\n"), of=of)
    assert names(a) == {"cheap", "plain"}
    assert a.treatment.danger["fooled@scorer"] == pytest.approx(a.risks.risks[0].danger / 4)


def test_what_is_dismissed_is_left_alone():
    a = planned("dismiss: [{threat: theft@scorer, because: b, by: ann, until: 2026-12-31}]\n")
    assert all("theft@scorer" not in x.threats for x in a.treatment.actions)


def test_an_action_saves_what_the_plan_would_save_less_without_it():
    a = planned(rules=(THEFT,))
    now, left = a.risks.years["current"].mean, a.treatment.years.mean
    share = {x.control: shelf().controls[x.control].effect for x in a.treatment.actions}
    assert left == pytest.approx(now * (1 - share["query-quota"]) * (1 - share["label-only-output"]))
    for x in a.treatment.actions:
        assert x.saves == pytest.approx(left * share[x.control] / (1 - share[x.control]), rel=3e-3)


def test_two_ways_to_one_goal_are_closed_together_or_not_at_all():
    other = THEFT.replace("id: theft", "id: leak").replace("[query-quota, label-only-output]", "[regularisation]")
    a = planned(rules=(THEFT.replace(", label-only-output", ""), other))
    assert names(a) == {"query-quota", "regularisation"}
    assert a.treatment.years.mean < a.risks.years["current"].mean


@pytest.mark.parametrize(("effect", "days", "chosen"), [("90%", 1, True), ("1%", 900, False)])
def test_a_control_of_ones_own_is_chosen_by_what_it_saves_for_its_price(tmp_path, effect, days, chosen):
    (tmp_path / "tight-quota.yaml").write_text(LOCAL.format(effect=effect, days=days), "utf-8")
    known = catalog([tmp_path]).controls
    rule = THEFT.replace("[query-quota, label-only-output]", "[tight-quota]")
    a = assessed(small(PRICED), of=replace(only(rule), controls=known))
    assert names(a) == ({"tight-quota"} if chosen else set())


def test_a_plan_is_the_same_twice():
    assert numbers(planned()) == numbers(planned())
    assert planned().treatment.actions == planned().treatment.actions


TIED = """\
id: tied
about: model
when: {proprietary: yes}
unless: {control: [zebra]}
attacker: public
harms: model-stolen
countered by: [aardvark, zebra]
"""


@pytest.mark.parametrize(("effect", "first"), [("50%", "zebra"), ("51%", "zebra"), ("70%", "aardvark")])
def test_where_two_controls_nearly_tie_the_one_that_the_threat_itself_names_comes_first(tmp_path, effect, first):
    for name, share in (("aardvark", effect), ("zebra", "50%")):
        text = LOCAL.replace("tight-quota", name).format(effect=share, days=3)
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    a = assessed(small(PRICED), of=replace(only(TIED), controls=catalog([tmp_path]).controls))
    assert a.treatment.actions[0].control == first
