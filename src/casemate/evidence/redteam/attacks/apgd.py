"""Auto-PGD: gradient ascent with momentum whose step halves by itself when progress ends; no step size to choose.

First on cross-entropy, then, for what still holds, on the difference of logits ratio, which does not vanish where the
model is very sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.ball import around, project, steepest
from casemate.evidence.redteam.evasion import Hunt, Index, strong
from casemate.evidence.redteam.losses import cross_entropy, dlr

ATTACK = Attack(
    goal="evasion",
    gives="gradients",
    threats=("white-box-attack", "known-weights", "adversarial-input"),
    unit="row",
    source="Croce, Hein 2020, Reliable Evaluation of Adversarial Robustness, algorithm 1 and section 3",
    baseline="random-noise",
    nist="NISTAML.022",
)
STEPS = 100
"""Iterations for each loss. One costs two queries: the gradient, and the answer."""
LOSS = {"cross-entropy": cross_entropy, "dlr": dlr}
MOMENTUM, ENOUGH_UP = 0.75, 0.75
"""alpha of the paper, and rho: the share of steps that must have climbed for the step to stay as long as it is."""


@dataclass(slots=True)
class Climb:
    """What is known of each row of the prey during one loss; shapes (n, ...)."""

    at: Array
    before: Array
    """The point before."""
    slope: Array
    best: Array
    top: Array
    """The highest loss, at best."""
    last: Array
    """The loss at `at`."""
    best_slope: Array
    size: Array
    ups: NDArray[np.int64]
    """Steps that climbed since the last checkpoint."""
    halved: NDArray[np.bool_]
    """Whether the step was halved at the last checkpoint, and the highest loss there."""
    mark: Array


def run(case: Case) -> Iterator[Result]:
    """Yields after every step. A row counts as broken within epsilon; it is tried on until it is."""
    hunt = Hunt.begin(case, bounded=True)
    yield hunt.result(0.0)
    # The ratio needs a third class.
    losses = list(LOSS) if case.model.classes > 2 else ["cross-entropy"]
    steps = min(STEPS, (case.limits.queries - 1) // (2 * len(losses)) - 1)
    for turn, loss in enumerate(losses if steps > 0 else ()):
        which = hunt.open(2)
        if not len(which):
            break
        climb = _begin(hunt, which, loss)
        for k in _walk(hunt, climb, loss, steps):
            yield hunt.result((turn + k / steps) / len(losses))
    yield strong(hunt.result(1.0), steps == STEPS)


def checkpoints(steps: int) -> list[int]:
    """Iterations at which the step may halve: shares 0, 0.22, then ever closer by 0.03, at least 0.06 apart."""
    shares = [0.0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return [int(np.ceil(round(s * steps, 6))) for s in shares]


def _begin(hunt: Hunt, which: Index, loss: str) -> Climb:
    n, origin = len(hunt.prey.index), hunt.prey.points
    at, slope, value = around(hunt, origin), np.zeros(origin.shape), np.full(n, -np.inf)
    slope[which] = hunt.gradient(which, at[which], loss)
    value[which] = _loss(hunt, which, at[which], loss)
    size = np.full(n, 2 * hunt.case.limits.epsilon)
    return Climb(at, at.copy(), slope, at.copy(), value, value.copy(), slope.copy(), size,
                 np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool), value.copy())  # fmt: skip


def _walk(hunt: Hunt, c: Climb, loss: str, steps: int) -> Iterator[int]:
    marks = checkpoints(steps)
    for k in range(1, steps + 1):
        which = hunt.open(2)
        if not len(which):
            return
        _step(hunt, c, which, loss, 1.0 if k == 1 else MOMENTUM)
        if k in marks[1:]:
            _halve(c, which, k - marks[marks.index(k) - 1])
        yield k


def _step(hunt: Hunt, c: Climb, which: Index, loss: str, momentum: float) -> None:
    at, origin = c.at[which], hunt.prey.points[which]
    z = project(hunt, at + c.size[which][:, None] * steepest(hunt.case, c.slope[which]), origin)
    new = project(hunt, at + momentum * (z - at) + (1 - momentum) * (at - c.before[which]), origin)
    c.before[which], c.at[which] = at, new
    c.slope[which] = hunt.gradient(which, new, loss)
    value = _loss(hunt, which, new, loss)
    c.ups[which] += value > c.last[which]
    c.last[which] = value
    up = which[value > c.top[which]]
    c.top[up], c.best[up], c.best_slope[up] = c.last[up], c.at[up], c.slope[up]


def _halve(c: Climb, which: Index, since: int) -> None:
    """Conditions 1 and 2 of section 3.1: too few steps climbed, or nothing changed. Then go on from the best."""
    few = c.ups[which] < ENOUGH_UP * since
    stuck = ~c.halved[which] & (c.mark[which] >= c.top[which])
    c.halved[which] = few | stuck
    c.mark[which], c.ups[which] = c.top[which], 0
    again = which[few | stuck]
    c.size[again] /= 2
    c.at[again], c.before[again], c.slope[again] = c.best[again], c.best[again], c.best_slope[again]
    c.last[again] = c.top[again]


def _loss(hunt: Hunt, which: Index, points: Array, loss: str) -> Array:
    return LOSS[loss](hunt.scores(which, points), hunt.prey.labels[which])
