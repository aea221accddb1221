"""Exact tests: how likely chance alone finds as much. All are one-sided, and too large rather than too small."""

from __future__ import annotations

from math import exp, lgamma, log

DOUBT = 0.025
"""Above this probability a finding counts as chance: the upper half of what a 95 % interval leaves out."""


def in_front(found: int, allowed: int, members: int, others: int) -> float:
    """How likely scores that say nothing put so many members in front of the first `allowed + 1` others.

    It happens just when the first `found + allowed` of all in order hold at most `allowed` others, which is
    hypergeometric.
    """
    if found == 0:
        return 1.0
    drawn = found + allowed
    most = min(allowed, others)
    return _hypergeometric(max(0, drawn - members), most, drawn, others, members)


def more_often(hits: int, n: int, others: int, m: int) -> float:
    """How likely n rows hold so many of all hits when the m others are no different (Fisher 1922, exact test)."""
    total = hits + others
    return _hypergeometric(hits, min(n, total), total, n, m)


def won(gained: int, lost: int) -> float:
    """How likely a fair coin gives so many rows to one of two that differ in `gained + lost` (McNemar 1947, exact)."""
    n = gained + lost
    return min(1.0, sum(exp(_ways(n, k) - n * log(2)) for k in range(gained, n + 1)))


def excess(found: int, n: int, wrong: int, m: int) -> float:
    """The share of n found beyond what m others give by chance: (p - q) / (1 - q), at least 0.

    q is (wrong + 1) / (m + 1), what the rate behind `wrong` others is expected to be: 0 out of 40 is no rate of 0.
    """
    q = (wrong + 1) / (m + 1)
    return max(0.0, (found / n - q) / (1 - q)) if q < 1 and n else 0.0


def _hypergeometric(least: int, most: int, drawn: int, marked: int, plain: int) -> float:
    """The probability of `least` to `most` marked among so many drawn from marked and plain."""
    low, high = max(least, drawn - plain, 0), min(most, drawn, marked)
    every = _ways(marked + plain, drawn)
    return min(1.0, sum(exp(_ways(marked, k) + _ways(plain, drawn - k) - every) for k in range(low, high + 1)))


def _ways(n: int, k: int) -> float:
    """The logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
