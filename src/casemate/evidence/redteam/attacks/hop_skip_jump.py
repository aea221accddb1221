"""HopSkipJump: walks along the boundary by labels alone, to the nearest row that fools the model.

All rows walk at once, with one call of the model for each step, however many they are. Unlike the paper it starts at
the nearest rows of the attacker's pool that carry another label, and tries all lengths of a jump in one call. Words and
one-hot groups turn over where the projection lets another one win; noise around that place tells which of them matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.evasion import ENOUGH, Hunt, Index, blocks, distance, scale, strong

ATTACK = Attack(
    goal="evasion",
    gives="labels",
    threats=("adversarial-input", "hand-altered-input"),
    unit="row",
    source="Chen, Jordan, Wainwright 2020, HopSkipJumpAttack, algorithms 1 and 2",
    baseline="random-noise",
    nist="NISTAML.022",
)
FIRST = 100
"""Samples of the first estimate of the boundary's direction; the t-th takes sqrt(t) times as many."""
NEIGHBOURS, LINES = 10, 3
"""Rows of the pool that are tried as a start, and how many of them that work are followed to the boundary."""
RANDOM = 100
"""Random rows that are tried as a start where none of the pool works."""
JUMPS = 8
"""Lengths of a jump: the whole, a half, a quarter, ..."""
HALVINGS = 10
"""At least so many steps of a search along a line: to a thousandth of it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the rows `which` stand: points that fool the model, shape (m, dimensions)."""

    which: Index
    at: Array


def run(case: Case) -> Iterator[Result]:
    """Yields after every step of the walk. A row counts as broken within epsilon; the curve has the rest."""
    hunt = Hunt.begin(case, bounded=False)
    yield hunt.result(0.0)
    walk, t = _to_boundary(hunt, _start(hunt)), 0
    yield hunt.result(_done(hunt, walk.which))
    fixed = JUMPS + _halvings(hunt)
    while (samples := min(int(FIRST * np.sqrt(t + 1)), hunt.left(walk.which) - fixed)) >= FIRST // 4:
        t += 1
        walk = _jump(hunt, walk, _direction(hunt, walk, samples, t), t)
        walk = _to_boundary(hunt, Walk(walk.which, walk.at[:, None]))
        yield hunt.result(_done(hunt, walk.which))
    yield strong(hunt.result(1.0), case.limits.queries >= ENOUGH)


def _done(hunt: Hunt, which: Index) -> float:
    return 1 - hunt.left(which) / max(1, hunt.case.limits.queries)


def _free(hunt: Hunt) -> int:
    return max(1, int(hunt.case.space.free.sum()))


def _theta(hunt: Hunt) -> float:
    """The width of a line search as a share, section III-C."""
    d = _free(hunt)
    return float(d**-1.5 if hunt.case.limits.norm == "l2" else d**-2)


def _halvings(hunt: Hunt) -> int:
    return max(HALVINGS, int(np.ceil(-np.log2(_theta(hunt)))))


def _start(hunt: Hunt) -> Walk:
    """Up to LINES points for each row that fool the model, shape (m, LINES, dimensions): of the pool, else random."""
    everyone = np.arange(len(hunt.prey.index))
    tried = min(NEIGHBOURS, hunt.left(everyone))
    if tried < 1:
        return Walk(everyone[:0], hunt.prey.points[:0, None])
    first = _fooling(hunt, everyone, _neighbours(hunt, tried))
    rest = np.setdiff1d(everyone, first.which)
    more = min(RANDOM, hunt.left(rest))
    if more < 1:
        return first
    d = hunt.case.space.dimensions
    random = np.concatenate([first.at[:0], *(  # in parts: 100 points of every row may not fit in memory
        _fooling(hunt, rest[part], hunt.case.rng.random((len(rest[part]), more, d))).at
        for part in blocks(len(rest), more * d)
    )])  # fmt: skip
    return _joined(first, Walk(rest[np.isfinite(hunt.near[rest])], random))


def _joined(a: Walk, b: Walk) -> Walk:
    order = np.argsort(np.concatenate([a.which, b.which]))
    return Walk(np.concatenate([a.which, b.which])[order], np.concatenate([a.at, b.at])[order])


def _neighbours(hunt: Hunt, k: int) -> Array:
    """The k nearest points of the pool with another label for each row, shape (n, k, dimensions); else random ones."""
    case, p = hunt.case, hunt.prey
    pool = case.space.points(case.pool.rows)
    out = case.rng.random((len(p.points), k, case.space.dimensions))
    mine, theirs = p.points * scale(case), pool * scale(case)
    for part in blocks(len(mine), len(pool)):
        square = np.square(mine[part]).sum(1)[:, None] + np.square(theirs).sum(1) - 2 * mine[part] @ theirs.T
        square[p.labels[part][:, None] == case.pool.labels] = np.inf
        order = np.argsort(square, axis=1, kind="stable")[:, :k]
        other = np.isfinite(np.take_along_axis(square, order, axis=1))
        out[part, : order.shape[1]][other] = pool[order[other]]
    return np.where(case.space.free, out, p.points[:, None])


