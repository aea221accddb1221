"""Projected gradient descent: follows the gradient of the loss within epsilon, from random starts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.ball import around, project, steepest
from casemate.evidence.redteam.evasion import Hunt, strong

ATTACK = Attack(
    goal="evasion",
    gives="gradients",
    threats=("white-box-attack", "known-weights", "adversarial-input"),
    unit="row",
    source="Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, section 2.1",
    baseline="random-noise",
    nist="NISTAML.022",
)
STEPS, STARTS = 40, 5
"""Steps from each start, and how many starts; fewer where the queries end before. A step costs two queries."""
STRIDE = 2.5
"""A step is STRIDE x epsilon / steps: far enough to reach the border from any start (Madry et al., appendix)."""


def run(case: Case) -> Iterator[Result]:
    """Yields after every step. A row counts as broken within epsilon; it is tried on until it is."""
    hunt = Hunt.begin(case, bounded=True)
    yield hunt.result(0.0)
    queries = case.limits.queries - 1
    steps = min(STEPS, queries // 2)
    for start in range(min(STARTS, queries // (2 * steps)) if steps else 0):
        at = around(hunt, hunt.prey.points)
        for _ in range(steps):
            which = hunt.open(2)
            if not len(which):
                break
            at[which] = _step(hunt, which, at[which], STRIDE * case.limits.epsilon / steps)
            yield hunt.result((start + 1) / STARTS)
    yield strong(hunt.result(1.0), steps == STEPS)


def _step(hunt: Hunt, which: np.ndarray, at: Array, size: float) -> Array:
    slope = hunt.gradient(which, at, "cross-entropy")
    new = project(hunt, at + size * steepest(hunt.case, slope), hunt.prey.points[which])
    hunt.ask(which, new[:, None])
    return new
