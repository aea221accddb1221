"""Looks for training rows whose neighbours mostly have another label; nearer ones count more.

Planted to see what it finds: rows with another label, drawn evenly. Where classes overlap, honest rows look like that
as well: then it finds few, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result, Sample
from casemate.evidence.redteam.model import Labels
from casemate.evidence.redteam.nearest import nearest
from casemate.evidence.redteam.poison import others
from casemate.evidence.redteam.screening import Data, Places, Scores, Screen, screened

ATTACK = Attack(
    goal="screening",
    gives="labels",
    threats=(),
    unit="row",
    source="Brodley and Friedl 1999, Identifying Mislabeled Training Data, section 3, by the weighted neighbours of "
    "Dudani 1976",
    needs=frozenset({"train"}),
    nist="NISTAML.013",
    default=False,
)
NEIGHBOURS = 20


def run(case: Case) -> Iterator[Result]:
    """Yields after the data and after each copy; each training row is a trial."""
    return screened(case, Screen(_score, _plant, "rows whose neighbours have another label"))


def _score(data: Data, rng: np.random.Generator) -> Scores:
    points = data.space.points(data.train.rows) * data.space.weight
    first = np.arange(data.looked)
    near = nearest(points[first], points, NEIGHBOURS, first)
    own = _strange(near.distances, data.train.labels[near.places], data.train.labels[first])
    near = nearest(data.space.points(data.natural.rows) * data.space.weight, points, NEIGHBOURS)
    return own, _strange(near.distances, data.train.labels[near.places], data.natural.labels)


def _strange(far: Array, around: Labels, label: Labels) -> Array:
    """The share of other labels around each, shape (n,); the nearest counts twice as much as the furthest."""
    if not far.shape[1]:
        return np.zeros(len(far))
    weight = 2 - (far - far[:, :1]) / np.maximum(far[:, -1:] - far[:, :1], 1e-12)
    return np.asarray((weight * (around != label[:, None])).sum(axis=1) / weight.sum(axis=1))


def _plant(data: Data, places: Places, rng: np.random.Generator) -> Sample:
    given = data.train.labels.copy()
    given[places] = others(given[places], data.classes, rng)
    return Sample(data.train.rows, given)
