"""The queries of a client as points, window by window, and two statistics of a window.

`normality`: PRADA looks at the distance of each query to the nearest earlier one with the same answer. People's queries
give roughly normal distances, synthetic ones (steps, lines) do not. We use the Shapiro-Francia statistic, the squared
correlation of sorted distances with normal scores (Blom's), where the paper uses Shapiro and Wilk's, close to it.
`Outside`: the share of queries that lie farther from the reference than 99 % of it does (Mahalanobis distance).
Sources: Juuti et al. 2019, EuroS&P, "PRADA"; Shapiro and Francia 1972. PRADA can be evaded by who knows it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from casemate.evidence.monitor.batch import Floats, Ints, Words64
from casemate.evidence.monitor.space import Points

LEAST = 30  # distances that normality is judged on
_SHRINK = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The current window of a client: points (k, d), answers (k,), times (k,). Worst values of windows before.

    normal: the least normality of a finished window, 2 if none; outside: (hits, rows) of the one with the most.
    """

    name: str
    window: int
    points: Points
    answers: Words64
    times: Ints
    normal: float = 2.0
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


def normality(points: Points, answers: Words64) -> float | None:
    """Of the distances to the nearest earlier query with the same answer, in [0, 1]; None with fewer than `LEAST`.

    Distances beyond three deviations are left out first, as in the paper, and repeated queries (distance 0) as well:
    people repeat themselves.
    """
    if len(points) <= LEAST:
        return None
    wide = points.astype(np.float64)
    squares = (wide**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None] - 2 * wide @ wide.T, 0)
    apart[np.triu_indices(len(wide))] = np.inf
    apart[answers[:, None] != answers[None]] = np.inf
    nearest = np.sqrt(apart.min(axis=1))
    nearest = nearest[np.isfinite(nearest) & (nearest > 1e-3)]
    if nearest.size < LEAST:
        return None
    kept = np.sort(nearest[np.abs(nearest - nearest.mean()) <= 3 * nearest.std()])
    spread = kept - kept.mean()
    scores = _scores(kept.size)
    alike = float((scores**2).sum() * (spread**2).sum())
    return float((scores @ spread) ** 2 / alike) if alike > 1e-12 else 0.0


@functools.lru_cache(maxsize=1024)
def _scores(n: int) -> Floats:
    """Expected order statistics of n standard normals, by Blom's formula, shape (n,)."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])


def followed(trace: Trace, window: int, points: Points, answers: Words64, times: Ints, model: Outside) -> Trace:
    """With more queries, all of one window; a window before it is judged and let go."""
    if window != trace.window:
        normal, outside = judged(trace, model)
        empty = (points[:0], answers[:0], times[:0])
        trace = Trace(trace.name, window, *empty, 2.0 if normal is None else normal, outside)
    return Trace(
        trace.name,
        window,
        np.concatenate((trace.points, points)),
        np.concatenate((trace.answers, answers)),
        np.concatenate((trace.times, times)),
        trace.normal,
        trace.outside,
    )


def judged(trace: Trace, model: Outside) -> tuple[float | None, tuple[int, int]]:
    """The least normality (None if no window was long enough), and the most outsiders of a window with its rows."""
    now = normality(trace.points, trace.answers)
    normal = min(2.0 if now is None else now, trace.normal)
    here = (outsiders(model, trace.points), len(trace.points)) if len(trace.points) else (0, 0)
    worst = max(here, trace.outside, key=lambda o: o[0])
    return (None if normal > 1 else normal), worst


def linked(traces: list[Trace], near: float, most: int) -> Ints:
    """How many pairs of queries of two clients are nearer than `near` without being equal, shape (k, k).

    Each gives at most `most` queries of its current window, evenly spread.
    """
    picked = [t.points[_spread(len(t.points), most)] for t in traces]
    owner = np.repeat(np.arange(len(traces)), [len(p) for p in picked])
    if not owner.size:
        return np.zeros((len(traces), len(traces)), np.int64)
    wide = np.concatenate(picked)
    squares = (wide**2).sum(axis=1)
    pairs = np.zeros((len(traces), len(traces)), np.int64)
    for start in range(0, len(wide), _ROWS):
        rows = slice(start, start + _ROWS)
        apart = squares[rows, None] + squares[None] - 2 * wide[rows] @ wide.T
        one, other = np.nonzero((apart < near**2) & (apart > 1e-6))
        np.add.at(pairs, (owner[one + start], owner[other]), 1)
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


_ROWS = 1024


def _spread(n: int, most: int) -> Ints:
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)
