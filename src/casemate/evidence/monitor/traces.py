"""The queries of a client as points, window by window, and two statistics of a window.

`normality`: PRADA looks at the distance of each query to the nearest earlier one with the same answer. People's queries
give roughly normal distances, synthetic ones (steps, lines) do not. We use the Shapiro-Francia statistic, the squared
correlation of sorted distances with normal scores (Blom's), where the paper uses Shapiro and Wilk's, close to it.
`Outside`: the share of queries that lie farther from the reference than 99 % of it does (Mahalanobis distance).
Sources: Juuti et al. 2019, EuroS&P, "PRADA"; Shapiro and Francia 1972. PRADA can be evaded by who knows it.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from casemate.evidence.monitor.batch import Bools, Floats, Ints, Words64
from casemate.evidence.monitor.space import Points

LEAST = 30  # distances that normality is judged on
CHANCE = 3.72  # deviations of a normal that 1e-4 exceed
_SHRINK = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The current window of a client: points (k, d), answers (k,), times (k,). Worst values of windows before.

    normal: the least normality of a finished window, 2 if none; odd: of those that chance does not explain; outside:
    (hits, rows) of the one with the most.
    """

    name: str
    window: int
    points: Points
    answers: Words64
    times: Ints
    normal: float = 2.0
    odd: float = 2.0
    outside: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Outside:
    """Where the reference lies: its mean (d,), what whitens (d, d), and the distance that 1 % exceed."""

    mean: Floats
    whiten: Floats
    limit: float


def outside_of(reference: Points, share: float = 0.01) -> Outside:
    """Fitted to a sample of the reference, shape (n, d): half for its shape, half for the limit."""
    fitted, held = reference[::2].astype(np.float64), reference[1::2].astype(np.float64)
    mean = fitted.mean(axis=0)
    shape = np.atleast_2d(np.cov(fitted, rowvar=False))
    shape = (1 - _SHRINK) * shape + _SHRINK * np.diag(np.diag(shape)) + 1e-6 * np.eye(shape.shape[0])
    whiten = np.linalg.inv(np.linalg.cholesky(shape)).T
    return Outside(mean, whiten, float(np.quantile((((held - mean) @ whiten) ** 2).sum(axis=1), 1 - share)))


def outsiders(model: Outside, points: Points) -> int:
    """How many points lie outside."""
    return int(((((points.astype(np.float64) - model.mean) @ model.whiten) ** 2).sum(axis=1) > model.limit).sum())


def normality(points: Points, answers: Words64) -> tuple[float | None, bool]:
    """Of the distances to the nearest earlier query with the same answer, in [0, 1], and whether that is odd.

    None with fewer than `LEAST`. Distances beyond three deviations are left out first, as in the paper, and repeated
    queries (distance 0) as well: people repeat themselves. Odd is what normal distances, as few as these, show with
    1e-4 at most (Royston 1993: ln(1 - W') is nearly normal for n from 5 to 5,000). Short windows vary more.
    """
    found = _normality(points, answers)
    if found is None:
        return None, False
    value, n = found
    twice = math.log(math.log(n))
    middle, spread = 1.0521 * (twice - math.log(n)) - 1.2725, 1.0308 - 0.26758 * (twice + 2 / math.log(n))
    return value, math.log(max(1 - value, 1e-12)) > middle + CHANCE * spread


def _normality(points: Points, answers: Words64) -> tuple[float, int] | None:
    """W', and of how many distances."""
    if len(points) <= LEAST:
        return None
    nearest = _nearest(points.astype(np.float64), answers)
    nearest = nearest[np.isfinite(nearest) & (nearest > 1e-3)]
    if nearest.size < LEAST:
        return None
    kept = np.sort(nearest[np.abs(nearest - nearest.mean()) <= 3 * nearest.std()])
    spread = kept - kept.mean()
    scores = _scores(kept.size)
    alike = float((scores**2).sum() * (spread**2).sum())
    return (float((scores @ spread) ** 2 / alike) if alike > 1e-12 else 0.0), kept.size


