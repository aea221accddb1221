"""Prioritize against what can be worked out by hand: Beta posteriors, units, compound Poisson, lognormals, curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.money import Interval
from casemate.evidence.bind import Record
from casemate.prioritize.belief import belief, prior_of
from casemate.prioritize.draws import YEARS, attempts, lognormal, lognormal_mean, success
from casemate.prioritize.loss import Loss, loss_of, moments
from casemate.prioritize.scenario import Scenario, Way, assets
from casemate.prioritize.simulate import _compound, best, curve, simulate
from strategies import OTHER, assessed, only, record, rule, shelf, system_of, trial

PRIORS = shelf().priors
RULE = rule("about: model\nattacker: public\nwhen: {format: pickle}\nunits: {row: 10}\nmaturity: demonstrated\n")
SIGMA = 4  # standard errors that a simulated mean may be off


def held_by(*trials, standing="measured", state="valid", trusting=False):
    records = [Record(record("m", trials=(t,), seed=i), "m", state, standing) for i, t in enumerate(trials)]
    return belief(RULE, records, PRIORS, trusting=trusting)


def t(broken, held, unit="campaign", **more):
    return trial("r", broken, held, unit, **more)


# ------------------------------------------------------------------------------------------------ belief


def test_without_evidence_a_belief_is_the_prior_at_a_weight_of_four():
    b = held_by()
    assert (b.a, b.b, b.effective) == (4 * 0.05, 4 * 0.95, 0)


@pytest.mark.parametrize(("broken", "held"), [(0, 20), (0, 200), (34, 16), (1, 0)])
def test_measured_trials_give_the_beta_posterior(broken, held):
    b = held_by(t(broken, held))
    assert (b.a, b.b) == pytest.approx((0.2 + broken, 3.8 + held))
    assert b.effective == pytest.approx(broken + held)


def test_eleven_rows_of_a_hundred_are_sixty_nine_percent_after_ten_tries():
    (used,) = held_by(t(11, 89, "row")).used
    n = used.successes + used.failures
    assert n == pytest.approx(10)
    assert used.successes / n == pytest.approx(1 - 0.89**10)
    assert round(100 * used.successes / n) == 69


def test_a_unit_without_a_conversion_is_shown_and_not_used():
    b = held_by(t(50, 50, "furlong"))
    assert (b.a, b.b, b.effective) == (0.2, 3.8, 0)
    assert [u.note for u in b.used] == ["no conversion from furlong to campaign"]


def test_a_failure_of_a_weaker_test_counts_three_tenths_and_a_success_in_full():
    b = held_by(t(2, 10, strength="weaker"))
    assert (b.a, b.b) == pytest.approx((2.2, 3.8 + 3))


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=5))
def test_all_weaker_tests_together_weigh_at_most_the_prior(held):
    b = held_by(*(t(0, n, strength="weaker") for n in held))
    assert b.b - 3.8 == pytest.approx(min(4.0, 0.3 * sum(held)))


@given(st.integers(0, 99), st.integers(0, 99), st.booleans())
def test_attested_trials_raise_the_current_belief_and_never_lower_it(broken, held, weaker):
    trials = t(broken, held, strength="weaker" if weaker else "equal")
    assert held_by(trials, standing="attested").mean >= held_by().mean
    assert held_by(trials, standing="attested", trusting=True).mean == pytest.approx(held_by(trials).mean)


@pytest.mark.parametrize(("state", "weight"), [("valid", 1), ("inherited", 0.3), ("expired", 0), ("void", 0)])
def test_trials_weigh_what_their_state_says(state, weight):
    b = held_by(t(10, 20), state=state)
    assert (b.a, b.b) == pytest.approx((0.2 + 10 * weight, 3.8 + 20 * weight))


@given(st.floats(0.01, 100))
def test_a_prior_stays_a_probability_however_it_is_scaled(scale):
    assert 0.001 <= prior_of(RULE, PRIORS, scale) <= 0.95


# ------------------------------------------------------------------------------------------------ draws


@pytest.mark.parametrize(("low", "high"), [(1, 20), (0.02, 0.2), (2e3, 4e5)])
def test_a_lognormal_meets_its_five_and_ninety_five_percent_ends(low, high):
    drawn = attempts(0, "public", low, high)
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx([low, high], rel=0.01)
    mu, sigma = lognormal(Interval(low, high))
    assert math.exp(mu) == pytest.approx(math.sqrt(low * high))
    assert lognormal_mean(Interval(low, high)) == pytest.approx(math.exp(mu + sigma**2 / 2))
    assert drawn.mean() == pytest.approx(lognormal_mean(Interval(low, high)), rel=0.01)


def test_an_interval_without_width_is_a_number():
    assert attempts(0, "public", 3, 3) == pytest.approx(np.full(YEARS, 3.0))
    assert moments(Interval(5, 5)) == pytest.approx((5, 0))


@given(st.floats(0.05, 50), st.floats(0.05, 50))
def test_success_is_a_beta(a, b):
    drawn = success(0, a, b)
    assert ((drawn >= 0) & (drawn <= 1)).all()
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    assert drawn.mean() == pytest.approx(a / (a + b), abs=0.01)
    assert drawn.var() == pytest.approx(variance, rel=0.1, abs=1e-3)


# ------------------------------------------------------------------------------------------------ the year


@pytest.mark.parametrize("rate", [0.05, 1.0, 12.0])
def test_a_compound_poisson_year_has_its_mean_and_variance(rate):
    mean, variance = moments(Interval(1e3, 1e5))
    n = 400_000
    loss = _compound(np.random.default_rng(7), np.full(n, rate), mean, variance)
    expected, spread = rate * mean, rate * (variance + mean**2)
    assert loss.mean() == pytest.approx(expected, abs=SIGMA * math.sqrt(spread / n))
    assert loss.var() == pytest.approx(spread, rel=0.25)


def one(a=2.0, b=6.0, factor=1.0, loss_factor=1.0, low=1.0, high=20.0):
    mean, variance = moments(Interval(1e4, 4e5))
    scenario = Scenario("public", "outage", "m", (Way("t", a, b, factor, loss_factor),))
    return simulate([scenario], {("outage", "m"): Loss(mean, variance, ())}, {"public": Interval(low, high)}, 0), mean


@pytest.mark.parametrize(
    "more", [{}, {"factor": 0.25}, {"loss_factor": 0.5}, {"a": 0.2, "b": 3.8}, {"low": 0.1, "high": 0.2}]
)
def test_one_scenario_costs_attempts_times_success_times_loss(more):
    years, mean = one(**more)
    a, b, low, high = more.get("a", 2.0), more.get("b", 6.0), more.get("low", 1.0), more.get("high", 20.0)
    left = more.get("factor", 1) * more.get("loss_factor", 1)
    assert years.mean == pytest.approx(lognormal_mean(Interval(low, high)) * a / (a + b) * mean * left, rel=0.01)
    error = SIGMA * years.loss.std() / math.sqrt(YEARS)
    assert years.loss.mean() == pytest.approx(years.mean, abs=error)


def test_the_exceedance_curve_falls_and_is_the_simulated_years():
    years, _ = one()
    points = curve(years)
    chances = [c for _, c in points]
    assert chances == sorted(chances, reverse=True)
    for amount, chance in points[:-1]:
        assert chance == pytest.approx(years.above(amount), abs=2e-3)  # amounts are rounded
    assert chances[-1] <= 1 / YEARS
    assert curve(simulate([], {}, {}, 0)) == ()


def test_of_equal_ways_there_is_one_and_a_worse_one_adds_nothing():
    assert best(0, ((2.0, 6.0, 1.0, 1.0),))[0].mean() == best(0, ((2.0, 6.0, 0.5, 1.0), (2.0, 6.0, 1.0, 1.0)))[0].mean()


# ------------------------------------------------------------------------------------------------ loss


SYSTEM = {
    "casemate": "1",
    "name": "n",
    "zones": {"z": {"trust": "staff"}},
    "components": {"m": {"kind": "model", "zone": "z"}, "n": {"kind": "model", "zone": "z"}},
}


def loss(harms, outcome="personal-data", at=("m",)):
    return loss_of(system_of({**SYSTEM, "harms": harms}), shelf(), outcome, at)


def test_harms_of_one_outcome_add_up_and_others_do_not():
    found = loss({"personal-data": "2k", "letters": {"outcome": "personal-data", "loss": "3k"}, "outage": "9M"})
    assert (found.mean, found.harms, found.assumed) == (pytest.approx(5000), ("letters", "personal-data"), False)


def test_a_harm_of_one_component_counts_there_alone():
    harms = {"here": {"outcome": "personal-data", "loss": "2k", "of": "m"}}
    assert loss(harms).mean == pytest.approx(2000)
    assert loss(harms, at=("n",)).assumed


def test_where_nobody_prices_it_the_default_table_does_and_says_so():
    found = loss({})
    assert (found.mean, found.assumed) == (moments(PRIORS.losses["personal-data"])[0], True)


@pytest.mark.parametrize(("turnover", "maximum"), [(None, 20e6), ("80M", 20e6), ("1bn", 40e6)])
def test_a_fine_is_expected_at_its_share_of_the_higher_of_cap_and_turnover(turnover, maximum):
    harm = {"loss": "1k", "fine": "gdpr-83-5", **({"turnover": turnover} if turnover else {})}
    a, b = shelf().fine_share
    found = loss({"personal-data": harm})
    assert found.mean == pytest.approx(1000 + maximum * a / (a + b))
    assert found.mean < maximum


# ------------------------------------------------------------------------------- assets, severity, classes


def test_what_feeds_one_model_belongs_to_it_and_what_serves_two_to_itself():
    parts = {
        "api": "endpoint", "both": "gateway", "e": "inference", "m": "model", "f": "inference", "n": "llm",
        "d": "dataset", "lone": "service",
    }  # fmt: skip
    components = {c: {"kind": k, "zone": "z"} for c, k in parts.items()}
    components["e"]["runs"], components["f"]["runs"] = ["m"], ["n"]
    flows = [
        {"from": a, "to": b} for a, b in (("both", "api"), ("both", "f"), ("api", "e"), ("d", "e"), ("api", "lone"))
    ]
    system = system_of({**SYSTEM, "components": components, "flows": flows})
    from casemate.decompose.graph import graph

    found = assets(graph(system))
    assert {c: found[c] for c in parts} == {
        "api": "m", "both": "both", "e": "m", "m": "m", "f": "n", "n": "n", "d": "m", "lone": "lone",
    }  # fmt: skip
    assert (found["d->e"], found["system"]) == ("m", "system")


ACCIDENT = "about: model\nattacker: accident\nwhen: {decides not: gate}\nmaturity: feasible\nharms: outage\n"


def priced(loss, appetite="1M", policy="name: p\n", text=ACCIDENT):
    doc = {**SYSTEM, "harms": {"outage": loss}, "appetite": {"loss": appetite, "at most": "5%"}}
    doc["components"] = {"m": SYSTEM["components"]["m"]}
    (r,) = assessed(doc, of=only(text), policy=policy).risks.risks
    return r


def test_an_accident_happens_as_often_as_the_table_of_accidents_says():
    r = priced("100k")
    assert r.found.attackers == ("accident",)
    assert r.current == pytest.approx(lognormal_mean(PRIORS.attempts["accident"]) * PRIORS.success["feasible"] * 1e5)


@pytest.mark.parametrize(
    ("ratio", "word"),
    [(1.0, "critical"), (0.99, "high"), (0.3, "high"), (0.29, "medium"), (0.05, "medium"), (0.04, "low")],
)
def test_severity_is_expected_loss_by_appetite(ratio, word):
    expected = priced("100k").current
    assert priced("100k", appetite=str(round(expected / ratio * 0.9999, 2))).severity == word


def test_the_policy_may_draw_the_bands_elsewhere():
    expected = priced("100k").current
    at = str(round(expected / 0.2, 2))
    assert priced("100k", at).severity == "medium"
    assert priced("100k", at, "name: p\nseverity: {critical: 90%, high: 15%}\n").severity == "high"
    assert priced("100k", at, "name: p\nseverity: {critical: 10%}\n").severity == "critical"


def test_void_trials_are_listed_and_count_nothing():
    doc = {**SYSTEM, "components": {"m": {"kind": "model", "zone": "z", "path": "m"}}}
    text = "about: model\nattacker: public\nwhen: {decides not: gate}\n"
    (r,) = assessed(doc, record("m", digest=OTHER, trials=(trial("r0", 9, 1),)), of=only(text)).risks.risks
    assert [(u.note, u.successes) for u in r.views["current"].belief.used] == [("void", 0)]
