"""The ball of radius epsilon that attacks with gradients move in: random starts, projection, steepest directions."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.evasion import Hunt, distance, scale


def around(hunt: Hunt, origins: Array) -> Array:
    """A random point of the ball around each origin, shape (n, dimensions)."""
    case = hunt.case
    if case.limits.norm == "linf":
        moved = case.rng.uniform(-1, 1, origins.shape)
    else:
        moved = case.rng.standard_normal(origins.shape) * case.space.free
        moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
        moved *= case.rng.random((len(origins), 1)) ** (1 / max(1, int(case.space.free.sum())))
    return project(hunt, origins + case.limits.epsilon * moved / scale(case) * case.space.free, origins)


def project(hunt: Hunt, points: Array, origins: Array) -> Array:
    """The nearest points that lie within epsilon of their origins and within the space; steps are left to the rows."""
    case, epsilon = hunt.case, hunt.case.limits.epsilon
    moved = points - origins
    if case.limits.norm == "linf":
        moved = np.clip(moved, -epsilon / scale(case), epsilon / scale(case))
    else:
        far = distance(case, points, origins, "l2")[:, None]
        moved = moved * np.minimum(1.0, epsilon / np.maximum(far, 1e-300))
    return np.asarray(np.clip(origins + moved, 0.0, 1.0))


def steepest(case: Case, slope: Array) -> Array:
    """The step of length one in the norm of the limits that climbs a slope (m, dimensions) fastest."""
    slope = slope / scale(case)
    if case.limits.norm == "linf":
        return np.asarray(np.sign(slope) / scale(case))
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-300) / scale(case))