def _nearest(wide: Floats, answers: Words64) -> Floats:
    """The distance of each query to the nearest earlier one with its answer, infinite if there is none.

    Which is nearest is looked for in float32, which is twice as fast; how far it is away is worked out in float64.
    """
    narrow = wide.astype(np.float32)
    squares, twice = (narrow**2).sum(axis=1), -2 * narrow.T
    mixed = bool((answers != answers[0]).any())
    nearest, none = np.empty(len(wide), np.intp), np.empty(len(wide), np.bool_)
    for start in range(0, len(wide), _STRIP):
        end = min(start + _STRIP, len(wide))
        apart = narrow[start:end] @ twice[:, :end] + squares[:end]
        np.copyto(apart[:, start:], np.inf, where=_not_earlier(end - start))
        if mixed:
            np.copyto(apart, np.inf, where=answers[start:end, None] != answers[None, :end])
        nearest[start:end] = apart.argmin(axis=1)
        none[start:end] = np.isinf(apart[np.arange(end - start), nearest[start:end]])
    away = np.sqrt(((wide - wide[nearest]) ** 2).sum(axis=1))
    return np.asarray(np.where(none, np.inf, away), np.float64)


@functools.lru_cache(maxsize=64)
def _not_earlier(n: int) -> Bools:
    """Which pairs are no query and an earlier one, shape (n, n)."""
    return np.triu(np.ones((n, n), np.bool_))


@functools.lru_cache(maxsize=1024)
def _scores(n: int) -> Floats:
    """Expected order statistics of n standard normals, by Blom's formula, shape (n,)."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])


def followed(trace: Trace, window: int, points: Points, answers: Words64, times: Ints, model: Outside) -> Trace:
    """With more queries, all of one window; a window before it is judged and let go."""
    if window != trace.window:
        normal, odd, outside = judged(trace, model)
        empty = (points[:0], answers[:0], times[:0])
        trace = Trace(trace.name, window, *empty, normal or 2.0, odd or 2.0, outside)
    return Trace(
        trace.name,
        trace.window,
        np.concatenate((trace.points, points)),
        np.concatenate((trace.answers, answers)),
        np.concatenate((trace.times, times)),
        trace.normal,
        trace.odd,
        trace.outside,
    )


def judged(trace: Trace, model: Outside) -> tuple[float | None, float | None, tuple[int, int]]:
    """The least normality, the least that is odd (None if no window is long enough, or odd); the most outsiders of a
    window, and its rows."""
    now, odd = normality(trace.points, trace.answers)
    least = min(2.0 if now is None else now, trace.normal)
    worst = min(now if now is not None and odd else 2.0, trace.odd)
    here = (outsiders(model, trace.points), len(trace.points)) if len(trace.points) else (0, 0)
    most = max(here, trace.outside, key=lambda o: o[0])
    return (None if least > 1 else least), (None if worst > 1 else worst), most


def linked(traces: list[Trace], near: float, most: int) -> Ints:
    """How many pairs of queries of two clients are nearer than `near` without being equal, shape (k, k).

    Each gives at most `most` queries of its current window, evenly spread.
    """
    picked = [t.points[_spread(len(t.points), most)] for t in traces]
    owner = np.repeat(np.arange(len(traces)), [len(p) for p in picked])
    if not owner.size:
        return np.zeros((len(traces), len(traces)), np.int64)
    wide = np.concatenate(picked).astype(np.float32)
    half = (wide**2).sum(axis=1) / 2
    pairs = np.zeros((len(traces), len(traces)), np.int64)
    for start in range(0, len(wide), _ROWS):
        # |a - b|^2 < near^2 where a.b > (|a|^2 + |b|^2 - near^2) / 2; of each pair once
        rows, rest = slice(start, start + _ROWS), slice(start, None)
        product = wide[rows] @ wide[rest].T
        found = np.flatnonzero(product > (half[rows, None] - near**2 / 2) + half[None, rest])
        one, other = found // (len(wide) - start) + start, found % (len(wide) - start) + start
        apart = 2 * (half[one] + half[other] - product.ravel()[found])
        kept = (one < other) & (apart > 1e-6)
        np.add.at(pairs, (owner[one[kept]], owner[other[kept]]), 1)
    pairs += pairs.T
    np.fill_diagonal(pairs, 0)
    return pairs


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


_STRIP = 64  # queries whose distances to all earlier ones are worked out at once: later ones cost nothing
_ROWS = 256  # all pairs of so many may be near: some 100 MB


def _spread(n: int, most: int) -> Ints:
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)
