"""Rebuilds what the model takes for typical of each class, and looks whether that comes close to people it learned.

A search over points raises the score of one class, from the pool's mean and from some rows of the pool. It needs
scores alone; a model that gives gradients gives scores as well. What comes out is typical of a class, and most often of
nobody: a training row counts only if a rebuilt row lies at least twice as near to it as all that the attacker had
before, the rows of the pool with that label and their mean, and only so far as this happens to training rows more often
than to others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Attack, Case, Outcome, Point, Result, Sample, share
from casemate.evidence.redteam.chance import DOUBT, excess, more_often
from casemate.evidence.redteam.model import Labels

ATTACK = Attack(
    goal="inversion",
    gives="scores",
    threats=("model-inversion",),
    unit="row",
    source="Fredrikson et al. 2015, Model Inversion Attacks that Exploit Confidence Information, section 5",
    needs=frozenset({"train"}),
    nist="NISTAML.032",
)
CLASSES = 20
"""Classes that are rebuilt at most."""
STARTS = 8
"""Rows of the pool from which the search starts for each class, beside the mean."""
TRIES = 10
"""Changes tried at once of each start."""
STEPS = 100
"""Steps at most, where the limit on queries allows so many tries."""
NEARER = 0.5
"""A rebuilt row must be so much nearer than what was known. Any new row is a bit nearer to somebody."""
MOST = 1000
"""Training rows, others and pool rows that are compared at most."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where the search stands: points (starts, dimensions), their class, its score, and how far the next step goes."""

    points: Array
    target: Labels
    score: Array
    reach: Array


@dataclass(frozen=True, slots=True)
class Crowd:
    """People, as points, and how near to each the attacker had something before: shapes (n, dimensions) and (n,)."""

    points: Array
    labels: Labels
    before: Array

    def near(self, space: Space, s: Search) -> Array:
        """How near the rebuilt rows of their class come to each, shape (n,)."""
        ok = np.isfinite(s.score)
        return _nearest(space, self.points, self.labels, s.points[ok], s.target[ok])


