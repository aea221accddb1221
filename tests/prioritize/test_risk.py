"""From findings to prices: totals, shares, severities and assets, in whole assessments of small systems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.assess import assess
from casemate.core.money import Interval
from casemate.decompose.graph import graph
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence
from casemate.prioritize import prioritize
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.loss import Loss, moments
from casemate.prioritize.price import band, best_mean
from casemate.prioritize.scenario import assets, scenarios, shape
from small import LOADED, OWNED, PRICED, THEFT, look, means, results, risk, small
from strategies import record, rules, seeded, shelf, system_of, trial

COPY = THEFT.replace("id: theft", "id: copy")
SLIP = "id: slip\nabout: model\nwhen: {kind: model}\nattacker: accident\nharms: model-stolen"
WEAK = THEFT.replace("id: theft", "id: weak").replace("attacker", "maturity: feasible\nattacker")


@pytest.mark.parametrize("view", ["inherent", "current", "claimed"])
@pytest.mark.parametrize("said", ["", "controls: [query-quota]", "format: safetensors"])
def test_a_rule_split_in_two_changes_no_total(view, said):
    system, verified = small(PRICED, scorer=said), results("label-only-output", threat="x", verified=True)
    twin = LOADED.replace("id: loaded", "id: twin")
    one = look(system, verified, rules=(THEFT, LOADED)).risks.years[view]
    two = look(system, verified, rules=(THEFT, LOADED, COPY, twin)).risks.years[view]
    assert two.mean == pytest.approx(one.mean, rel=1e-9)
    assert (two.loss == one.loss).all()


def test_nor_does_it_change_what_the_plan_leaves():
    one, two = (look(small(PRICED), rules=r).treatment for r in ((THEFT,), (THEFT, COPY)))
    assert two.years.mean == pytest.approx(one.years.mean, rel=1e-9)
    assert [x.control for x in two.actions] == [x.control for x in one.actions]


def test_a_risk_is_attempts_times_success_times_loss():
    a = look(small(PRICED + OWNED), record("scorer", trials=(trial("theft", 3, 13),)))
    loss = moments(Interval(50e3, 800e3))[0]
    expected = lognormal_mean(Interval(2, 20)) * (0.2 + 3) / 20 * loss
    r = risk(a)
    assert r.current == pytest.approx(expected)
    assert r.frequency == pytest.approx(expected / loss)
    assert r.estimates["current"].p5 < r.current < r.estimates["current"].p95
    assert a.risks.years["current"].mean == pytest.approx(expected, rel=3e-3)
    error = a.risks.years["current"].loss.std() / 100
    assert abs(a.risks.years["current"].loss.mean() - expected) < 4 * error


@given(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["realized", "demonstrated", "feasible"]))
def test_the_spread_holds_the_middle_of_what_is_uncertain(broken, held, maturity):
    text = THEFT + f"maturity: {maturity}\n"
    e = risk(look(small(PRICED), record("scorer", trials=(trial("theft", broken, held),)), rules=(text,))).estimates
    assert all(0 <= x.p5 <= x.p95 for x in e.values())
    assert e["current"].mean < e["current"].p95 * 1.5


def test_a_threats_own_price_is_the_total_minus_the_total_without_it():
    rules_ = (THEFT, WEAK, SLIP, LOADED)
    a = look(small(PRICED), rules=rules_)
    for i, r in enumerate(["theft", "weak", "slip", "loaded"]):
        without = look(small(PRICED), rules=tuple(t for j, t in enumerate(rules_) if j != i))
        own = risk(a, f"{r}@scorer").own
        assert own == pytest.approx(exact(a) - exact(without), rel=1e-9, abs=1e-6)
        assert own <= risk(a, f"{r}@scorer").current * (1 + 1e-6)


def exact(a):
    """The system's expected yearly loss, scenario by scenario."""
    ways = [(r.found.attackers, r.found.rule.harms, r.asset, r.views["current"].way(r.id)) for r in a.risks.risks]
    return sum(
        best_mean(0, shape(s.ways))
        * a.risks.losses[s.outcome, s.asset].mean
        * lognormal_mean(a.risks.rates[s.attacker])
        for s in scenarios(ways)
    )


