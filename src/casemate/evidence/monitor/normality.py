"""Normality of distances: are the queries of a window like people's, or made in steps and along lines.

PRADA looks at the distance of each query to the nearest earlier one with the same answer. People's queries give roughly
normal distances, synthetic ones do not. We use the Shapiro-Francia statistic, the squared correlation of sorted
distances with normal scores (Blom's), where the paper uses Shapiro and Wilk's, close to it. Many windows are worked out
together, in float32 as points are kept.
Sources: Juuti et al. 2019, EuroS&P, "PRADA"; Shapiro and Francia 1972. PRADA can be evaded by who knows it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from casemate.evidence.monitor.batch import Bools, Floats, Ints, Words64
from casemate.evidence.monitor.space import Points

Normality = tuple[float | None, bool]  # and whether it is odd
LEAST = 30  # distances that normality is judged on
CHANCE = 3.72  # deviations of a normal that 1e-4 exceed
TOGETHER = 8  # windows that are judged at once: more do not fit near the processor, and take twice as long
_STRIP = 64  # queries whose distances to all earlier ones are worked out at once: later ones cost nothing


def normality(points: Points, answers: Words64) -> Normality:
    """Of the distances to the nearest earlier query with the same answer, in [0, 1], and whether that is odd.

    None with fewer than `LEAST`. Distances beyond three deviations are left out first, as in the paper, and repeated
    queries (distance 0) as well: people repeat themselves. Odd is what normal distances, as few as these, show with
    1e-4 at most (Royston 1993: ln(1 - W') is nearly normal for n from 5 to 5,000). Short windows vary more.
    """
    return normalities([(points, answers)])[0]


def normalities(windows: Sequence[tuple[Points, Words64]]) -> list[Normality]:
    """`normality` of each of many windows. Windows of nearly one size are worked out together: a third of the time."""
    out: list[Normality] = [(None, False)] * len(windows)
    long = [i for i in range(len(windows)) if len(windows[i][0]) > LEAST]
    long.sort(key=lambda i: -len(windows[i][0]))
    for start in range(0, len(long), TOGETHER):
        some = long[start : start + TOGETHER]
        for i, found in zip(some, _judged([windows[i] for i in some]), strict=True):
            out[i] = found
    return out


def _judged(windows: list[tuple[Points, Words64]]) -> list[Normality]:
    away = _nearest(windows)
    there = np.isfinite(away) & (away > 1e-3)
    many = there.sum(axis=1)
    middle, spread = _moments(away, there)
    kept = there & (np.abs(away - middle[:, None]) <= 3 * spread[:, None])
    values, sizes = _straight(away, kept)
    return [
        (value, _odd(value, n)) if found >= LEAST else (None, False)
        for value, n, found in zip(values.tolist(), sizes.tolist(), many.tolist(), strict=True)
    ]


def _moments(values: Floats, there: Bools) -> tuple[Floats, Floats]:
    """Mean and deviation of what is there in each row; 0 where nothing is."""
    many = np.maximum(there.sum(axis=1), 1)
    middle = np.where(there, values, 0).sum(axis=1) / many
    apart = np.where(there, values - middle[:, None], 0)
    return middle, np.sqrt((apart**2).sum(axis=1) / many)


def _straight(away: Floats, kept: Bools) -> tuple[Floats, Ints]:
    """W' of what is kept of each row, and of how many distances: sorted, beside the scores of as many normals."""
    sizes = kept.sum(axis=1)
    ordered = np.sort(np.where(kept, away, np.inf), axis=1)
    scores = np.zeros_like(ordered)
    for row, n in enumerate(sizes.tolist()):
        scores[row, :n] = _scores(n)
    there = np.isfinite(ordered)
    middle = np.where(there, ordered, 0).sum(axis=1) / np.maximum(sizes, 1)
    apart = np.where(there, ordered - middle[:, None], 0)
    alike = (scores**2).sum(axis=1) * (apart**2).sum(axis=1)
    both = (scores * apart).sum(axis=1) ** 2
    return np.where(alike > 1e-12, both / np.maximum(alike, 1e-12), 0.0), sizes


def _odd(value: float, n: int) -> bool:
    twice = math.log(math.log(n))
    middle, spread = 1.0521 * (twice - math.log(n)) - 1.2725, 1.0308 - 0.26758 * (twice + 2 / math.log(n))
    return math.log(max(1 - value, 1e-12)) > middle + CHANCE * spread


def _nearest(windows: list[tuple[Points, Words64]]) -> Floats:
    """The distance of each query to the nearest earlier one of its window with its answer, shape (windows, longest).

    Infinite if there is none, and behind the end of a shorter window. Which is nearest is told by |b|^2 - 2 a.b, one
    product of matrices; how far it is away is worked out from the difference, which is exact for near twins.
    """
    size, axes = max(len(p) for p, _ in windows), windows[0][0].shape[1]
    one = np.zeros((len(windows), size, axes + 1), np.float32)
    said = np.zeros((len(windows), size), np.uint64)
    for i, (points, answers) in enumerate(windows):
        one[i, : len(points), :axes], one[i, : len(points), axes] = points, 1
        said[i, : len(points)] = answers
    other = one * np.float32(-2)
    other[:, :, axes] = np.einsum("kij,kij->ki", one[:, :, :axes], one[:, :, :axes])
    mixed = bool((said != said[:, :1]).any())
    nearest, least = np.empty((len(windows), size), np.intp), np.empty((len(windows), size), np.float32)
    for start in range(0, size, _STRIP):
        end = min(start + _STRIP, size)
        apart = one[:, start:end] @ other[:, :end].transpose(0, 2, 1)
        apart[:, :, start:] += _not_earlier(end - start)
        if mixed:
            np.copyto(apart, np.inf, where=said[:, start:end, None] != said[:, None, :end])
        nearest[:, start:end] = found = apart.argmin(axis=2)
        least[:, start:end] = np.take_along_axis(apart, found[:, :, None], axis=2)[:, :, 0]
    flat = one.reshape(-1, axes + 1)
    apart = one - flat[nearest + np.arange(0, len(flat), size)[:, None]]
    away = np.sqrt(np.einsum("kij,kij->ki", apart, apart).astype(np.float64))
    return np.where(np.isinf(least) | (one[:, :, axes] == 0), np.inf, away)


@functools.lru_cache(maxsize=64)
def _not_earlier(n: int) -> Points:
    """What is added to the distance of a query and one that is not earlier, shape (n, n)."""
    return np.triu(np.full((n, n), np.inf, np.float32))


@functools.lru_cache(maxsize=1024)
def _scores(n: int) -> Floats:
    """Expected order statistics of n standard normals, by Blom's formula, shape (n,)."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])
