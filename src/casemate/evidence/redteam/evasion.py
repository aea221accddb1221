"""What attacks that change an input share: who is attacked, what counts as fooled, and the curve that comes out.

A hunt is one such attack under way. Attacks propose points (core.space); the hunt makes rows of them that can exist and
that the owner of each victim may reach, asks the model, counts, and keeps the nearest row that fools it. So what was
found until then is there whenever the budget ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Norm, Outcome, Point, Result, share
from casemate.evidence.redteam.model import Differentiable, Labels, ModelError, labels

Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

CURVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
"""Distances at which the curve is told."""
ENOUGH = 1000
"""Queries for each row from which on an attack on answers is as strong as the attacker that we assume: the catalogue
counts about a thousand questions for one who probes a model (black-box-assumption)."""
BLOCK = 1 << 23
"""Numbers that one step of an attack holds at once: 64 MiB."""
TOLERANCE = 1 + 1e-9
"""Scaling a row to a point and back rounds in the last digits."""


@dataclass(frozen=True, slots=True)
class Prey:
    """The victims that the model gets right: a wrong answer needs no attacker."""

    index: Index
    rows: Array
    points: Array
    labels: Labels
    tried: int
    """How many victims there were."""


def prey(case: Case) -> Prey:
    """Ask the model for every victim once, and keep those that it gets right."""
    found = labels(case.model(case.victims.rows)) if len(case.victims) else np.zeros(0, dtype=np.intp)
    right = np.flatnonzero(found == case.victims.labels)
    rows = case.victims.rows[right]
    return Prey(right, rows, case.space.points(rows), case.victims.labels[right], len(case.victims))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model said to k points for each of m rows, shapes (m, k)."""

    fooled: Mask
    """A wrong label, or the wanted one where one is wanted. Refused is not fooled."""
    margins: Array
    """Score of the true class minus the best other, or of the best other minus the wanted: below 0 it is fooled.
    Infinite where refused."""


@dataclass(slots=True)
class Hunt:
    """One attack under way. Rows are counted by their place among the prey."""

    case: Case
    prey: Prey
    bounded: bool
    """Whether the attack stays within epsilon; else it looks for the nearest at any distance."""
    found: Array
    """The nearest rows that fool the model, shape (n, features)."""
    near: Array
    """Their distances; infinite where there is none yet."""
    queries: NDArray[np.int64]
    """Asked for each row beyond the first look at it."""

    @classmethod
    def begin(cls, case: Case, bounded: bool) -> Hunt:
        """Looks at every victim once."""
        return cls.of(case, prey(case), bounded)

    @classmethod
    def of(cls, case: Case, p: Prey, bounded: bool) -> Hunt:
        """A hunt for prey that is known already."""
        n = len(p.index)
        return cls(case, p, bounded, p.rows.copy(), np.full(n, np.inf), np.zeros(n, dtype=np.int64))

    def left(self, which: Index) -> int:
        """Queries that every one of these rows may still cost."""
        if not len(which):
            return 0
        return self.case.limits.queries - 1 - int(self.queries[which].max())

    def open(self, cost: int = 1) -> Index:
        """The rows that are not broken yet and may cost so many queries more."""
        epsilon = self.case.limits.epsilon * TOLERANCE
        return np.flatnonzero((self.near > epsilon) & (self.queries + cost < self.case.limits.queries))

    def ask(self, which: Index, points: Array) -> Asked:
        """Show the model k points for each of m rows, shape (m, k, dimensions); in as few calls as fit in memory."""
        out = Asked(np.zeros(points.shape[:2], dtype=bool), np.full(points.shape[:2], np.inf))
        for part in blocks(len(which), points.shape[1] * points.shape[2]):
            self._ask(which[part], points[part], Asked(out.fooled[part], out.margins[part]))
        return out

    def _ask(self, which: Index, points: Array, out: Asked) -> None:
        m, k, d = points.shape
        owner = np.repeat(which, k)
        answers, fooled = self._answered(owner, points.reshape(-1, d))
        self.queries[which] += k
        out.fooled[:] = fooled.reshape(m, k)
        out.margins[:] = self._margins(answers, self.prey.labels[owner]).reshape(m, k)

    def _margins(self, answers: Array, truth: Labels) -> Array:
        """How far each answer is from what the attacker wants; below 0 it is that."""
        wanted = self.case.wanted
        return margins(answers, truth) if wanted is None else -margins(answers, np.full(len(answers), wanted))

    def scores(self, which: Index, points: Array) -> Array:
        """What the model answers to one point of each row, shapes (m, dimensions) and (m, classes)."""
        answers, _ = self._answered(which, points)
        self.queries[which] += 1
        return answers

    def _answered(self, owner: Index, points: Array) -> tuple[Array, Mask]:
        rows = self.case.space.rows(points, self.prey.rows[owner])
        answers = self.case.model(rows)
        said = labels(answers)
        fooled = self.case.fools(said, self.prey.labels[owner])
        self._keep(owner[fooled], rows[fooled])
        return answers, fooled

    def _keep(self, owner: Index, rows: Array) -> None:
        """Of rows that fool the model, remember the nearest for each owner; the first among equals."""
        far = distance(self.case, self.case.space.points(rows), self.prey.points[owner], self.case.limits.norm)
        order = np.lexsort((far, owner))
        _, first = np.unique(owner[order], return_index=True)
        best = order[first]
        best = best[far[best] < self.near[owner[best]]]
        self.found[owner[best]], self.near[owner[best]] = rows[best], far[best]

    def gradient(self, which: Index, points: Array, loss: str) -> Array:
        """Of the loss by the point, shape (m, dimensions); 0 for words. Costs one query a row."""
        model, space = self.case.model, self.case.space
        if not isinstance(model, Differentiable):
            raise ModelError("the model", "gives no gradients", "leave out the attacks that need them")
        rows = space.rows(points, self.prey.rows[which])
        found = np.nan_to_num(model.gradient(rows, self.prey.labels[which], loss)) * space.span
        self.queries[which] += 1
        columns = [i for i, f in enumerate(space.features) for _ in range(f.dimensions)]
        words = [f.kind == "categorical" for f in space.features for _ in range(f.dimensions)]
        return np.where(words, 0.0, found[:, columns]) * space.free

    def result(self, done: float) -> Result:
        """What was found so far."""
        return told(self, min(1.0, done))