def _fooling(hunt: Hunt, which: Index, points: Array) -> Walk:
    """Of points of shape (m, k, dimensions), the LINES nearest that fool the model; rows with none are left out."""
    fooled = hunt.ask(which, points).fooled
    far = distance(hunt.case, points, hunt.prey.points[which][:, None], hunt.case.limits.norm)
    far[~fooled] = np.inf
    order = np.argsort(far, axis=1, kind="stable")[:, :LINES]
    order = np.where(np.isfinite(np.take_along_axis(far, order, axis=1)), order, order[:, :1])
    order = np.pad(order, ((0, 0), (0, LINES - order.shape[1])), mode="edge")
    some = fooled.any(axis=1)
    return Walk(which[some], np.take_along_axis(points, order[:, :, None], axis=1)[some])


def _to_boundary(hunt: Hunt, walk: Walk) -> Walk:
    """From each of k points (m, k, dimensions) back to the origin as far as the model stays fooled; the nearest."""
    origin, k = hunt.prey.points[walk.which][:, None], walk.at.shape[1]
    high = np.ones(walk.at.shape[:2])
    low = np.zeros_like(high)
    for _ in range(min(_halvings(hunt), hunt.left(walk.which) // k)):
        middle = (low + high) / 2
        fooled = hunt.ask(walk.which, _between(hunt.case, origin, walk.at, middle)).fooled
        high, low = np.where(fooled, middle, high), np.where(fooled, low, middle)
    reached = _between(hunt.case, origin, walk.at, high)
    best = distance(hunt.case, reached, origin, hunt.case.limits.norm).argmin(axis=1)
    return Walk(walk.which, reached[np.arange(len(best)), best])


def _between(case: Case, origin: Array, far: Array, part: Array) -> Array:
    """A part of the way from the origins: along the line, or in linf the box of that part of the distance."""
    if case.limits.norm == "l2":
        return np.asarray(origin + (far - origin) * part[:, :, None])
    radius = (part * distance(case, far, origin, "linf"))[:, :, None] / scale(case)
    return np.clip(far, origin - radius, origin + radius)


def _direction(hunt: Hunt, walk: Walk, samples: int, t: int) -> Array:
    """Where the boundary is left behind fastest, in weighed dimensions, shape (m, dimensions): equation 16."""
    case, d = hunt.case, _free(hunt)
    far = distance(case, walk.at, hunt.prey.points[walk.which], case.limits.norm)
    size = _theta(hunt) * far * (np.sqrt(d) if case.limits.norm == "l2" else d)
    delta = np.full(len(far), 0.1) if t == 1 else np.maximum(size, 1e-12)
    out = np.empty(walk.at.shape)
    for part in blocks(len(far), samples * case.space.dimensions):
        out[part] = _estimate(hunt, Walk(walk.which[part], walk.at[part]), delta[part], samples)
    return out


def _estimate(hunt: Hunt, walk: Walk, delta: Array, samples: int) -> Array:
    case = hunt.case
    shape = (len(walk.which), samples, case.space.dimensions)
    two = case.limits.norm == "l2"
    noise = (case.rng.standard_normal(shape) if two else case.rng.uniform(-1, 1, shape)) * case.space.free
    noise /= np.maximum(np.linalg.norm(noise, axis=2, keepdims=True), 1e-12)
    points = np.clip(walk.at[:, None] + delta[:, None, None] * noise / scale(case), 0, 1)
    sign = np.where(hunt.ask(walk.which, points).fooled, 1.0, -1.0)
    mean = sign.mean(axis=1, keepdims=True)
    sign = np.where(np.abs(mean) == 1, sign, sign - mean)
    moved = (points - walk.at[:, None]) * scale(case)
    found = np.einsum("mb,mbd->md", sign, moved)
    length = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-300)
    return np.asarray(found / length if two else np.sign(found))


def _jump(hunt: Hunt, walk: Walk, direction: Array, t: int) -> Walk:
    """The longest jump that still fools the model; none where no length does."""
    far = distance(hunt.case, walk.at, hunt.prey.points[walk.which], hunt.case.limits.norm) / np.sqrt(t)
    length = far[:, None] * 0.5 ** np.arange(JUMPS)
    points = np.clip(walk.at[:, None] + (direction / scale(hunt.case))[:, None] * length[:, :, None], 0, 1)
    fooled = hunt.ask(walk.which, points).fooled
    first = points[np.arange(len(points)), fooled.argmax(axis=1)]
    return Walk(walk.which, np.where(fooled.any(axis=1, keepdims=True), first, walk.at))
