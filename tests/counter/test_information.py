"""What a test is worth: against exact enumeration and quadrature, its laws, and what nobody can say."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from casemate.counter.decide import DRAWS, EXACT, Buy, Tried, chances_of, worth
from casemate.counter.information import NO_CONTROL, NO_PRICE, TRIES
from small import LOADED, OWNED, PRICED, THEFT, look, risk, small
from strategies import assessed, documents

AMOUNTS = st.floats(1, 1e6).map(lambda x: round(x, 2))
BELIEFS = st.builds(Tried, st.sampled_from([0.08, 0.2, 0.4, 2.0]), st.sampled_from([3.6, 3.92, 9.0]), AMOUNTS)
MEASURED = THEFT.replace("countered by: [query-quota, label-only-output]", "countered by: [query-quota]").replace(
    "attacker:", "measured by: [redteam]\nattacker:"
)


def rising(x, n):
    return float(np.prod([x + i for i in range(n)])) if n else 1.0


def by_hand(tries, tried, buy):
    """One threat, one thing to buy: every result with its chance, Polya's urn, the better of the two each time."""
    a, b, price = tried.a, tried.b, tried.price

    def cheaper(p):
        return min(price * p, buy.cost + buy.left[0] * price * p)

    after = 0.0
    for k in range(tries + 1):
        chance = comb(tries, k) * rising(a, k) * rising(b, tries - k) / rising(a + b, tries)
        after += chance * cheaper((a + k) / (a + b + tries))
    return cheaper(a / (a + b)) - after


def perfect(tried, buys, draws=200_000):
    """What it would be worth to know every success, by quantiles that need no luck in the mean of one threat."""
    rng = np.random.default_rng(7)
    p = np.stack([rng.beta(t.a, t.b, draws) * t.price for t in tried], axis=1)
    choices = [c for n in range(len(buys) + 1) for c in product(range(len(buys)), repeat=n) if len(set(c)) == n]
    costs = [
        sum(buys[i].cost for i in c) + p @ np.prod([buys[i].left for i in c] or [[1.0] * len(tried)], axis=0)
        for c in choices
    ]
    costs = np.array(costs)
    return float(costs.mean(axis=1).min() - costs.min(axis=0).mean())


@given(BELIEFS, st.integers(1, 12), AMOUNTS, st.floats(0.05, 0.95))
def test_one_threat_and_one_purchase_is_what_enumeration_by_hand_gives(tried, tries, cost, left):
    buy = Buy(cost, (left,))
    got = worth(0, tries, (tried,), (buy,)).value
    assert got == pytest.approx(max(0.0, by_hand(tries, tried, buy)), abs=1e-9 * (tried.price + cost), rel=1e-9)


@given(st.lists(BELIEFS, min_size=1, max_size=6), AMOUNTS, st.floats(0.05, 0.95))
def test_a_test_is_never_worth_less_than_nothing_or_more_than_all_that_is_at_stake(tried, cost, left):
    got = worth(0, TRIES, tuple(tried), (Buy(cost, (left,) * len(tried)),))
    lost = sum(t.price * t.a / (t.a + t.b) for t in tried)
    assert 0 <= got.value <= lost * (1 - left) * 1.01
    assert 0 <= got.changes <= 1 + 1e-9
    assert got.changes > 0 or got.value < 1e-6


@pytest.mark.parametrize("many", [1, 2, EXACT, EXACT + 1, 5])
@pytest.mark.parametrize("cost", [500.0, 4000.0, 15_000.0])
def test_it_is_never_worth_more_than_knowing_the_success_itself(many, cost):
    tried = tuple(Tried(0.4, 3.6, 60_000.0) for _ in range(many))
    buys = (Buy(cost, (0.3,) * many), Buy(cost / 2, (0.6,) * many))
    known = perfect(tried, buys)
    assert worth(0, TRIES, tried, buys).value <= known * 1.02 + 1


def test_a_very_long_test_is_worth_what_knowing_the_success_is():
    tried, buys = (Tried(0.4, 3.6, 60_000.0),), (Buy(4000.0, (0.3,)),)
    assert worth(0, 2000, tried, buys).value == pytest.approx(perfect(tried, buys), rel=0.02)


def test_a_longer_test_is_worth_at_least_as_much():
    values = [worth(0, n, (Tried(0.4, 3.6, 60_000.0),), (Buy(4000.0, (0.3,)),)).value for n in (1, 2, 4, 8, 16, 32)]
    assert values == sorted(values)
    assert values[0] > 0


@pytest.mark.parametrize(("cost", "bought"), [(-1.0, (0,)), (1e9, ())])
def test_it_is_worth_nothing_where_no_result_could_change_the_decision(cost, bought):
    got = worth(0, TRIES, (Tried(0.4, 3.6, 60_000.0),), (Buy(cost, (0.3,)),))
    assert (got.value, got.changes, got.now, got.then) == (0.0, 0.0, bought, bought)


