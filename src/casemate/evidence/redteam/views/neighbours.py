"""Asks about many rows right beside the one it wants and takes the mean: noise that hangs on the row averages out."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.guards._guard import Guarded

REPEATS = 100
NEAR = 1e-3
"""How far in each dimension, in shares of its range: so near that trees and smooth models answer alike."""


def see(model: Guarded, case: Case) -> Model:
    """The mean answer over neighbours that can exist; refused where all were."""
    space = case.space

    def answer(rows: Array) -> Array:
        points = space.points(rows)
        total, heard = np.zeros((len(rows), model.classes)), np.zeros((len(rows), 1))
        for _ in range(REPEATS):
            moved = space.rows(points + case.rng.uniform(-NEAR, NEAR, points.shape), rows)
            found = model(_at_least_one_step(case, moved, rows))
            total += np.nan_to_num(found)
            heard += ~np.isnan(found[:, :1])
        with np.errstate(invalid="ignore"):
            return np.asarray(total / heard)  # 0 / 0 is NaN: refused

    return Function(answer, model.classes, "scores")


def _at_least_one_step(case: Case, moved: Array, rows: Array) -> Array:
    """Where nothing changed because every number is whole, one feature that may change takes a step."""
    same = np.flatnonzero(((moved == rows) | np.isnan(rows)).all(axis=1))
    free = [i for i, f in enumerate(case.space.features) if not f.immutable and f.kind in ("real", "integer")]
    if not len(same) or not free:
        return moved
    columns = case.rng.choice(free, len(same))
    out = moved.copy()
    out[same, columns] += case.rng.choice([-1.0, 1.0], len(same)) * case.rng.integers(1, 4, len(same))
    points = case.space.points(out[same])
    out[same] = case.space.rows(points, rows[same])
    return out
