"""Law 5: a control is credited with what survives an attacker who knows it, never with the naive test."""

import pytest

from small import PRICED, look, means, results, risk, small

BARE = means(look(small(PRICED)))


def now(**said):
    return means(look(small(PRICED), results("query-quota", **said)))


def test_a_naive_test_alone_gives_no_credit():
    assert now(naive=(0, 1000)) == BARE


@pytest.mark.parametrize("verified", [None, True])
def test_what_holds_naively_and_falls_to_the_adaptive_attack_gives_no_credit(verified):
    found = now(verified=verified, naive=(0, 1000), adaptive=(50, 0))
    assert found["current"] >= BARE["current"]
    assert found["claimed"] >= BARE["current"]


def test_what_holds_against_the_adaptive_attack_lowers_the_risk():
    found = now(naive=(0, 10), adaptive=(0, 50))
    # Beta(4 x 10 %, 4 x 90 %) of a demonstrated technique's 5 %: .2 / 4 before, .2 / 54 after.
    assert found["current"] == pytest.approx(BARE["current"] * (0.2 / 54) / (0.2 / 4))


@pytest.mark.parametrize(("broken", "held"), [(1, 49), (5, 45), (25, 25), (50, 0)])
def test_the_credit_is_what_the_adaptive_test_measured(broken, held):
    found = now(naive=(0, 1000), adaptive=(broken, held))
    assert found["current"] == pytest.approx(BARE["current"] * ((0.2 + broken) / 54) / 0.05)


@pytest.mark.parametrize(("adaptive", "outcome"), [((0, 50), "countered"), ((0, 3), "open"), ((10, 40), "open")])
def test_a_threat_is_countered_by_what_the_adaptive_test_bears_out(adaptive, outcome):
    assert risk(look(small(), results("query-quota", verified=True, adaptive=adaptive))).found.outcome == outcome


def test_an_adaptive_test_of_which_nothing_could_be_scored_gives_no_credit():
    assert now(adaptive=(0, 0)) == BARE