def test_draws_agree_with_the_list_of_all_results():
    tried = tuple(Tried(0.4, 3.6, price) for price in (60_000.0, 30_000.0, 10_000.0))
    nothing = Tried(0.4, 3.6, 0.0)  # a fourth threat that costs nothing changes nothing but how it is worked out
    buys = (Buy(5000.0, (0.3, 0.3, 1.0)), Buy(2000.0, (1.0, 0.5, 0.2)))
    drawn = tuple(Buy(b.cost, (*b.left, 1.0)) for b in buys)
    exact, sampled = worth(0, TRIES, tried, buys), worth(0, TRIES, (*tried, nothing), drawn)
    assert sampled.value == pytest.approx(exact.value, rel=0.1)
    assert sampled.changes == pytest.approx(exact.changes, abs=3 / DRAWS**0.5)
    assert sampled.now == exact.now


def test_the_chances_of_all_results_are_one_and_have_the_mean_of_the_belief():
    found = chances_of(0.4, 3.6, 8)
    assert found.sum() == pytest.approx(1)
    assert found @ np.arange(9) == pytest.approx(8 * 0.1)


# Of a whole system.


def theft(a):
    return next(t for t in a.tests if "theft@scorer" in t.threats)


def test_the_test_of_one_threat_is_priced_by_attempts_success_and_loss():
    a = look(small(PRICED + OWNED), rules=(MEASURED,))
    t, r = theft(a), risk(a)
    assert (t.id, t.by, t.control, t.threats, t.unknown) == (
        "redteam@scorer",
        ("redteam",),
        None,
        ("theft@scorer",),
        (),
    )
    c = a.risks.catalog.controls["query-quota"]
    belief = r.views["current"].belief
    tried = Tried(belief.a, belief.b, r.current / belief.mean)
    assert t.value == pytest.approx(by_hand(TRIES, tried, Buy(c.cost(800), (1 - c.effect,))), abs=1)


def test_threats_of_one_element_that_one_kind_of_test_tries_are_one_test():
    other = MEASURED.replace("id: theft", "id: theft-again")
    (t,) = look(small(PRICED), rules=(MEASURED, other)).tests
    assert t.threats == ("theft-again@scorer", "theft@scorer")


def test_without_a_price_nobody_can_say_what_a_test_is_worth_and_it_comes_first_where_people_get_hurt():
    hurts = "harms: {model-stolen: {hurts: patients, at most: 1 in 1000 years}, takeover: 50k to 1.5M}\n"
    loaded = LOADED.replace("attacker:", "measured by: [scan]\nattacker:")
    first, second = look(small(hurts, scorer="format: pickle"), rules=(loaded, MEASURED)).tests
    assert (first.value, first.changes, first.unknown) == (None, None, (("theft@scorer", NO_PRICE),))
    assert first.danger > 1
    assert (second.threats, second.danger) == (("loaded@scorer",), 0)
    assert second.value is not None


def test_without_a_countermeasure_that_has_a_place_nobody_can_say_what_a_test_is_worth():
    alone = MEASURED.replace("countered by: [query-quota]", "countered by: [index-write-gate]")
    t = theft(look(small(PRICED), rules=(alone,)))
    assert (t.value, t.unknown) == (None, (("theft@scorer", NO_CONTROL),))


def test_what_the_budget_cannot_buy_is_no_decision():
    t = theft(look(small(PRICED + "plan: {budget: 10}\n"), rules=(MEASURED,)))
    assert (t.value, t.unknown) == (None, (("theft@scorer", NO_CONTROL),))


def test_a_control_that_somebody_says_is_there_is_proven_and_not_bought_again():
    both = MEASURED.replace("countered by: [query-quota]", "countered by: [query-quota, label-only-output]")
    a = look(small(PRICED, api="controls: [query-quota]"), rules=(both,))
    assert "query-quota" in {t.control for t in a.tests}
    assert all("query-quota" not in (*t.now, *t.then) for t in a.tests)


@pytest.mark.parametrize("word", ["accept", "dismiss"])
def test_a_decided_threat_is_not_tested(word):
    why, by = ("reason", "owner") if word == "accept" else ("because", "by")
    text = f"{word}: [{{threat: theft@scorer, {why}: r, {by}: o, until: 2027-01-01}}]\n"
    assert look(small(PRICED + text), rules=(MEASURED,)).tests == ()


@given(documents(), st.integers(0, 3))
def test_no_test_is_worth_more_than_the_system_loses(doc, seed):
    a = assessed(doc, seed=seed)
    assume(a.tests)
    for t in a.tests:
        assert t.value is None or 0 <= t.value <= a.risks.years["current"].mean * 1.02 + 1
        assert (t.value is None) == (len(t.unknown) == len(t.threats))
        assert a.outcomes[t.threats[0]] in ("open", "assumed", "declared")
    assert len({(t.id, t.threats) for t in a.tests}) == len(a.tests)
    assert assessed(doc, seed=seed).tests == a.tests
