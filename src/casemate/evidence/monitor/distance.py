"""How far two counted columns are apart: Kolmogorov-Smirnov, total variation, PSI, Jensen-Shannon, Wasserstein.

All come from one histogram. KS and total variation on bins never exceed their value on the rows themselves, so a bound
from below stays one. PSI and Jensen-Shannon use at most 20 groups of equal mass in the reference, because on many thin
bins both mostly measure the size of the sample. Rows that hold no number (null, NaN, infinite, absent, of another
type) are left out of them and compared by `specials`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor.batch import Array, Floats, Ints
from casemate.evidence.monitor.sketch_bins import NAMES, SPECIAL, edges
from casemate.evidence.monitor.sketch_counts import Counts
from casemate.evidence.monitor.sketch_spec import ColumnSpec, NumericSpec

GROUPS = 20
_HALF = 0.5  # added to each group: an empty one must not make PSI infinite


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two histograms over the same places: `places` (k,), `one` and `other` counts (k,), as int64."""

    places: Ints
    one: Ints
    other: Ints


def regular(table: Counts) -> Counts:
    """The rows that hold a value."""
    end = int(np.searchsorted(table.keys, SPECIAL))
    return Counts(table.keys[:end], table.counts[:end])


def specials(table: Counts) -> dict[str, int]:
    """How many rows hold none, by why: null, NaN, infinite, absent, of another type."""
    start = int(np.searchsorted(table.keys, SPECIAL))
    return {NAMES[k]: n for k, n in zip(table.keys[start:].tolist(), table.counts[start:].tolist(), strict=True)}


def paired(one: Counts, other: Counts) -> Pair:
    """Two tables by place (`sketch.column`), their values alone."""
    one, other = regular(one), regular(other)
    places = np.union1d(one.keys, other.keys)
    return Pair(places, _spread(one, places), _spread(other, places))


def _spread(table: Counts, places: Ints) -> Ints:
    out = np.zeros(places.size, np.int64)
    out[np.searchsorted(places, table.keys)] = table.counts
    return out


def _shares(counts: Array) -> Floats:
    return np.asarray(counts / counts.sum(), np.float64)


def ks(pair: Pair) -> float:
    """The largest difference of the distribution functions, in [0, 1]."""
    return float(np.abs(np.cumsum(_shares(pair.one)) - np.cumsum(_shares(pair.other))).max())


def total_variation(pair: Pair) -> float:
    """The share of rows that would have to move to make them alike, in [0, 1]."""
    return float(np.abs(_shares(pair.one) - _shares(pair.other)).sum() / 2)


def psi(pair: Pair, *, in_order: bool) -> float:
    """Population stability index, in nats: sum (q - p) ln(q / p) over groups."""
    p, q = (_shares(side + _HALF) for side in _grouped(pair, in_order))
    return float(((q - p) * np.log(q / p)).sum())


def jensen_shannon(pair: Pair, *, in_order: bool) -> float:
    """Jensen-Shannon divergence in bits, in [0, 1]: 0 if alike, 1 if they share nothing."""
    p, q = (_shares(side) for side in _grouped(pair, in_order))
    middle = (p + q) / 2
    return _divergence(p, middle) / 2 + _divergence(q, middle) / 2


def _divergence(p: Floats, q: Floats) -> float:
    some = p > 0
    return float((p[some] * np.log2(p[some] / q[some])).sum())


def _grouped(pair: Pair, in_order: bool) -> tuple[Ints, Ints]:
    """Neighbours (or, for words, those rare in the reference) together, to at most about GROUPS groups."""
    before = np.cumsum(pair.one) - pair.one
    if in_order:
        group = before * GROUPS // max(int(pair.one.sum()), 1)
        group[(before == 0) & (pair.one == 0)] = -1  # below all of the reference; above all is a group already
    else:
        rank = np.argsort(np.argsort(-pair.one, kind="stable"), kind="stable")
        group = np.minimum(rank, GROUPS - 1)
    _, which = np.unique(group, return_inverse=True)
    return np.bincount(which, pair.one).astype(np.int64), np.bincount(which, pair.other).astype(np.int64)


def centres(spec: NumericSpec, places: Ints) -> Floats:
    """The middle of each bin, in the column's own unit."""
    edge = edges(spec.bits)
    return np.asarray((edge[places] + edge[places + 1]) / 2 + spec.offset, np.float64)


def wasserstein(spec: NumericSpec, pair: Pair) -> float:
    """The mean way that a row has to move, in the column's own unit; exact but for the width of the bins."""
    gap = np.abs(np.cumsum(_shares(pair.one)) - np.cumsum(_shares(pair.other)))[:-1]
    return float((gap * np.diff(centres(spec, pair.places))).sum())


def mean(spec: NumericSpec, table: Counts) -> float | None:
    """The mean from the middles of the bins; None without rows."""
    table = regular(table)
    if not table.keys.size:
        return None
    return float((_shares(table.counts) * centres(spec, table.keys)).sum())


def deviation(spec: NumericSpec, table: Counts) -> float | None:
    """The standard deviation from the middles of the bins; None without rows."""
    table, middle = regular(table), mean(spec, table)
    if middle is None:
        return None
    return math.sqrt(float((_shares(table.counts) * (centres(spec, table.keys) - middle) ** 2).sum()))


def quantile(spec: NumericSpec, table: Counts, share: float) -> float | None:
    """The value below which `share` of the rows lie, interpolated within its bin; None without rows."""
    table = regular(table)
    if not table.keys.size:
        return None
    reached = np.cumsum(table.counts)
    wanted = min(max(share, 0.0), 1.0) * int(reached[-1])
    i = min(int(np.searchsorted(reached, wanted)), reached.size - 1)
    low, high = edges(spec.bits)[table.keys[i]], edges(spec.bits)[table.keys[i] + 1]
    within = 1 - (int(reached[i]) - wanted) / int(table.counts[i])
    return float(low + (high - low) * within + spec.offset)


def share_below(spec: NumericSpec, table: Counts, value: float) -> float | None:
    """The share of rows below a value, interpolated within its bin; None without rows."""
    table = regular(table)
    if not table.keys.size:
        return None
    low, high = edges(spec.bits)[table.keys] + spec.offset, edges(spec.bits)[table.keys + 1] + spec.offset
    width = high - low  # 0 where a bin is one value, such as a confidence of exactly 1
    part = np.where(width > 0, np.clip((value - low) / np.where(width > 0, width, 1), 0, 1), low < value)
    return float((_shares(table.counts) * part).sum())


def effect(spec: ColumnSpec, pair: Pair) -> tuple[str, float]:
    """What drift is decided on: KS for numbers, total variation for words."""
    return ("KS", ks(pair)) if isinstance(spec, NumericSpec) else ("total variation", total_variation(pair))
