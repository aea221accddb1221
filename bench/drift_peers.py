"""What others use on such streams: 3 sigma of 1,000 records, a CUSUM that is told both rates, and river."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from drift_streams import BASE, DAY, RISE, Bools, Floats, stream

First = Callable[[Bools], int]
ARL = 1e6


def window(low: Bools) -> int:
    """Windows of 1,000 records, mean + 3 sigma."""
    sums = low[: low.size // 1000 * 1000].reshape(-1, 1000).mean(axis=1)
    over = np.flatnonzero(sums > BASE + 3 * math.sqrt(BASE * (1 - BASE) / 1000))
    return int(over[0] + 1) * 1000 - 1 if over.size else -1


def cusum_path(low: Bools) -> Floats:
    up, down = math.log(RISE), math.log((1 - RISE * BASE) / (1 - BASE))
    path = np.cumsum(np.where(low, up, down))
    return np.asarray(path - np.minimum(np.minimum.accumulate(path), 0))


def cusum(limit: float) -> First:
    def first(low: Bools) -> int:
        size = 20_000
        while True:
            over = np.flatnonzero(cusum_path(low[:size]) >= limit)
            if over.size or size >= low.size:
                return int(over[0]) if over.size else -1
            size *= 4

    return first


def tuned(g: np.random.Generator) -> float:
    """The limit that independent records reach once in 10^6: from the maxima of 100 streams of 100,000."""
    peaks = [cusum_path(stream("independent", DAY, g)).max() for _ in range(100)]
    return float(np.quantile(peaks, math.exp(-DAY / ARL)))


def of_river(name: str) -> First | None:
    try:
        drift: Any = importlib.import_module("river.drift")
    except ImportError:
        return None

    def first(low: Bools) -> int:
        detector = getattr(drift, name)()
        for i, value in enumerate(low.tolist()):
            detector.update(value)
            if detector.drift_detected and (not hasattr(detector, "estimation") or detector.estimation > BASE):
                return i
        return -1

    return first
