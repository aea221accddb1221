"""Looks for training rows that lie far from all others: by the mean distance to the nearest five.

Planted to see what it finds: rows of which every value was drawn evenly from what the feature may hold.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result, Sample
from casemate.evidence.redteam.nearest import nearest
from casemate.evidence.redteam.poison import anywhere
from casemate.evidence.redteam.screening import Data, Places, Scores, Screen, screened

ATTACK = Attack(
    goal="screening",
    gives="labels",
    threats=(),
    unit="row",
    source="Angiulli and Pizzuti 2002, Fast Outlier Detection in High Dimensional Spaces (mean of k distances)",
    needs=frozenset({"train"}),
    nist="NISTAML.013",
    default=False,
)
NEIGHBOURS = 5


def run(case: Case) -> Iterator[Result]:
    """Yields after the data and after each copy; each training row is a trial."""
    return screened(case, Screen(_score, _plant, "rows far from all others"))


def _score(data: Data, rng: np.random.Generator) -> Scores:
    points = data.space.points(data.train.rows) * data.space.weight
    first = np.arange(data.looked)
    own = nearest(points[first], points, NEIGHBOURS, first)
    others = nearest(data.space.points(data.natural.rows) * data.space.weight, points, NEIGHBOURS)
    return _mean(own.distances), _mean(others.distances)


def _mean(distances: Array) -> Array:
    return np.asarray(distances.mean(axis=1)) if distances.shape[1] else np.zeros(len(distances))


def _plant(data: Data, places: Places, rng: np.random.Generator) -> Sample:
    """Any label: an outlier is far from its own class as well."""
    rows, given = data.train.rows.copy(), data.train.labels.copy()
    rows[places] = anywhere(data.space, rows[places], rng)
    given[places] = rng.integers(0, data.classes, len(places))
    return Sample(rows, given)