def test_closing_one_of_two_equal_ways_saves_nothing():
    a = look(small(PRICED), rules=(THEFT, COPY))
    assert [risk(a, f"{r}@scorer").own for r in ("theft", "copy")] == [0, 0]
    assert risk(look(small(PRICED))).own == pytest.approx(risk(look(small(PRICED))).current)


@pytest.mark.parametrize("seed", range(12))
def test_no_threat_is_worth_more_closed_than_it_costs(seed):
    a = assess(system_of(seeded(seed)), Evidence(), shelf(), look().policy, look().today)
    for r in a.risks.risks:
        assert 0 <= r.own <= r.current * (1 + 1e-3) + 1e-6, r.id


def test_an_accident_is_nobodys_attempt():
    a = look(small(PRICED + OWNED), rules=(SLIP,))
    assert risk(a, "slip@scorer").found.attackers == ("accident",)
    assert a.risks.rates["accident"] == shelf().priors.attempts["accident"]
    expected = lognormal_mean(a.risks.rates["accident"]) * 0.05
    assert risk(a, "slip@scorer").frequency == pytest.approx(expected)


def test_an_accident_and_an_attack_add_up():
    both, one, other = (look(small(PRICED), rules=r).risks.years["current"] for r in ((THEFT, SLIP), (THEFT,), (SLIP,)))
    assert both.mean == pytest.approx(one.mean + other.mean)


def test_another_seed_changes_a_risk_only_slightly():
    found = [look(small(PRICED), rules=(THEFT, LOADED, SLIP), seed=s) for s in range(6)]
    totals = [a.risks.years["current"].mean for a in found]
    assert max(totals) / min(totals) < 1.1
    assert len({risk(a).current for a in found}) == 1  # a closed form, no draw


def test_attempts_of_the_file_replace_the_table():
    twice = look(small(PRICED + "attempts: {public: 2 to 40 a year, by: a, on: 2026-10-02}\n"))
    assert means(twice)["current"] == pytest.approx(2 * means(look(small(PRICED)))["current"])


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(9, "critical"), (1, "critical"), (0.99, "high"), (0.3, "high"), (0.299, "medium"), (0.05, "medium"),
     (0.049, "low"), (0, "low")],
)  # fmt: skip
def test_severity_is_the_expected_loss_by_the_appetite(ratio, said):
    assert band(ratio, 0, Loss(1, 0, ()), {"critical": 1, "high": 0.3, "medium": 0.05}) == said


@pytest.mark.parametrize(("often", "said"), [(0.02, "critical"), (0.009, "high"), (0.0001, "low")])
def test_severity_is_the_worse_of_money_and_people(often, said):
    bands = {"critical": 1, "high": 0.3, "medium": 0.05}
    assert band(0.0, often, Loss(0, 0, (), tolerable=0.01), bands) == said
    assert band(1.0, often, Loss(0, 0, (), tolerable=0.01), bands) == "critical"


@pytest.mark.parametrize(
    ("appetite", "bands", "said"),
    [("50k", "", "critical"), ("200k", "", "high"), ("1M", "", "medium"), ("9M", "", "low"),
     ("200k", "severity: {critical: 40%}", "critical"), ("200k", "severity: {high: 60%}", "medium")],
)  # fmt: skip
def test_the_policy_and_the_appetite_set_the_severity(appetite, bands, said):
    a = look(small(f"{PRICED}appetite: {{loss: {appetite}}}\n"), policy=f"name: p\n{bands}\n")
    assert 90e3 < risk(a).current < 100e3
    assert risk(a).severity == said


