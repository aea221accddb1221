"""Delays of detectors: how many records after a change, at the median and the 95th percentile, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import oracle
from casemate.evidence.monitor.betting import APART
from drift_peers import First
from drift_streams import BASE, BEFORE, MEAN, RISE, TOLERATED, Bools, Floats, changed, rates

Aware = Callable[[Bools, Floats], int]  # low or not, and the rate that each record has after a rise


def unaware(first: First) -> Aware:
    """A detector that sees the records alone."""
    return lambda low, after: first(low)


def told_all(kind: str, change: str, seed: int) -> Aware:
    """The oracle of a kind of stream: it knows what the rate of each record would be after a four-fold rise."""

    def after(n: int, g: np.random.Generator) -> Floats:
        return np.full(n, RISE * BASE) if change == MEAN else RISE * rates(kind, n, g)

    limit = oracle.tuned(after, TOLERATED, APART, np.random.default_rng([seed, 2000]))
    return lambda low, risen: oracle.first(low, risen, TOLERATED, limit)


@dataclass(frozen=True, slots=True)
class Late:
    """The 95th percentile of the delay, and its 95 % interval by order statistics: no assumption but independence."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.0f} ({self.low:.0f} to {self.high:.0f})"


def late_of(found: list[float], share: float = 0.95) -> Late:
    """Of so many delays; infinite where too many were missed."""
    ordered, n = sorted(found), len(found)
    wide = 1.96 * math.sqrt(n * share * (1 - share))
    places = (math.ceil(share * n) - 1, math.floor(share * n - wide) - 1, math.ceil(share * n + wide) - 1)
    return Late(*(ordered[min(max(p, 0), n - 1)] if p < n else math.inf for p in places))


def delays(first: Aware, kind: str, change: str, runs: int, seed: int) -> tuple[str, Late]:
    """Median and 95th percentile of the delay in records, and how many were missed or came too early."""
    found, early = [], 0
    for i in range(runs):
        at = first(*changed(kind, change, np.random.default_rng([seed, i])))
        early += 0 <= at < BEFORE
        if not 0 <= at < BEFORE:
            found.append(at - BEFORE + 1 if at >= 0 else np.inf)
    return told(found, early)


def told(found: list[float], early: int) -> tuple[str, Late]:
    """`median / 95th percentile` with its interval, and the share missed."""
    if not found:
        return "all too early", Late(math.inf, math.inf, math.inf)
    median, late = float(np.quantile(found, 0.5, method="higher")), late_of(found)
    missed = sum(math.isinf(f) for f in found) / len(found)
    words = "missed" if math.isinf(median) else f"{median:.0f} / {'-' if math.isinf(late.value) else late}"
    words += f", {missed:.1%} missed" if missed > 0 else ""
    return words + (f", {early} early" if early else ""), late