def run(case: Case) -> Iterator[Result]:
    """Yields after every step; each of the training rows is a trial."""
    if case.train is None or not len(case.train) or not len(case.pool):
        raise CasemateError(
            "model inversion", "there are no training rows, or no pool", "name both: --train and --data"
        )
    chosen = np.sort(case.rng.permutation(len(case.train))[:MOST])
    pool = case.pool.take(slice(0, MOST))
    space = Space(tuple(replace(f, immutable=False, direction=None) for f in case.space.features))
    mine = _crowd(space, case.train.take(chosen), pool)
    others = _crowd(space, case.victims.take(slice(0, MOST)), pool)
    points, target = _starts(case, space, pool)
    s = Search(points, target, _score(case, space, points, target), np.full(len(points), 0.3))
    steps = min(STEPS, max(0, case.limits.queries - 1) // TRIES)
    for k in range(steps + 1):
        spent = np.zeros(len(case.train), dtype=np.int64)
        spent[chosen] = -(-len(points) * (1 + k * TRIES) // len(chosen))
        yield _told(chosen, spent, _found(space, mine, others, s), (k + 1) / (steps + 1))
        if k < steps:
            s = _step(case, space, s)


def _starts(case: Case, space: Space, pool: Sample) -> tuple[Array, Labels]:
    """For each class the mean of the pool and some of its rows."""
    everybody = space.points(pool.rows)
    classes = min(case.model.classes, CLASSES)
    some = everybody[case.rng.permutation(len(pool))[:STARTS]]
    one = np.concatenate([everybody.mean(axis=0, keepdims=True), some])
    return _real(space, np.tile(one, (classes, 1))), np.repeat(np.arange(classes), len(one))


def _real(space: Space, points: Array) -> Array:
    """The points of the nearest rows that can exist."""
    return space.points(_rows(space, points))


def _rows(space: Space, points: Array) -> Array:
    return space.rows(points, np.zeros((len(points), len(space.features))))


def _score(case: Case, space: Space, points: Array, target: Labels) -> Array:
    """Of the target class; refused is as bad as can be."""
    return np.nan_to_num(case.model(_rows(space, points))[np.arange(len(points)), target], nan=-np.inf)


def _step(case: Case, space: Space, s: Search) -> Search:
    """Try changes of a few dimensions each, keep the best where it is better, and reach further where it was."""
    n, d = s.points.shape
    few = case.rng.random((n, TRIES, d)) < np.maximum(0.25, 1 / d)
    moves = few * case.rng.standard_normal((n, TRIES, d)) * s.reach[:, None, None]
    tried = _real(space, (s.points[:, None] + moves).reshape(-1, d))
    score = _score(case, space, tried, np.repeat(s.target, TRIES)).reshape(n, TRIES)
    best = score.argmax(axis=1)
    top = score[np.arange(n), best]
    better = top > s.score
    points = np.where(better[:, None], tried.reshape(n, TRIES, d)[np.arange(n), best], s.points)
    reach = np.clip(np.where(better, s.reach * 1.5, s.reach * 0.85), 0.005, 0.5)
    return Search(points, s.target, np.where(better, top, s.score), reach)


@dataclass(frozen=True, slots=True)
class Found:
    """How much nearer than asked the rebuilt rows come to training rows (n,) and to others (m,)."""

    gain: Array
    others: Array
    metrics: dict[str, Point | float | int | str]


def _found(space: Space, mine: Crowd, others: Crowd, s: Search) -> Found:
    near = mine.near(space, s)
    metrics: dict[str, Point | float | int | str] = {
        "rebuilt rows": len(s.points),
        "mean score of the class": float(np.clip(s.score, 0, None).mean()),
    }
    known = np.isfinite(near) & np.isfinite(mine.before)
    if known.any():
        metrics["median distance of training rows to what was rebuilt"] = float(np.median(near[known]))
        metrics["median distance of training rows to what was known"] = float(np.median(mine.before[known]))
    return Found(_gain(mine.before, near), _gain(others.before, others.near(space, s)), metrics)


def _gain(before: Array, near: Array) -> Array:
    gone = np.isinf(near)
    return np.where(gone, -np.inf, NEARER * before - np.where(gone, 0.0, near))


def _told(chosen: NDArray[np.intp], spent: NDArray[np.int64], f: Found, done: float) -> Result:
    """Training rows that rebuilt ones come near to, beyond what happens to others."""
    hits, wrong, n, m = int((f.gain > 0).sum()), int((f.others > 0).sum()), len(f.gain), len(f.others)
    chance = more_often(hits, n, wrong, m) if m else 1.0
    outcomes = np.full(len(spent), Outcome.SKIPPED, dtype=np.int8)
    outcomes[chosen] = Outcome.HELD if m else Outcome.SKIPPED  # with nobody to compare with, nobody held
    if chance <= DOUBT:
        order = np.argsort(-f.gain, kind="stable")[: round(n * excess(hits, n, wrong, m))]
        outcomes[chosen[order]] = Outcome.BROKEN
    near: dict[str, Point | float | int | str] = {
        "training rows that a rebuilt row is near to": share(0.0, hits, n),
        "other rows that a rebuilt row is near to": share(0.0, wrong, m),
        "probability by chance": chance,
    }
    flags = ("what it rebuilds comes no nearer to training rows than to others",) if chance > DOUBT else ()
    return Result(outcomes, spent, done, metrics={**f.metrics, **near}, flags=flags)


def _crowd(space: Space, people: Sample, pool: Sample) -> Crowd:
    """The attacker knows the rows of the pool and the mean of each class."""
    points, known = space.points(people.rows), space.points(pool.rows)
    classes = np.unique(pool.labels)
    means = [known[pool.labels == c].mean(axis=0, keepdims=True) for c in classes]
    had, of = np.concatenate([known, *means]), np.concatenate([pool.labels, classes])
    return Crowd(points, people.labels, _nearest(space, points, people.labels, had, of))


def _nearest(space: Space, points: Array, labels: Labels, others: Array, of: Labels) -> Array:
    """From each point to the nearest of the others of its class, shape (n,); infinite where there is none."""
    out = np.full(len(points), np.inf)
    for c in np.intersect1d(labels, of):
        a, b = points[labels == c] * space.weight, others[of == c] * space.weight
        squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
        out[labels == c] = np.sqrt(np.maximum(squares.min(axis=1), 0))
    return out
