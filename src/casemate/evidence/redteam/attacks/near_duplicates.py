"""Looks for training rows that have a near copy with another label: much nearer than the next row of their own.

Planted to see what it finds: copies of training rows, each number moved by up to 1 % of its range, with another label.
Of a pair both are suspicious: which of them was planted no copy tells.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result, Sample
from casemate.evidence.redteam.nearest import nearest
from casemate.evidence.redteam.poison import beside, others
from casemate.evidence.redteam.screening import Data, Places, Scores, Screen, screened

ATTACK = Attack(
    goal="screening",
    gives="labels",
    threats=(),
    unit="row",
    source="Shafahi et al. 2018, Poison Frogs, section 2: a poison lies beside its target; the ratio is ours",
    needs=frozenset({"train"}),
    nist="NISTAML.012",
    default=False,
)
FLOOR = 1e-3
"""Distances below this are no smaller than it: two exact copies are as good as one that was rounded."""


def run(case: Case) -> Iterator[Result]:
    """Yields after the data and after each copy; each training row is a trial."""
    return screened(case, Screen(_score, _plant, "near copies with another label"))


def _score(data: Data, rng: np.random.Generator) -> Scores:
    points = data.space.points(data.train.rows) * data.space.weight
    natural = data.space.points(data.natural.rows) * data.space.weight
    train, first = data.train.labels, np.arange(data.looked)
    own, theirs = np.zeros(data.looked), np.zeros(len(natural))
    for c in np.unique(np.append(train[first], data.natural.labels)):
        same, other = np.flatnonzero(train == c), np.flatnonzero(train != c)
        mine = first[train[first] == c]
        # `same` holds them as well: the places of the looked ones among it are theirs.
        own[mine] = _ratio(points[mine], points[same], points[other], np.searchsorted(same, mine))
        asked = data.natural.labels == c
        theirs[asked] = _ratio(natural[asked], points[same], points[other], None)
    return own, theirs


def _ratio(asked: Array, same: Array, other: Array, own: Places | None) -> Array:
    """How much nearer the next row of another label is than the next of their own, as a logarithm, shape (n,)."""
    return np.asarray(np.log(_next(asked, same, own)) - np.log(_next(asked, other, None)))


def _next(asked: Array, known: Array, own: Places | None) -> Array:
    """The distance to the nearest; as far as a point can be where there is none."""
    found = nearest(asked, known, 1, own).distances if len(known) else np.zeros((len(asked), 0))
    if not found.shape[1]:
        return np.full(len(asked), np.sqrt(max(asked.shape[1], 1)))
    return np.maximum(found[:, 0], FLOOR)


def _plant(data: Data, places: Places, rng: np.random.Generator) -> Sample:
    """At each place stands a near copy of some other row."""
    rows, given = data.train.rows.copy(), data.train.labels.copy()
    twins = rng.choice(np.setdiff1d(np.arange(len(rows)), places), len(places))
    rows[places] = beside(data.space, rows[twins], rng)
    given[places] = others(given[twins], data.classes, rng)
    return Sample(rows, given)
