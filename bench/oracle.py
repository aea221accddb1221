"""What nobody can beat: a CUSUM that is told, record by record, how likely low confidence is after the rise.

It makes the promise that the monitor makes: while the rate is what is tolerated, false alarms are a million records
apart on average. It knows everything else, which no detector of ours does: the rate that every record would have after
a four-fold rise, season and burst included. Among all detectors with that promise the CUSUM of the likelihood ratio
has the least delay in the worst case (Lorden 1971, Moustakides 1986), about log(10^6) over the mean divergence of the
new rate from the tolerated one. So where it needs a thousand records, the stream does not say more in fewer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def path(low: Bools, after: Floats, tolerated: float) -> Floats:
    """The CUSUM after each record: low (n,), the rate after a rise (n,). One that is tolerated says nothing."""
    told = np.maximum(after, tolerated)
    ratio = np.where(low, np.log(told / tolerated), np.log1p(-told) - math.log1p(-tolerated))
    sums = np.cumsum(ratio)
    return np.asarray(sums - np.minimum(np.minimum.accumulate(sums), 0))


def first(low: Bools, after: Floats, tolerated: float, limit: float) -> int:
    """The first record at which it alarms, -1 if none."""
    over = np.flatnonzero(path(low, after, tolerated) >= limit)
    return int(over[0]) if over.size else -1


def tuned(
    rates: Callable[[int, np.random.Generator], Floats],
    tolerated: float,
    records: float,
    g: np.random.Generator,
    n: int = 100_000,
    streams: int = 100,
) -> float:
    """The limit that streams of exactly the tolerated rate reach once in so many records: from peaks of `streams`.

    rates: what the rate would be after the rise, for n records.
    """
    peaks = [path(g.random(n) < tolerated, rates(n, g), tolerated).max() for _ in range(streams)]
    return float(np.quantile(peaks, math.exp(-n / records)))
