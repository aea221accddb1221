"""What one event costs: closed forms of the lognormal, fines, and whose harm it is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.money import Interval
from casemate.define.build import from_text
from casemate.prioritize.draws import attempts, lognormal, lognormal_mean
from casemate.prioritize.loss import moments
from small import FILE, THEFT, look, risk, small
from strategies import shelf

A, B = shelf().fine_share
AMOUNTS = st.floats(1e-3, 1e12)
ENTRY = "id: entry\nabout: endpoint\nwhen: {kind: endpoint}\nattacker: public\nharms: model-stolen"
MEAN = moments(Interval(50e3, 800e3))[0]


@given(AMOUNTS, st.floats(1, 1e6))
def test_a_lognormal_has_its_interval_at_five_and_ninety_five_percent(low, times):
    mu, sigma = lognormal(Interval(low, low * times))
    assert math.exp(mu - 1.6448536269514722 * sigma) == pytest.approx(low)
    assert math.exp(mu + 1.6448536269514722 * sigma) == pytest.approx(low * times)


@pytest.mark.parametrize(("low", "high"), [(1, 20), (0.02, 0.2), (3, 3)])
def test_the_draws_have_it_too_and_their_mean_needs_no_luck(low, high):
    drawn = attempts(3, "public", low, high)
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx([low, high], rel=2e-3)
    assert drawn.mean() == pytest.approx(lognormal_mean(Interval(low, high)), rel=2e-3)


def test_the_moments_are_those_of_a_large_sample():
    mean, variance = moments(Interval(10, 40))
    mu, sigma = lognormal(Interval(10, 40))
    drawn = np.random.default_rng(1).lognormal(mu, sigma, 1_000_000)
    assert drawn.mean() == pytest.approx(mean, rel=5e-3)
    assert drawn.var() == pytest.approx(variance, rel=2e-2)


def test_an_amount_without_width_is_certain():
    assert moments(Interval(500, 500)) == pytest.approx((500, 0))


def loss(harms, id="theft@scorer", rules=(THEFT,)):
    return risk(look(small(f"harms: {{{harms}}}\n"), rules=rules), id).loss


def test_a_harm_that_the_file_prices_is_taken_and_one_that_it_does_not_is_assumed():
    given_, assumed = loss("model-stolen: 50k to 800k"), loss("outage: 1k")
    assert (given_.mean, given_.assumed, given_.harms) == (pytest.approx(MEAN), False, ("model-stolen",))
    default = moments(shelf().priors.losses["model-stolen"])[0]
    assert (assumed.mean, assumed.assumed) == (pytest.approx(default), True)


@pytest.mark.parametrize(
    ("fine", "turnover", "maximum"),
    [("gdpr-83-5", "80M", 20e6), ("gdpr-83-5", "2bn", 80e6), ("ai-act-99-4", "1bn", 30e6), ("gdpr-83-4", "0", 10e6)],
)
def test_a_fine_adds_its_share_of_the_higher_maximum(fine, turnover, maximum):
    found = loss(f"model-stolen: {{loss: 50k to 800k, fine: {fine}, turnover: {turnover}}}")
    assert found.mean == pytest.approx(MEAN + maximum * A / (A + B))
    spread = A * B / ((A + B) ** 2 * (A + B + 1))
    assert found.variance == pytest.approx(moments(Interval(50e3, 800e3))[1] + maximum**2 * spread)


def test_a_fine_without_a_turnover_is_of_the_fixed_maximum():
    assert loss("model-stolen: {loss: 1k, fine: gdpr-83-5}").mean == pytest.approx(1000 + 20e6 * A / (A + B))


def test_harms_of_one_outcome_add_up():
    assert loss("model-stolen: 1k, press: {outcome: model-stolen, loss: 2k}").mean == pytest.approx(3000)


@pytest.mark.parametrize("rules", [(THEFT,), (ENTRY,), (THEFT, ENTRY), (ENTRY, THEFT)])
@pytest.mark.parametrize(("of", "applies"), [("scorer", True), ("api", True), ("engine", True), ("other", False)])
def test_a_harm_of_a_component_is_a_harm_of_its_asset_whoever_goes_which_way(of, applies, rules):
    text = f"model-stolen: 1k, copy: {{outcome: model-stolen, of: {of}, loss: 7k}}"
    file = FILE.replace("flows:", "  other: {{kind: store, zone: in}}\nflows:")
    system = from_text(file.format(api="", engine="", scorer="", more=f"harms: {{{text}}}\n"), "small.yaml", {})
    found = [r.loss.mean for r in look(system, rules=rules).risks.risks]
    assert found == pytest.approx([8000 if applies else 1000] * len(rules))


def test_a_harm_that_hurts_people_has_no_price():
    found = loss("model-stolen: {hurts: patients, at most: 1 in 1000 years}")
    assert (found.mean, found.variance, found.tolerable, found.hurts) == (0, 0, 0.001, ("patients",))


def test_of_two_harms_that_hurt_people_the_less_tolerable_counts():
    one = "model-stolen: {hurts: patients, at most: 1 in 10 years}"
    found = loss(one + ", x: {outcome: model-stolen, hurts: staff, at most: 1 in 50 years}")
    assert found.tolerable == pytest.approx(0.02)
    assert found.hurts == ("patients", "staff")
