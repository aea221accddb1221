"""A model that looks at a single feature and has one threshold: whoever copies models copies this one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.model import Gives, labels, one_hot

QUERIES = 100
"""Enough to copy one threshold: an attack is allowed no more here, and costs that much less."""
STEEP = 20.0
"""Slope of the logit, by the range of the feature."""
CLEAR = 0.25
"""Share of the rows beside the threshold that nobody is asked to agree on."""


@dataclass(frozen=True)
class Threshold:
    """The second class above a place along one dimension, the first below; never another."""

    space: Space
    dimension: int
    at: float
    classes: int
    gives: Gives

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""
        z = STEEP * (self.space.points(rows)[:, self.dimension] - self.at)
        p = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
        out = np.zeros((len(rows), self.classes))
        out[:, 0], out[:, 1] = 1 - p, p
        return one_hot(labels(out), self.classes) if self.gives == "labels" else out


def plant(case: Case) -> Case:
    """The case with such a model, labels of its own, and no victim that lies at the threshold."""
    gives: Gives = "labels" if case.model.gives == "labels" else "scores"
    points = case.space.points(np.vstack([case.victims.rows, case.pool.rows]))
    dimension, at = _threshold(points)
    model = Threshold(case.space, dimension, at, case.model.classes, gives)
    far = np.abs(case.space.points(case.victims.rows)[:, dimension] - at)
    clear = case.victims.rows[far >= np.quantile(far, CLEAR)] if len(far) else case.victims.rows
    limits = replace(case.limits, queries=min(case.limits.queries, QUERIES))
    victims, pool = (Sample(r, labels(model(r))) for r in (clear, case.pool.rows))
    return replace(case, model=model, victims=victims, pool=pool, limits=limits)


def _threshold(points: Array) -> tuple[int, float]:
    """The dimension that can be halved most evenly, and where: between two values, the first among equals."""
    best, found = -1.0, (0, 0.5)
    for d in range(points.shape[1]):
        values, counts = np.unique(points[:, d], return_counts=True)
        if len(values) < 2:
            continue
        below = np.cumsum(counts)[:-1] / len(points)
        cut = int(np.argmin(np.abs(below - 0.5)))
        even = 0.5 - abs(float(below[cut]) - 0.5)
        if even > best + 1e-12:
            best, found = even, (d, float(values[cut] + values[cut + 1]) / 2)
    return found
