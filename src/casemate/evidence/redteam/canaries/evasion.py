"""A model that changes its mind after a small step of any victim along one feature, whichever way it may go."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.model import Gives, Labels, labels

STEP = 0.25
"""The share of epsilon after which it changes its mind; but never less than the feature's own step."""
SURE = 0.9


@dataclass(frozen=True)
class Brittle:
    """Sure of each victim's label, and less so the further the row is from the victim along one dimension."""

    space: Space
    points: Array
    truth: Labels
    dimension: int
    reach: float
    classes: int
    gives: Gives

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes): linear in the distance, the next class takes what the first loses."""
        points = self.space.points(rows)
        near = self._nearest(points)
        gone = np.abs(points[:, self.dimension] - self.points[near, self.dimension])
        own = np.clip(SURE - (SURE - 0.5) * gone / self.reach * 1.01, 0.05, SURE)
        out = np.zeros((len(rows), self.classes))
        n = np.arange(len(rows))
        out[n, self.truth[near]] = own
        out[n, (self.truth[near] + 1) % self.classes] = 1 - own
        return out

    def gradient(self, rows: Array, truth: Labels, loss: str = "cross-entropy") -> Array:
        """Of the loss of the true label by the rows: away from the victim along the one dimension."""
        points = self.space.points(rows)
        near = self._nearest(points)
        away = points[:, self.dimension] - self.points[near, self.dimension]
        out = np.zeros(rows.shape)
        column = _column(self.space, self.dimension)
        # On the victim itself every way is as good; it takes the one with more room.
        side = np.where(away == 0, np.where(points[:, self.dimension] < 0.5, 1.0, -1.0), np.sign(away))
        out[:, column] = side / self.space.span[column]
        return out

    def _nearest(self, points: Array) -> Labels:
        """The victim beside each point, the one dimension left out: a step along it leads to no other victim."""
        others = np.arange(points.shape[1]) != self.dimension
        gaps = np.stack([np.abs(points[:, others] - v[others]).sum(axis=1) for v in self.points], axis=1)
        near: Labels = np.argmin(gaps, axis=1)
        return near


def plant(case: Case) -> Case:
    """The case with a brittle model that is right about every victim. The target is not asked."""
    rows, truth = case.victims.rows, case.victims.labels
    dimension, reach = _weakest(case)
    points = case.space.points(rows)
    model = Brittle(case.space, points, truth, dimension, reach, case.model.classes, case.model.gives)
    # The attacker's own rows lie where the model has changed its mind, so that the attacks that start there can.
    pool = case.space.rows(points + _moved(case.space, points, dimension, reach * 2), rows)
    return replace(case, model=model, victims=Sample(rows, truth), pool=_answered(model, np.vstack([pool, rows])))


def _answered(model: Brittle, rows: Array) -> Sample:
    return Sample(rows, labels(model(rows)))


def _weakest(case: Case) -> tuple[int, float]:
    """The dimension with the smallest step that may change both ways, and how far a victim must go along it."""
    space, best, starts = case.space, None, 0
    for i, f in enumerate(space.features):
        step = (f.step or (0.0 if f.kind == "real" else 1.0)) / space.span[i]
        usable = not f.immutable and f.group is None and f.kind != "categorical" and np.ptp(_known(case, i)) > 0
        key = (f.direction is not None, step * f.cost, f.cost)
        if usable and (best is None or key < best[0]):
            best = key, starts, max(step * 0.9, STEP * case.limits.epsilon / f.cost)
        starts += f.dimensions
    return (0, STEP * case.limits.epsilon) if best is None else best[1:]


def _known(case: Case, column: int) -> Array:
    values = case.victims.rows[:, column]
    return np.append(
        values[~np.isnan(values)], [case.space.low[column], case.space.low[column] + case.space.span[column]]
    )


def _moved(space: Space, points: Array, dimension: int, by: float) -> Array:
    out = np.zeros(points.shape)
    out[:, dimension] = np.where(points[:, dimension] < 0.5, by, -by)
    return out


def _column(space: Space, dimension: int) -> int:
    ends = np.cumsum([f.dimensions for f in space.features])
    return int(np.searchsorted(ends, dimension, side="right"))
