"""The simulated years against closed forms, with fixed seeds and the error that so many years must have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.money import Interval
from casemate.prioritize.draws import lognormal_mean, success
from casemate.prioritize.loss import Loss
from casemate.prioritize.price import best_mean
from casemate.prioritize.scenario import Scenario, Way
from casemate.prioritize.simulate import Years, _compound, best, curve, simulate

N = 200_000
RATES = {"public": Interval(2, 20), "account": Interval(1, 5)}


def near(found, expected, spread, n):
    """Within four standard errors of a mean of n."""
    assert abs(found - expected) <= 4 * spread / n**0.5


@pytest.mark.parametrize(("rate", "mean", "variance"), [(0.05, 10, 4), (3, 1, 0.5), (3, 1, 0), (40, 1e6, 9e12)])
def test_a_compound_poisson_has_its_mean_and_its_variance(rate, mean, variance):
    loss = _compound(np.random.default_rng(5), np.full(N, float(rate)), mean, variance)
    near(loss.mean(), rate * mean, (rate * (variance + mean**2)) ** 0.5, N)
    squares = (loss - rate * mean) ** 2
    near(squares.mean(), rate * (variance + mean**2), squares.std(), N)


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_years_without_an_event_are_as_many_as_poisson_says(rate):
    none = _compound(np.random.default_rng(6), np.full(N, rate), 10, 4) == 0
    near(none.mean(), np.exp(-rate), none.std(), N)


def test_a_single_event_is_the_lognormal_itself():
    loss = _compound(np.random.default_rng(7), np.full(N, 1e-3), 100, 2500)
    drawn = np.log(loss[loss > 0])
    sigma = np.log1p(0.25) ** 0.5
    near(drawn.mean(), np.log(100) - sigma**2 / 2, sigma, len(drawn))
    assert drawn.std() == pytest.approx(sigma, rel=0.2)


def test_a_rate_of_zero_costs_nothing():
    assert not _compound(np.random.default_rng(8), np.zeros(100), 10, 4).any()


def years(*ways, seed=0, attacker="public", asset="m", loss=Loss(1000.0, 250_000.0, ("x",)), more=()):  # noqa: B008
    scenarios = [Scenario(attacker, "outage", asset, tuple(ways)), *more]
    return simulate(scenarios, {("outage", a): loss for a in ("m", "n")}, RATES, seed, 20_000)


@pytest.mark.parametrize(("a", "b"), [(0.4, 3.6), (1, 3), (30, 70)])
@pytest.mark.parametrize("attacker", ["public", "account"])
def test_one_scenario_costs_attempts_times_success_times_loss(a, b, attacker):
    found = years(Way("t", a, b), attacker=attacker)
    expected = lognormal_mean(RATES[attacker]) * a / (a + b) * 1000
    assert found.mean == pytest.approx(expected, rel=3e-3)
    near(found.loss.mean(), expected, found.loss.std(), 20_000)


def test_what_controls_leave_scales_the_expected_loss():
    whole, part = years(Way("t", 1, 3)), years(Way("t", 1, 3, 0.5, 0.2))
    assert part.mean == pytest.approx(0.1 * whole.mean)


def test_two_assets_cost_twice_what_one_does():
    one = years(Way("t", 1, 3))
    two = years(Way("t", 1, 3), more=[Scenario("public", "outage", "n", (Way("t", 1, 3),))])
    assert two.mean == pytest.approx(2 * one.mean)


def test_a_way_that_is_listed_twice_is_no_second_chance():
    assert years(Way("t", 1, 3), Way("u", 1, 3)).mean == years(Way("t", 1, 3)).mean


def test_of_two_ways_the_better_is_taken():
    few, many = success(0, 1, 3), success(0, 3, 1)
    top, _ = best(0, ((1, 3, 1.0, 1.0), (3, 1, 1.0, 1.0)))
    assert (top == np.maximum(few, many)).all()
    assert top.mean() >= many.mean() > few.mean()


def test_with_one_share_of_the_loss_for_all_ways_that_share_is_left():
    assert best(0, ((1, 3, 1.0, 0.4), (3, 1, 0.5, 0.4)))[1] == 0.4


def test_attackers_take_the_way_that_does_most_harm():
    likely, other = (0.4, 3.6, 1.0, 0.05), (0.2, 3.8, 1.0, 1.0)
    assert best_mean(0, (likely, other)) >= best_mean(0, (other,))
    halved = (0.4, 3.6, 0.4, 0.05)  # now the other is likelier, and it is no dearer than it was
    assert best_mean(0, (halved, other)) <= best_mean(0, (likely, other))


LEFT = st.sampled_from([0.05, 0.2, 0.5, 0.9, 1.0])
WAYS = st.lists(st.tuples(st.sampled_from([0.08, 0.2, 0.4, 5.0]), st.just(3.6), LEFT, LEFT), min_size=1, max_size=4)


@given(WAYS, st.data())
def test_a_control_on_one_way_never_makes_the_whole_dearer(ways, data):
    i = data.draw(st.sampled_from(range(len(ways))))
    a, b, factor, share = ways[i]
    less = (a, b, *data.draw(st.sampled_from([(factor / 2, share), (factor, share / 2)])))
    after = [*ways[:i], less, *ways[i + 1 :]]
    assert best_mean(0, tuple(sorted(set(after)))) <= best_mean(0, tuple(sorted(set(ways)))) * (1 + 1e-9)


@pytest.mark.parametrize(("a", "b"), [(0.04, 3.96), (0.4, 3.6), (2, 50)])
def test_success_is_a_chance_with_the_mean_of_its_belief(a, b):
    drawn = success(0, a, b)
    assert drawn.mean() == pytest.approx(a / (a + b), rel=1e-6)
    assert 0 <= drawn[0] <= drawn[-1] <= 1
    assert drawn.var() == pytest.approx(a * b / ((a + b) ** 2 * (a + b + 1)), rel=0.15)


def test_another_seed_moves_what_happened_only_slightly_and_what_is_expected_not_at_all():
    found = [years(Way("t", 0.4, 3.6), seed=s) for s in range(8)]
    happened = [float(y.loss.mean()) for y in found]
    assert max(happened) / min(happened) < 1.1
    assert len(set(happened)) == 8
    assert [y.mean for y in found] == pytest.approx([found[0].mean] * 8)


def test_the_order_of_the_scenarios_does_not_matter():
    two = [Scenario(who, "outage", a, (Way("t", 1, 3),)) for who, a in (("public", "m"), ("account", "n"))]
    losses = {("outage", a): Loss(1000.0, 0.0, ()) for a in ("m", "n")}
    one, other = (simulate(s, losses, RATES, 0) for s in (two, two[::-1]))
    assert (one.loss == other.loss).all()


@given(st.lists(st.sampled_from([0.0, 0.0, 0.4, 3.0, 1e3, 7.5e5, 2e9]), min_size=1, max_size=60))
def test_an_exceedance_curve_falls_and_is_what_the_years_say(losses):
    y = Years(np.array(losses), np.array(losses))
    points = curve(y)
    assert bool(points) == (max(losses) > 0)
    assert [x for x, _ in points] == sorted({x for x, _ in points})
    assert [p for _, p in points] == sorted((p for _, p in points), reverse=True)
    assert all(p == pytest.approx(y.above(x)) for x, p in points)


def test_the_curve_of_a_simulation_is_what_its_years_say():
    y = years(Way("t", 1, 3))
    points = curve(y)
    assert len(points) > 30
    assert all(p == pytest.approx(y.above(x)) for x, p in points)
