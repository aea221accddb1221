"""Screens of given training data: what is planted is found, what is natural is not, and how much is told."""

from dataclasses import replace

import numpy as np
import pytest

from casemate.core import shelf
from casemate.evidence.redteam.attack import Outcome, Sample
from casemate.evidence.redteam.chance import DOUBT, in_front
from casemate.evidence.redteam.poison import anywhere, beside, mark, others
from casemate.evidence.redteam.screening import FEWEST_SEEN, NATURAL, RECALLED, SCREENS, SUSPICIOUS
from redteam_cases import case, last, linear, plain

SPACE = plain(4)
NAMES = ("label-noise-screening", "near-duplicates", "outlier-screening", "trigger-patterns")
each = pytest.mark.parametrize("name", NAMES)
TEN = np.arange(40)


def crowd(seed, n=400, overlap=False):
    """Two classes, each around a place of its own; or with labels by a coin."""
    rng = np.random.default_rng(seed)
    given = rng.integers(0, 2, n)
    rows = np.clip(0.3 + 0.4 * given[:, None] + rng.normal(0, 0.05, (n, 4)), 0, 1)
    return Sample(rows, rng.integers(0, 2, n) if overlap else given)


def screen(name, train, natural=None, seed=0):
    base = case(linear(SPACE, classes=2), SPACE, seed=seed)
    natural = crowd(1) if natural is None else natural
    of = replace(base, train=train, victims=natural, pool=natural.take(slice(0)))
    return last(shelf.member("evidence/redteam/attacks", name).run(of))


def poisoned(name, clean):
    """The first 40 rows become poison of the kind that the screen looks for."""
    rng, rows, given = np.random.default_rng(9), clean.rows.copy(), clean.labels.copy()
    if name == "outlier-screening":
        rows[TEN] = anywhere(SPACE, rows[TEN], rng)
    elif name == "label-noise-screening":
        given[TEN] = others(given[TEN], 2, rng)
    elif name == "near-duplicates":
        rows[TEN], given[TEN] = beside(SPACE, rows[TEN + 40], rng), 1 - given[TEN + 40]
    else:
        rows[TEN], given[TEN] = mark(SPACE, rows, rng).on(SPACE, rows[TEN]), 1
    return Sample(rows, given)


@each
def test_clean_data_hold_and_most_planted_rows_are_found(name):
    found = screen(name, crowd(0))
    assert found.count(Outcome.BROKEN) == 0
    assert found.count(Outcome.HELD) == 400
    assert found.metrics[RECALLED].low > 0.5
    assert found.doubts == ()


def test_how_few_suspicious_rows_would_not_stand_out_is_told():
    """Before 4 of 400 others, k of 400 members come by chance with the tail of a negative binomial, nearly."""
    told = screen("outlier-screening", crowd(0)).metrics[FEWEST_SEEN]
    assert told == next(k for k in range(401) if in_front(k, 4, 400, 400) <= DOUBT / SCREENS)
    assert in_front(told - 1, 4, 400, 400) > DOUBT / SCREENS
    assert 12 <= told <= 20


@each
def test_at_most_one_natural_row_in_a_hundred_is_suspicious(name):
    for seed in range(3):
        assert screen(name, crowd(0), crowd(seed + 1)).metrics[NATURAL].value <= 0.01


@each
def test_poison_of_its_kind_is_found_where_it_is(name):
    found = screen(name, poisoned(name, crowd(0)))
    broken = np.flatnonzero(found.outcomes == Outcome.BROKEN)
    twins = TEN + 40 if name == "near-duplicates" else TEN
    assert np.isin(broken, np.concatenate([TEN, twins])).mean() > 0.9
    assert np.isin(TEN, broken).mean() > 0.6


@pytest.mark.parametrize("name", [n for n in NAMES if n != "near-duplicates"])
def test_poison_that_is_in_the_natural_rows_as_well_is_found_in_neither(name):
    found = screen(name, poisoned(name, crowd(0)), poisoned(name, crowd(1)))
    assert found.count(Outcome.BROKEN) == 0


def test_where_labels_are_a_coin_it_finds_few_and_doubts_itself():
    found = screen("label-noise-screening", crowd(0, overlap=True), crowd(1, overlap=True))
    hits = round(found.metrics[RECALLED].value * 80)
    assert hits < 40
    assert found.doubts == (f"it finds {hits} of 80 rows that were planted in a copy of the data",)


@each
def test_few_rows_are_not_looked_at(name):
    found = screen(name, crowd(0, 19))
    assert found.count(Outcome.SKIPPED) == 19
    assert found.flags == ("nothing was looked at: 19 training rows and 400 others are too few: it takes 20 of each",)


@each
def test_the_target_is_asked_nothing(name):
    base = case(linear(SPACE, classes=2), SPACE)
    last(shelf.member("evidence/redteam/attacks", name).run(replace(base, train=crowd(0), pool=crowd(1))))
    assert base.model.used.calls == 0


def test_a_screen_is_evidence_of_no_threat():
    assert all(shelf.member("evidence/redteam/attacks", n).ATTACK.threats == () for n in NAMES)


def test_what_is_suspicious_is_told_beside_what_is_natural():
    found = screen("outlier-screening", poisoned("outlier-screening", crowd(0)))
    assert found.metrics[SUSPICIOUS].value > 0.05 > found.metrics[NATURAL].value
