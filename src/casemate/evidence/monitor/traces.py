"""The queries of a client as points, window by window, and who asks alike.

Of each window two statistics are kept: the normality of its distances (`normality.py`) and, by `Outside`, the share of
queries that lie farther from the reference than 99 % of it does (Mahalanobis distance).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from casemate.evidence.monitor.batch import Bools, Floats, Ints, Words64
from casemate.evidence.monitor.normality import TOGETHER, normalities
from casemate.evidence.monitor.space import Points

PARTS = 8  # of a window, before they are joined
_SHRINK = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Some queries in order: points (k, d), answers (k,), times (k,)."""

    points: Points
    answers: Words64
    times: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The current window of a client, in `PARTS` parts at most, because to join them each time is what takes long.

    Worst values of windows before: normal: the least normality of a finished window, 2 if none; odd: of those that
    chance does not explain; outside: (hits, rows) of the one with the most.
    """

    name: str
    window: int
    parts: tuple[Asked, ...]
    normal: float = 2.0
    odd: float = 2.0
    outside: tuple[int, int] = (0, 0)


def asked(parts: Sequence[Asked]) -> Asked:
    """All of them, at least one, as one."""
    if len(parts) == 1:
        return parts[0]
    points, answers, times = zip(*((p.points, p.answers, p.times) for p in parts), strict=True)
    return Asked(np.concatenate(points), np.concatenate(answers), np.concatenate(times))


@dataclass(frozen=True, slots=True, eq=False)
class Outside:
    """Where the reference lies: its mean (d,), what whitens (d, d), and the distance that 1 % exceed."""

    mean: Floats
    whiten: Floats
    limit: float


def outside_of(reference: Points, share: float = 0.01) -> Outside:
    """Fitted to a sample of the reference, shape (n, d): half for its shape, half for the limit."""
    fitted, held = reference[::2].astype(np.float64), reference[1::2]
    mean = fitted.mean(axis=0)
    shape = np.atleast_2d(np.cov(fitted, rowvar=False))
    shape = (1 - _SHRINK) * shape + _SHRINK * np.diag(np.diag(shape)) + 1e-6 * np.eye(shape.shape[0])
    whiten = np.linalg.inv(np.linalg.cholesky(shape)).T
    return Outside(mean, whiten, float(np.quantile(_far(mean, whiten, held), 1 - share)))


def outsiders(model: Outside, points: Points) -> int:
    """How many points lie outside."""
    return int(outside(model, points).sum())


def outside(model: Outside, points: Points) -> Bools:
    """Which points lie outside, shape (n,)."""
    return np.asarray(_far(model.mean, model.whiten, points) > model.limit)


def _far(mean: Floats, whiten: Floats, points: Points) -> Points:
    """Squared distances, worked out in float32, as points are kept."""
    apart = (points - mean.astype(np.float32)) @ whiten.astype(np.float32)
    return np.asarray(np.einsum("ij,ij->i", apart, apart), np.float32)


def followed(trace: Trace, window: int, more: Asked) -> Trace:
    """With more queries, all of one window; those of another one are let go. `more` is part of a large array."""
    t = trace
    own = Asked(more.points.copy(), more.answers.copy(), more.times.copy())
    parts = (*t.parts, own) if window == t.window else (own,)
    if len(parts) > PARTS:
        parts = (asked(parts),)
    return Trace(t.name, window, parts, t.normal, t.odd, t.outside)


def with_windows(traces: Sequence[Trace], windows: Sequence[tuple[int, Asked]], model: Outside) -> list[Trace]:
    """Each with the worst values of its finished windows, given with their place among the traces."""
    out = list(traces)
    found = normalities([(w.points, w.answers) for _, w in windows])
    for (place, window), (now, odd), hits in zip(windows, found, _hits(windows, model), strict=True):
        t = out[place]
        normal = t.normal if now is None else min(now, t.normal)
        worst = t.odd if now is None or not odd else min(now, t.odd)
        most = max((hits, len(window.points)), t.outside, key=lambda o: o[0])
        out[place] = replace(t, normal=normal, odd=worst, outside=most)
    return out


def _hits(windows: Sequence[tuple[int, Asked]], model: Outside) -> Iterator[int]:
    """How many points of each window lie outside."""
    for start in range(0, len(windows), TOGETHER):
        some = [window.points for _, window in windows[start : start + TOGETHER]]
        ends = np.cumsum([0, *map(len, some)])
        before = np.append(0, np.cumsum(outside(model, np.concatenate(some))))
        yield from (before[ends[1:]] - before[ends[:-1]]).tolist()


def judged(traces: Sequence[Trace], model: Outside) -> list[tuple[float | None, float | None, tuple[int, int]]]:
    """Of each: the least normality, the least that is odd (None if no window is long enough, or odd); the most
    outsiders of a window, and its rows."""
    windows = [(i, asked(t.parts)) for i, t in enumerate(traces) if t.parts]
    return [
        (None if t.normal > 1 else t.normal, None if t.odd > 1 else t.odd, t.outside)
        for t in with_windows(traces, windows, model)
    ]


def linked(traces: Sequence[Trace], near: float, most: int) -> Ints:
    """How many pairs of queries of two clients are nearer than `near` without being equal, shape (k, k).

    Each gives at most `most` queries of its current window, evenly spread.
    """
    picked = [_picked(t, most) for t in traces]
    owner = np.repeat(np.arange(len(traces)), [len(p) for p in picked])
    pairs = np.zeros((len(traces), len(traces)), np.int64)
    if not owner.size:
        return pairs
    wide = np.concatenate([p for p in picked if len(p)])
    by, ends = _along(wide, near)
    wide, owner = wide[by], owner[by]
    half, ones = (wide**2).sum(axis=1, keepdims=True) / 2, np.ones((len(wide), 1), np.float32)
    # |a - b|^2 = -2 (a.b - |a|^2 / 2 - |b|^2 / 2), the products of (a, |a|^2 / 2, 1) and (b, -1, -|b|^2 / 2)
    left, right = np.hstack((wide, half, ones)), np.hstack((wide, -ones, -half)).T.copy()
    for start in range(0, len(wide), _ROWS):
        close = left[start : start + _ROWS] @ right[:, start : ends[min(start + _ROWS, len(wide)) - 1]]
        found = np.flatnonzero(close > -(near**2) / 2)
        one, other = found // close.shape[1] + start, found % close.shape[1] + start
        kept = (one < other) & (close.ravel()[found] < -5e-7)
        np.add.at(pairs, (owner[one[kept]], owner[other[kept]]), 1)
    pairs += pairs.T
    np.fill_diagonal(pairs, 0)
    return pairs


def _along(wide: Points, near: float) -> tuple[Ints, Ints]:
    """The points in order along the direction in which they are spread most, and the end of those that are near
    enough along it: who is not near along one direction is not near, which spares two thirds of all pairs."""
    apart = wide - wide.mean(axis=0)
    _, directions = np.linalg.eigh(apart.T @ apart)
    place = apart @ directions[:, -1]
    by = np.argsort(place, kind="stable")
    return by, np.searchsorted(place[by], place[by] + 1.001 * near, side="right")


def gathered(pairs: Ints, start: int, most: int, least: int = 2) -> tuple[int, ...]:
    """The client at `start` and, one by one, who has most pairs with those gathered, at least `least`, up to `most`."""
    inside = [start]
    ties = pairs[start].copy()
    while len(inside) < most:
        ties[inside] = 0
        nearest = int(ties.argmax())
        if ties[nearest] < least:
            break
        inside.append(nearest)
        ties = ties + pairs[nearest]
    return tuple(sorted(inside))


_ROWS = 128  # all pairs of so many may be near: some 50 MB


def _picked(trace: Trace, most: int) -> Points:
    if not trace.parts:
        return np.zeros((0, 0), np.float32)
    points = asked(trace.parts).points
    return points[_spread(len(points), most)]


def _spread(n: int, most: int) -> Ints:
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)
