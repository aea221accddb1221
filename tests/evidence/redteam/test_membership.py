"""Curves against known values, and chance against counting."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.redteam import chance
from casemate.evidence.redteam.attack import Outcome, Result, Sample
from casemate.evidence.redteam.membership import Suspects, told
from casemate.evidence.redteam.roc import Roc, roc

FEW = "TPR at 0.1 % is refused: it needs 10,000 non-members, there are 200"


def who(members: int, others: int) -> Suspects:
    n = members + others
    sample = Sample(np.arange(n, dtype=float)[:, None], np.zeros(n, dtype=np.intp))
    return Suspects(sample, np.arange(n) < members, np.zeros(n, dtype=bool), np.arange(n))


def judged(scores: np.ndarray, members: int, others: int) -> Result:
    return told(who(members, others), scores, np.ones(members + others, dtype=np.int64), 1.0)


def test_a_curve_of_four_rows():
    found = roc(np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, False]))
    assert (found.true.tolist(), found.false.tolist()) == ([0, 1, 1, 2, 2], [0, 0, 1, 1, 2])
    assert found.auc().value == 0.75
    assert (found.at(0.0), found.at(0.5), found.at(1.0)) == ((1, 0), (2, 1), (2, 2))


def test_ties_move_together():
    found = roc(np.array([1.0, 1.0, 1.0, 0.0]), np.array([True, True, False, False]))
    assert (found.true.tolist(), found.false.tolist()) == ([0, 2, 2], [0, 1, 2])
    assert found.at(0.4) == (0, 0)  # the first others come with all the members
    assert found.auc().value == 0.75


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_how_often_a_member_scores_above_another(rows):
    scores, member = np.array([float(s) for s, _ in rows]), np.array([m for _, m in rows])
    if member.all() or not member.any():
        return
    pairs = [(a > b) + (a == b) / 2 for a in scores[member] for b in scores[~member]]
    assert roc(scores, member).auc().value == pytest.approx(np.mean(pairs), abs=1e-12)


def test_the_interval_of_the_area_is_that_of_hanley_and_mcneil():
    """Their example: 51 abnormal and 58 normal images, area .893, standard error .032."""
    found = Roc(np.array([0, 40, 51]), np.array([0, 0, 58])).auc()
    assert found.value == pytest.approx(0.892, abs=1e-3)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.032, abs=1e-3)


@pytest.mark.parametrize(("found", "allowed"), [(0, 0), (1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (3, 1), (3, 2)])
def test_members_in_front_by_chance_are_counted(found: int, allowed: int):
    """All orders of 3 members and 4 others, by the places of the members."""
    hits = 0
    for places in combinations(range(7), 3):
        others = [p for p in range(7) if p not in places]
        hits += sum(p < others[allowed] for p in places) >= found
    assert chance.in_front(found, allowed, 3, 4) == pytest.approx(hits / comb(7, 3))


def test_the_lady_tasting_tea():
    assert chance.more_often(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert chance.more_often(0, 4, 0, 4) == 1.0


def test_nine_of_ten_throws():
    assert chance.won(9, 1) == pytest.approx(11 / 1024)
    assert chance.won(0, 0) == 1.0


def test_no_false_positive_in_forty_is_no_rate_of_zero():
    assert chance.excess(20, 40, 0, 40) == pytest.approx((0.5 - 1 / 41) / (1 - 1 / 41))
    assert chance.excess(40, 40, 0, 40) == 1.0
    assert chance.excess(0, 40, 0, 40) == 0.0


def test_all_members_above_all_others_are_all_broken():
    found = judged(np.repeat([1.0, 0.0], 200), 200, 200)
    assert found.count(Outcome.BROKEN) == 200
    assert found.metrics["AUC"].value == 1
    assert found.flags == (FEW,)


def test_what_chance_gives_is_no_leak():
    """Random scores: about 1 run in 40 may take chance for more; of 300, 16 would be beyond three deviations."""
    broken = [judged(np.random.default_rng(s).random(400), 200, 200).count(Outcome.BROKEN) for s in range(300)]
    assert 0 < sum(b > 0 for b in broken) < 16


def test_a_known_rate_is_found():
    """A third of the members scores 1, all else below: two in two hundred others above would be 1 %."""
    scores = np.concatenate([np.ones(100), np.linspace(0, 0.5, 200), np.linspace(0, 0.6, 300)])
    found = judged(scores, 300, 300)
    assert found.metrics["TPR at 1 %"].value == pytest.approx(1 / 3)
    assert found.count(Outcome.BROKEN) == round(300 * (1 / 3 - 4 / 301) / (1 - 4 / 301))
    assert found.outcomes[:90].tolist() == [Outcome.BROKEN] * 90


def test_a_finding_that_chance_may_give_is_held_and_said():
    found = judged(np.concatenate([np.ones(3), np.zeros(397)]), 200, 200)
    assert (found.count(Outcome.BROKEN), found.count(Outcome.HELD)) == (0, 200)
    assert found.flags == ("at 1 % false positives it finds no more members than chance may", FEW)


def test_one_in_a_thousand_needs_ten_thousand_others():
    few, enough = (judged(np.random.default_rng(0).random(100 + n), 100, n) for n in (9_999, 10_000))
    assert "TPR at 0.1 %" not in few.metrics
    assert "TPR at 0.1 %" in enough.metrics
    assert few.flags[-1] == "TPR at 0.1 % is refused: it needs 10,000 non-members, there are 9,999"
    assert enough.curve[0].x == 0.001
    assert few.curve[0].x == 0.002


def test_one_percent_of_fifty_is_said_to_be_none():
    found = judged(np.repeat([1.0, 0.0], 50), 50, 50)
    assert found.flags[0] == "50 non-members: 1 % of them is less than one, so the rate stands for none of them"
    assert found.count(Outcome.BROKEN) == 50


def test_where_one_percent_is_no_row_a_lucky_find_is_neither_a_leak_nor_a_sign_that_members_are_safe():
    few = judged(np.append(np.repeat([1.0, 0.0], [8, 32]), np.zeros(40)), 40, 40)
    assert few.count(Outcome.SKIPPED) == 40
    many = judged(np.append(np.repeat([1.0, 0.0], [8, 112]), np.zeros(120)), 120, 120)
    assert (many.count(Outcome.BROKEN) > 0, many.count(Outcome.HELD) > 0) == (True, True)


def test_without_others_nobody_held():
    scores = np.concatenate([np.ones(5), np.full(5, np.nan)])
    found = judged(scores, 5, 5)
    assert found.count(Outcome.SKIPPED) == 5
    assert found.flags == ("nothing could be compared: no member or no non-member was answered",)
