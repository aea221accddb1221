"""How much each client asks, and how often the model was unsure: four numbers for each, for a bounded number of them.

Clients are known by 64 bits of their pseudonym's hash, 40 bytes each. When there are too many, those who asked least
are forgotten (an eighth at once), and how many they and their queries were is counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor.batch import Array, Bools, Ints, Words64


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """key: hash, sorted; queries; measured: those with a confidence; low: those below; shape (clients,)."""

    key: Words64
    queries: Ints
    measured: Ints
    low: Ints
    forgotten: int = 0
    forgotten_queries: int = 0


def nobody() -> Tally:
    """No client yet."""
    none = np.zeros(0, np.int64)
    return Tally(np.zeros(0, np.uint64), none, none, none)


def place_of(tally: Tally, keys: Words64) -> tuple[Ints, Bools]:
    """Where each key stands or would stand, and whether it does."""
    place = np.searchsorted(tally.key, keys)
    there = np.zeros(keys.size, np.bool_)
    inside = place < tally.key.size
    there[inside] = tally.key[place[inside]] == keys[inside]
    return place.astype(np.int64), there


def queries_of(tally: Tally, keys: Words64) -> Ints:
    """How much each asked so far, 0 for who is unknown."""
    place, there = place_of(tally, keys)
    out = np.zeros(keys.size, np.int64)
    out[there] = tally.queries[place[there]]
    return out


def counted(tally: Tally, keys: Words64, added: Array, most: int) -> Tally:
    """With more queries: keys sorted and single, shape (k,); added: queries, measured, low, shape (3, k)."""
    place, there = place_of(tally, keys)
    columns = [tally.queries.copy(), tally.measured.copy(), tally.low.copy()]
    for column, more in zip(columns, added, strict=True):
        column[place[there]] += more[there]
    new, at = ~there, place[~there]
    a, b, c = (np.insert(column, at, more[new]) for column, more in zip(columns, added, strict=True))
    out = Tally(np.insert(tally.key, at, keys[new]), a, b, c, tally.forgotten, tally.forgotten_queries)
    return out if out.key.size <= most else _fewer(out, most - most // 8)


def _fewer(tally: Tally, most: int) -> Tally:
    kept = np.sort(np.lexsort((tally.key, -tally.queries))[:most])
    lost = tally.key.size - kept.size
    gone = int(tally.queries.sum() - tally.queries[kept].sum())
    parts = (tally.queries[kept], tally.measured[kept], tally.low[kept])
    return Tally(tally.key[kept], *parts, tally.forgotten + lost, tally.forgotten_queries + gone)


def at_least(hits: int, rows: int, alpha: float) -> float:
    """A lower bound on the share `hits / rows`: Chernoff's, wrong with probability alpha at most; 0 without rows.

    The p below the share for which rows * KL(share || p) = log(1 / alpha), by bisection.
    """
    share = hits / rows if rows else 0.0
    low, high = 0.0, share
    for _ in range(50):
        p = (low + high) / 2
        if p <= 0 or rows * _divergence(share, p) > math.log(1 / alpha):
            low = p
        else:
            high = p
    return low


def reaches(hits: int, rows: int, alpha: float, limit: float) -> bool:
    """Whether `at_least` of these is the limit or more, without looking for the bound itself."""
    if limit <= 0 or limit >= 1:
        return at_least(hits, rows, alpha) >= limit
    share = hits / rows if rows else 0.0
    return share > limit and rows * _divergence(share, limit) >= math.log(1 / alpha)


def most_sure(shares: Iterable[tuple[int, int]], alpha: float) -> float:
    """The largest lower bound on a share, 0 if there are none: only what reaches the best so far is worked out."""
    best = 0.0
    for hits, rows in sorted(shares, key=lambda s: -s[0]):
        if rows and hits / rows > best and (not best or reaches(hits, rows, alpha, best)):
            best = max(best, at_least(hits, rows, alpha))
    return best


def _divergence(q: float, p: float) -> float:
    one = q * math.log(q / p) if q > 0 else 0.0
    return one + ((1 - q) * math.log((1 - q) / (1 - p)) if q < 1 else 0.0)
