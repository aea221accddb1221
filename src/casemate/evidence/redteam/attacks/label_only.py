"""Calls a member whoever's label survives most noise: rows that a model learned lie further from its boundary.

For models that give labels alone. Noise of several strengths is added to a row as a point, so that words change as well
as numbers, and made a row that can exist; what the model calls wrongly without noise has no distance at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import Suspects, asked, right, suspects, told

Queries = NDArray[np.int64]
ATTACK = Attack(
    goal="membership",
    gives="labels",
    threats=("membership-inference",),
    unit="row",
    source="Choquette-Choo et al. 2021, Label-Only Membership Inference Attacks, section 3.4",
    needs=frozenset({"train"}),
    nist="NISTAML.033",
)
SIGMA = (0.025, 0.05, 0.1, 0.2, 0.4)
"""Standard deviations of the noise, as shares of each feature's range."""
TRIES = 40
"""Times that each of them is drawn, where the limit on queries allows."""
MOST = 500
"""Members asked about at most, and as many others: each costs hundreds of queries."""


def run(case: Case) -> Iterator[Result]:
    """Yields after every call for the rows themselves, and after every try."""
    who = suspects(case)
    chosen = _chosen(who)
    rows, truth = who.sample.rows[chosen], who.sample.labels[chosen]
    tries = min(TRIES, (case.limits.queries - 1) // len(SIGMA))
    survived, tried = np.zeros(len(chosen)), np.zeros(len(chosen))
    for answers, heard, _ in asked(case, replace(who, order=chosen)):
        base = np.where(np.isnan(answers[chosen]).any(axis=1), np.nan, right(answers[chosen], truth))
        queries = heard[chosen].astype(np.int64)
        yield _told(who, chosen, base, survived, tried, queries, float(queries.mean()) / (tries + 1))
    anything = _anything(case.space)
    points = anything.points(rows)
    for k in range(tries):
        for sigma in SIGMA:
            found = case.model(anything.rows(points + sigma * case.rng.standard_normal(points.shape), rows))
            survived += right(found, truth)
            tried += ~np.isnan(found).any(axis=1)
        yield _told(who, chosen, base, survived, tried, queries + (k + 1) * len(SIGMA), (k + 2) / (tries + 1))


def _chosen(who: Suspects) -> NDArray[np.intp]:
    """At most so many members and as many others, in the order in which they were drawn."""
    order = who.order[~who.copy[who.order]]
    member = who.member[order]
    return order[np.where(member, np.cumsum(member), np.cumsum(~member)) <= MOST]


def _anything(space: Space) -> Space:
    """The space without what nobody can change about a person: who asks about a row may ask about any other."""
    return Space(tuple(replace(f, immutable=False, direction=None) for f in space.features))


def _told(
    who: Suspects, chosen: NDArray[np.intp], base: Array, survived: Array, tried: Array, queries: Queries, done: float
) -> Result:
    """The share of noisy copies that keep the true label, 0 where the row itself has another."""
    scores, asked_for = np.full(len(who.sample), np.nan), np.zeros(len(who.sample), dtype=np.int64)
    scores[chosen] = base * (1 + survived / np.maximum(tried, 1))
    asked_for[chosen] = queries
    return told(who, scores, asked_for, done)
