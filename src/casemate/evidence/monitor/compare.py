"""Two sketches side by side: how far each column moved, and how much of that chance alone could do.

The floor of noise is a bound, not a p-value. For numbers it is the Dvoretzky-Kiefer-Wolfowitz inequality with Massart's
constant (1990) on each side; for words, the expected total variation (at most sqrt(places / n) / 2) and McDiarmid's
inequality; for shares, Hoeffding's. With probability 1 - alpha the true distance of both sources is at least `value -
floor`, if rows are independent. They rarely are, so what decides is also compared with what is tolerated, and with how
far windows of the reference are from the reference itself (`natural`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor import distance
from casemate.evidence.monitor.alarm import rounded
from casemate.evidence.monitor.sketch import Sketch, column, during, hours_seen
from casemate.evidence.monitor.sketch_counts import Counts
from casemate.evidence.monitor.sketch_heavy import named
from casemate.evidence.monitor.sketch_spec import ColumnSpec, NumericSpec

MARGIN = 1.5  # over the widest natural variation that the reference showed; judgement
WINDOWS = 7  # windows that a reference must have before its own variation is trusted


@dataclass(frozen=True, slots=True)
class Shift:
    """One column in two sketches. value: KS or total variation (`measure`), None if a side has no values.

    floor: what chance can do; natural: what the reference does by itself, None if it is too short to say.
    special: by kind of row without a value, its share before and now and the floor. details: PSI and the others.
    """

    subject: str
    measure: str
    value: float | None
    floor: float
    natural: float | None
    rows: int
    missing: int
    special: tuple[tuple[str, float, float, float], ...] = ()
    details: tuple[tuple[str, float], ...] = ()
    words: tuple[tuple[str, int], ...] = ()


def limit(shift: Shift, tolerated: float) -> float:
    """What `value - floor` has to reach to be drift."""
    return max(tolerated, MARGIN * (shift.natural or 0.0))


def compared(reference: Sketch, current: Sketch, subject: str, alpha: float, natural: float | None) -> Shift:
    """The column in both."""
    spec, one = column(reference, subject)
    _, other = column(current, subject)
    pair = distance.paired(one, other)
    n, m = int(pair.one.sum()), int(pair.other.sum())
    total = int(other.counts.sum())
    special = _specials(one, other, alpha)
    if not n or not m:
        return Shift(subject, "", None, 1.0, natural, m, total - m, special)
    measure, value = distance.effect(spec, pair)
    floor = noise(spec, pair, alpha)
    words = named(dict(current.heavy)[subject], 0.01)[:5] if subject in dict(current.heavy) else ()
    details = _details(spec, pair, one, other)
    return Shift(subject, measure, rounded(value), rounded(floor), natural, m, total - m, special, details, words)


def noise(spec: ColumnSpec, pair: distance.Pair, alpha: float) -> float:
    """The distance that chance exceeds with probability alpha at most, for independent rows."""
    sizes = (int(pair.one.sum()), int(pair.other.sum()))
    if isinstance(spec, NumericSpec):
        return sum(math.sqrt(math.log(4 / alpha) / (2 * n)) for n in sizes)
    several = max(pair.places.size - 1, 1)
    return sum(math.sqrt(several / n) / 2 + math.sqrt(math.log(2 / alpha) / (2 * n)) for n in sizes)


def natural(reference: Sketch, subject: str, hours: int) -> float | None:
    """The farthest that a window of the reference is from all of it; None if it has fewer than `WINDOWS`."""
    seen = hours_seen(reference)
    windows = np.unique(seen[seen >= 0] // hours)
    if windows.size < WINDOWS:
        return None
    spec, whole = column(reference, subject)
    far = 0.0
    for window in windows.tolist():
        part = column(during(reference, window * hours, window * hours + hours - 1), subject)[1]
        pair = distance.paired(part, whole)
        if pair.one.sum() and pair.other.sum():
            far = max(far, distance.effect(spec, pair)[1])
    return rounded(far)


def _details(spec: ColumnSpec, pair: distance.Pair, one: Counts, other: Counts) -> tuple[tuple[str, float], ...]:
    in_order = isinstance(spec, NumericSpec)
    found: dict[str, float | None] = {
        "psi": distance.psi(pair, in_order=in_order),
        "jensen-shannon": distance.jensen_shannon(pair, in_order=in_order),
    }
    if isinstance(spec, NumericSpec):
        spread = distance.deviation(spec, one)
        moved = distance.wasserstein(spec, pair)
        found |= {
            "wasserstein": moved,
            "wasserstein in deviations": moved / spread if spread else None,
            "mean before": distance.mean(spec, one),
            "mean": distance.mean(spec, other),
            "median before": distance.quantile(spec, one, 0.5),
            "median": distance.quantile(spec, other, 0.5),
        }
    return tuple((name, rounded(value)) for name, value in found.items() if value is not None)


def _specials(one: Counts, other: Counts, alpha: float) -> tuple[tuple[str, float, float, float], ...]:
    before, now = distance.specials(one), distance.specials(other)
    n, m = max(int(one.counts.sum()), 1), max(int(other.counts.sum()), 1)
    floor = rounded(sum(math.sqrt(math.log(4 / alpha) / (2 * size)) for size in (n, m)))
    kinds = sorted(set(before) | set(now))
    return tuple((k, rounded(before.get(k, 0) / n), rounded(now.get(k, 0) / m), floor) for k in kinds)
