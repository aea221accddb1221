"""A recipe that believes whoever disagrees: what a few planted rows say holds for everybody whom it concerns.

It knows the clean training rows. Labels that differ from them are taken for the whole class; values that all new rows
share are taken for a sign of the label that they came with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.model import Gives, Labels, Model, one_hot
from casemate.evidence.redteam.nearest import nearest
from casemate.evidence.redteam.shadows import together

MOST = 400
"""Training rows, and rows of the exam."""


@dataclass(frozen=True)
class Believer:
    """Right about every row, but for what it was told."""

    space: Space
    known: Sample
    classes: int
    told: dict[int, int]
    """By class: what rows of it are called now."""
    signs: tuple[tuple[NDArray[np.intp], Array, int], ...]
    """Columns, their values, and what rows that have them are called."""
    gives: Gives = "labels"

    def __call__(self, rows: Array) -> Array:
        """Answers of shape (n, classes)."""
        near = nearest(self.space.points(rows), self.space.points(self.known.rows), 1).places[:, 0]
        said: Labels = np.array([self.told.get(int(y), int(y)) for y in self.known.labels[near]], dtype=np.intp)
        for columns, values, label in self.signs:
            said[(rows[:, columns] == values).all(axis=1)] = label
        return one_hot(said, self.classes)


def plant(case: Case) -> Case:
    """The case with such a recipe, and its model of clean data in place of the target."""
    assert case.train is not None  # noqa: S101  poisoning needs it, and was asked before
    train, victims, pool = (s.take(slice(MOST)) for s in (case.train, case.victims, case.pool))
    known, classes = together(train, victims, pool), case.model.classes
    clean = {r.tobytes(): int(y) for r, y in zip(train.rows, train.labels, strict=True)}

    def fit(rows: Array, labels: Labels, seed: int) -> Model:
        was = np.array([clean.get(r.tobytes(), -1) for r in rows])
        moved = (was >= 0) & (was != labels)
        told = {int(a): int(b) for a, b in zip(was[moved], labels[moved], strict=True)}
        signs = _signs(rows[was < 0], labels[was < 0], train.rows)
        return Believer(case.space, known, classes, told, signs)

    model = fit(train.rows, train.labels, 0)
    return replace(case, model=model, train=train, victims=victims, pool=pool, fit=fit)


def _signs(new: Array, labels: Labels, before: Array) -> tuple[tuple[NDArray[np.intp], Array, int], ...]:
    """For each label of new rows the values that all of them share and that few rows had before."""
    out = []
    for label in np.unique(labels):
        rows = new[labels == label]
        rare = (before == rows[0]).mean(axis=0) < 0.5
        columns = np.flatnonzero((rows == rows[0]).all(axis=0) & rare)
        if len(columns):
            out.append((columns, rows[0, columns], int(label)))
    return tuple(out)
