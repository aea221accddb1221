"""Tests of one control that contradict each other: the newest counts, and of one day the worse."""

from dataclasses import replace
from datetime import timedelta

from small import PRICED, look, means, results, risk, small

GOOD, BAD = results("query-quota", verified=True), results("query-quota", verified=False)


def outcome(*records):
    return risk(look(small(PRICED), *records)).found.outcome


def test_of_one_day_the_test_that_found_a_control_absent_counts_whatever_the_ids_are():
    bare = means(look(small(PRICED)))["current"]
    for n in range(8):
        good = replace(GOOD, seed=n)
        assert outcome(good) == "countered"
        assert outcome(good, BAD) == outcome(BAD, good) == "open"
        assert means(look(small(PRICED), good, BAD))["current"] == bare


def test_a_newer_test_that_found_it_takes_an_older_one_away_that_did_not():
    old = replace(BAD, measured=BAD.measured - timedelta(days=3))
    assert outcome(GOOD, old) == "countered"
    assert outcome(BAD, replace(GOOD, measured=GOOD.measured - timedelta(days=3))) == "open"


def test_of_two_adaptive_tests_of_one_day_the_one_that_broke_more_is_the_credit():
    weak, strong = (results("query-quota", verified=True, adaptive=of) for of in ((0, 50), (25, 25)))
    both = {means(look(small(PRICED), *of))["current"] for of in ((weak, strong), (strong, weak), (strong,))}
    assert len(both) == 1
