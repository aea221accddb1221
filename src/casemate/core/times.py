"""How many times as much, as people say it: two digits, which is all that an expert's judgement is good for."""

from __future__ import annotations

import math


def times(value: float) -> str:
    """`6,500`, `40`, `4.0`, `0.5`, `0.12`: two significant digits at most, as exact as what they rest on."""
    if value <= 0:
        return "0"
    digits = 1 - math.floor(math.log10(value))
    rounded = round(value, digits)
    if rounded >= 10 or digits < 1:
        return f"{rounded:,.0f}"
    return f"{rounded:.1f}" if rounded >= 1 else f"{rounded:.6f}".rstrip("0").rstrip(".")
