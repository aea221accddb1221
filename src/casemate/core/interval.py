"""The interval of a share that was counted."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054
"""95 % of a normal distribution lie within so many deviations."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of hits / n by Wilson (1927); (0, 1) where nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    p, zz = hits / n, Z * Z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = Z / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
