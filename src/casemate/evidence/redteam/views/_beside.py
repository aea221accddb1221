"""Rows right beside others: what an attacker asks about where the row itself has an answer of its own."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case

NEAR = 1e-3
"""How far in each dimension, in shares of its range: so near that trees and smooth models answer alike."""


def beside(case: Case, rows: Array) -> Array:
    """One neighbour that can exist for each row (n, features)."""
    points = case.space.points(rows)
    moved = case.space.rows(points + case.rng.uniform(-NEAR, NEAR, points.shape), rows)
    return _at_least_one_step(case, moved, rows)


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
