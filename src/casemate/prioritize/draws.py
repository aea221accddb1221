"""Draws that depend on nothing but a seed and their own content, so that an edit elsewhere redraws nothing (law 6)."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from statistics import NormalDist
from typing import TypeAlias

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # halves numpy's import; nothing here uses BLAS

import numpy as np
from numpy.typing import NDArray

from casemate.core.money import Interval

Array: TypeAlias = NDArray[np.float64]
YEARS = 10_000
_Z95 = NormalDist().inv_cdf(0.95)


def generator(seed: int, *content: object) -> np.random.Generator:
    """A generator of its own for every content: `default_rng([seed, sha256(content)])`."""
    digest = hashlib.sha256(repr(content).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype=np.uint32).tolist()])


def lognormal(interval: Interval) -> tuple[float, float]:
    """Mean and sigma of the logarithm, from a 90 % interval. An interval without width has sigma 0."""
    low, high = max(interval.low, 1e-9), max(interval.high, 1e-9)
    return (float(np.log(low)) + float(np.log(high))) / 2, (float(np.log(high)) - float(np.log(low))) / (2 * _Z95)


@lru_cache(maxsize=1024)
def lognormal_mean(interval: Interval) -> float:
    """Expected value of the lognormal with this 90 % interval."""
    mu, sigma = lognormal(interval)
    return float(np.exp(mu + sigma**2 / 2))


@lru_cache(maxsize=4)
def _normals(years: int) -> Array:
    """Quantiles of the standard normal at (i + 1/2) / n: stratified, so that means need no luck."""
    quantile = NormalDist().inv_cdf
    return np.array([quantile((i + 0.5) / years) for i in range(years)])


@lru_cache(maxsize=64)
def attempts(seed: int, attacker: str, low: float, high: float, years: int = YEARS) -> Array:
    """Attempts a year of one class of attackers, shape (years,). One draw a class: a bad year is bad for all."""
    mu, sigma = lognormal(Interval(low, high))
    return generator(seed, "attempts", attacker).permutation(np.exp(mu + sigma * _normals(years)))


@lru_cache(maxsize=2048)
def success(seed: int, a: float, b: float, years: int = YEARS) -> Array:
    """Success of one attempt, sorted upwards, shape (years,), values in 0..1.

    Sorted, because one attacker's skill decides on all of a scenario's ways: equal beliefs give equal draws, so a way
    that is listed twice is no second chance. Scaled to the mean that they must have, so that it needs no luck.
    """
    drawn = np.sort(generator(seed, "success", round(a, 9), round(b, 9)).beta(a, b, years))
    return np.minimum(drawn * (a / (a + b) / max(float(drawn.mean()), 1e-300)), 1.0)


def ends(draws: Array) -> tuple[float, float]:
    """The 5 % and 95 % quantiles, as np.quantile has them; that one would import all of numpy.ma."""
    at = (len(draws) - 1) * np.array([0.05, 0.95])
    below = at.astype(np.int64)
    above = np.minimum(below + 1, len(draws) - 1)
    found = np.partition(draws, sorted({*below.tolist(), *above.tolist()}))
    low, high, part = found[below], found[above], at - below
    p5, p95 = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part)).tolist()
    return p5, p95


@lru_cache(maxsize=64)
def order(seed: int, content: str, years: int = YEARS) -> NDArray[np.int32]:
    """A permutation of the years that belongs to one scenario's content."""
    return generator(seed, "order", content).permutation(years).astype(np.int32)