def blocks(n: int, width: int) -> Iterator[slice]:
    """Parts of n rows of so many numbers that each fit in memory, however wide a row is."""
    step = max(1, BLOCK // max(width, 1))
    return (slice(i, min(n, i + step)) for i in range(0, n, step))


def margins(answers: Array, truth: Labels) -> Array:
    """The true class's score minus the best other's, shape (n,); infinite where the model refused or has no other."""
    n = np.arange(len(answers))
    others = answers.copy()
    others[n, truth] = -np.inf
    best = others.max(axis=1, initial=-np.inf)
    out = answers[n, truth] - best
    return np.where(np.isnan(out), np.inf, out)


def distance(case: Case, points: Array, others: Array, norm: Norm) -> Array:
    """Between points, weighed by what a change costs: shape (n,), or (n, m) for points of shape (n, m, dimensions)."""
    moved = np.abs(points - others) * case.space.weight
    return np.asarray(moved.max(axis=-1, initial=0) if norm == "linf" else np.sqrt(np.square(moved).sum(axis=-1)))


def scale(case: Case) -> Array:
    """The weight of each dimension for geometry, shape (dimensions,): what costs nothing still has a direction."""
    return np.maximum(case.space.weight, 1e-3)


def within(case: Case, points: Array, origins: Array) -> Array:
    """The points, pulled towards their origins until they lie within epsilon. Whole steps stay whole, rounded down.

    Shapes (..., dimensions). A real step beyond the ball would be lost: rounding to the nearest one leaves the ball.
    """
    epsilon, weight, grid = case.limits.epsilon, scale(case), case.space.grid
    moved = points - origins
    if case.limits.norm == "linf":
        moved = np.clip(moved, -epsilon / weight, epsilon / weight)
    else:
        far = np.sqrt(np.square(moved * weight).sum(axis=-1, keepdims=True))
        moved = moved * np.minimum(1.0, epsilon / np.maximum(far, 1e-300))
    if grid.any():
        step = np.where(grid > 0, grid, 1.0)
        moved = np.where(grid > 0, np.sign(moved) * np.floor(np.abs(moved) / step + 1e-9) * step, moved)
    return np.asarray(np.clip(origins + moved, 0.0, 1.0))


def told(hunt: Hunt, done: float) -> Result:
    """A hunt as a result: broken is what fools the model within epsilon. Skipped is what was wrong from
    the start, and what nothing was tried on yet.
    """
    p, limits = hunt.prey, hunt.case.limits
    far, outcomes = np.full(p.tried, np.nan), np.full(p.tried, Outcome.SKIPPED, dtype=np.int8)
    hit = np.isfinite(hunt.near)
    far[p.index[hit]] = hunt.near[hit]
    tried = np.where(hunt.queries > 0, Outcome.HELD, Outcome.SKIPPED)
    outcomes[p.index] = np.where(hunt.near <= limits.epsilon * TOLERANCE, Outcome.BROKEN, tried)
    asked = np.ones(p.tried, dtype=np.int64)
    asked[p.index] += hunt.queries
    adversarial = np.full((p.tried, p.rows.shape[1]), np.nan)
    adversarial[p.index[hit]] = hunt.found[hit]
    reach = limits.epsilon if hunt.bounded else np.inf
    return Result(
        outcomes,
        asked,
        done,
        far,
        adversarial,
        curve(far, len(p.index), limits.epsilon, reach),
        f"distance ({limits.norm}): share of rows broken",
        {"median distance": float(np.median(hunt.near[hit]))} if hit.any() else {},
    )


def curve(far: Array, n: int, epsilon: float, reach: float) -> tuple[Point, ...]:
    """The share of n rows that are broken within each distance, epsilon among them; as far as the attack looked."""
    at = sorted({x for x in CURVE if x <= reach} | {epsilon})
    return tuple(share(x, int((far <= x * TOLERANCE).sum()), n) for x in at)


def strong(result: Result, enough: bool) -> Result:
    """The result, as one of an attack that is as strong as the attacker that we assume where its budget is enough."""
    return replace(result, strength="equal" if enough else "weaker")
