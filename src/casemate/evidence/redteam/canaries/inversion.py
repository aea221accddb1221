"""A model whose score of a class is highest on the very rows that it learned, and falls with the distance to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.model import Gives, Labels
from casemate.evidence.redteam.nearest import nearest

EACH = 3
"""Rows of each class that it learned: few, so that those who look for them find most."""
CLASSES = 5
MOST = 200
"""Rows of the attacker's pool, and others."""


@dataclass(frozen=True)
class Peaks:
    """Scores from the distance to the nearest learned row of each class."""

    space: Space
    points: Array
    labels: Labels
    classes: int
    gives: Gives = "scores"

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes): 1 on a learned row, 0 of a class of which none was learned."""
        asked = self.space.points(rows) * self.space.weight
        out = np.zeros((len(rows), self.classes))
        for c in np.unique(self.labels):
            far = nearest(asked, self.points[self.labels == c] * self.space.weight, 1).distances[:, 0]
            out[:, c] = 1 / (1 + far)
        return out


def plant(case: Case) -> Case:
    """The case with such a model, and those of its training rows that lie furthest from what the attacker has."""
    assert case.train is not None  # noqa: S101  inversion needs it, and was asked before
    pool = case.pool.take(slice(MOST))
    learned = _secret(case, pool)
    model = Peaks(case.space, case.space.points(learned.rows), learned.labels, case.model.classes)
    return replace(case, model=model, train=learned, pool=pool, victims=case.victims.take(slice(MOST)))


def _secret(case: Case, pool: Sample) -> Sample:
    """Of the first classes the training rows that are furthest from the pool's rows of their class."""
    assert case.train is not None  # noqa: S101
    train = case.train.take(slice(10 * MOST))
    kept: list[int] = []
    for c in [c for c in np.unique(train.labels) if (pool.labels == c).any()][:CLASSES]:
        mine = np.flatnonzero(train.labels == c)
        known = case.space.points(pool.rows[pool.labels == c]) * case.space.weight
        far = nearest(case.space.points(train.rows[mine]) * case.space.weight, known, 1).distances[:, 0]
        kept += mine[np.argsort(-far, kind="stable")[:EACH]].tolist()
    return train.take(np.array(kept, dtype=np.intp))