TWO = """\
casemate: 1
name: two
zones: {in: {trust: staff}}
components:
  api: {kind: endpoint, zone: in}
  engine: {kind: inference, zone: in, runs: scorer}
  scorer: {kind: model, zone: in}
  other-api: {kind: endpoint, zone: in}
  bot: {kind: agent, zone: in}
  shared: {kind: store, zone: in}
  alone: {kind: store, zone: in}
flows:
  - api -> engine: a
  - other-api -> bot: b
  - shared -> api: c
  - shared -> other-api: d
"""


def test_what_feeds_or_serves_one_model_belongs_to_it_and_what_is_shared_to_itself():
    found = assets(graph(from_text(TWO, "two.yaml", {})))
    assert {c: found[c] for c in ("api", "engine", "scorer", "other-api", "bot", "shared", "alone", "system")} == {
        "api": "scorer", "engine": "scorer", "scorer": "scorer", "other-api": "bot", "bot": "bot",
        "shared": "shared", "alone": "alone", "system": "system",
    }  # fmt: skip
    assert (found["api->engine"], found["shared->api"]) == ("scorer", "scorer")


def test_the_worst_comes_first():
    for seed in range(5):
        a = assess(system_of(seeded(seed)), Evidence(), shelf(), look().policy, look().today)
        keys = [(("critical", "high", "medium", "low").index(r.severity), -r.current) for r in a.risks.risks]
        assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("records", "said", "basis"),
    [
        ((), "", "declared"),
        ((record("scorer", trials=(trial("theft", 1, 1),)),), "", "measured"),
        ((record("scorer", trials=(trial("theft", 1, 1, unit="token"),)),), "", "declared"),
        ((results("query-quota", verified=True),), "", "measured"),
        ((), "controls: [query-quota]", "declared"),
    ],
)
def test_what_a_threat_rests_on(records, said, basis):
    assert risk(look(small(scorer=said), *records)).basis == basis


def test_a_trial_that_nobody_signed_is_no_measurement():
    broken = record("scorer", trials=(trial("theft", 5, 5),))
    r = risk(look(small(), broken, measured=False))
    assert r.views["current"].belief.mean > r.views["current"].belief.prior  # and still it raises the risk
    assert r.basis == "attested"


SEEN = "id: seen\nabout: model\nattacker: public\nwhen: {contents: unsafe, format: pickle}\nharms: takeover\n"


@pytest.mark.parametrize(("measured", "basis"), [(True, "measured"), (False, "attested")])
def test_what_a_measurement_shows_rests_on_it_though_another_fact_is_only_declared(measured, basis):
    scan = record("scorer", "scan", facts={"contents": "unsafe"})
    r = risk(look(small(scorer="format: pickle"), scan, rules=(SEEN,), measured=measured), "seen@scorer")
    assert (r.proven, r.basis) == (True, basis)


@pytest.mark.parametrize(("said", "basis"), [("", "attested"), ("format: pickle", "declared")])
def test_a_fact_that_only_a_record_says_which_nobody_signed_is_no_word_of_the_file(said, basis):
    scan = record("scorer", "scan", facts={"format": "pickle"})
    found = look(small(scorer=said), scan, rules=(LOADED,), measured=False)
    assert risk(found, "loaded@scorer").basis == basis


def test_a_threat_of_which_a_fact_is_missing_rests_on_nothing():
    assert risk(look(rules=(LOADED,)), "loaded@scorer").basis == "nothing"


def test_a_dismissed_threat_leaves_the_claimed_risk_alone():
    text = "dismiss: [{threat: theft@scorer, because: b, by: ann, until: 2026-12-31}]\n"
    now, bare = means(look(small(PRICED + text))), means(look(small(PRICED)))
    assert (now["current"], now["claimed"]) == (bare["current"], 0)


def test_nothing_found_costs_nothing():
    a = look(rules=("id: none\nabout: tool\nwhen: {kind: tool}\nattacker: public",))
    assert a.risks.risks == ()
    assert [y.mean for y in a.risks.years.values()] == [0, 0, 0]
    assert len(rules()) > 40
    assert prioritize(a.risks.parts, (), shelf()).risks == ()
