"""Rows as points: features standardised by the reference, for what looks at several columns at once.

A number is (x - median) / spread, cut at 8; a word is the standardised logarithm of its share in the reference, so a
rare word is a far point; what is missing stands at 0, the middle. Names are sorted, so order of columns is no matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casemate.evidence.monitor.batch import Array, Batch, Category, Column, Numeric, Words64, hashes, mix64
from casemate.evidence.monitor.sketch_spec import WORDS, pilot

Points = npt.NDArray[np.float32]
CUT = 8.0
AXES = 256  # features that take part, at most: the first by name
_QUARTERS = (0.25, 0.5, 0.75)
_NORMAL = 1.349  # quartile distance of a standard normal


@dataclass(frozen=True, slots=True)
class Axis:
    """One feature. For numbers `words` is empty and shares too; else their shares as seen in the reference."""

    name: str
    centre: float
    spread: float
    words: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Space:
    """The axes, by name."""

    axes: tuple[Axis, ...]


def learn(pilot: Batch) -> Space:
    """The space that the first rows of a reference span. A feature without any spread is left out."""
    found = (_axis(name, pilot.features[name]) for name in sorted(pilot.features)[:AXES])
    return Space(tuple(axis for axis in found if axis is not None))


def points(space: Space, batch: Batch, rows: Array | None = None) -> Points:
    """Of the rows at these places, all if None: shape (rows, axes). An absent feature, or of another type, is 0."""
    out = np.zeros((batch.time.size if rows is None else rows.size, len(space.axes)), np.float32)
    for i, axis in enumerate(space.axes):
        if axis.name in batch.features:
            column = batch.features[axis.name]
            out[:, i] = _along(axis, column if rows is None else _at(column, rows))
    return out


def _at(column: Column, rows: Array) -> Column:
    if isinstance(column, Category):
        return Category(column.codes.take(rows), column.words)
    return Numeric(column.values.take(rows), None if column.null is None else column.null.take(rows))


def _axis(name: str, column: Column) -> Axis | None:
    if isinstance(column, Category):
        return _words(name, column)
    values = pilot(column)
    if not values.size:
        return None
    low, middle, high = _quartiles(values)
    spread = (high - low) / _NORMAL or float(values.astype(np.float64).std())
    return Axis(name, middle, spread) if spread > 0 and np.isfinite(spread) else None


def _quartiles(values: Array) -> list[float]:
    """The three quartiles, interpolated in float64 as `np.quantile` does for float64."""
    last, out = values.size - 1, []
    lower = [int(share * last) for share in _QUARTERS]
    ordered = np.partition(values, sorted({min(place + i, last) for place in lower for i in (0, 1)}))
    for share in _QUARTERS:
        low = int(share * last)
        one, other, part = float(ordered[low]), float(ordered[min(low + 1, last)]), share * last - low
        out.append(one + (other - one) * part if part < 0.5 else other - (other - one) * (1 - part))
    return out


def _words(name: str, column: Category) -> Axis | None:
    seen = np.bincount(column.codes[column.codes >= 0], minlength=len(column.words))
    shares: dict[str, int] = {}
    for code in np.flatnonzero(seen).tolist():
        shares[column.words[code]] = shares.get(column.words[code], 0) + int(seen[code])
    total = sum(shares.values())
    kept = sorted(sorted(shares, key=lambda w: (-shares[w], w))[:WORDS])
    if len(kept) < 2:
        return None
    share = np.array([shares[w] for w in kept]) / total
    centre = float((share * np.log(share)).sum() / share.sum())
    spread = float(np.sqrt((share * (np.log(share) - centre) ** 2).sum() / share.sum()))
    return Axis(name, centre, spread or 1.0, tuple(kept), tuple(share.tolist()))


def _along(axis: Axis, column: Column) -> Array:
    if isinstance(column, Category) != bool(axis.words):
        return np.zeros(1, np.float32)
    if isinstance(column, Numeric):
        values = column.values.astype(np.float64)
        finite = np.isfinite(values) if column.null is None else np.isfinite(values) & ~column.null
        if not finite.all():
            values[~finite] = axis.centre
    else:
        rare = min(axis.shares) / 2
        share = dict(zip(axis.words, axis.shares, strict=True))
        logs = np.log([share.get(w, rare) for w in column.words] + [np.exp(axis.centre)])
        values = logs[column.codes]
    values -= axis.centre  # a copy of our own: in place, because these arrays are what a pass spends its time on
    values /= axis.spread
    np.maximum(values, -CUT, out=values)
    return np.minimum(values, CUT, out=values)


def order(batch: Batch, seed: int) -> Words64:
    """A number for each row, shape (n,), that decides which rows are kept in a sample: the same in any order of rows.

    From the request ids if all have one, else from time, client, confidence and the first four features.
    """
    out = np.full(batch.time.size, mix64(np.array([seed], np.uint64))[0])
    for part in _identity(batch):
        out = mix64(out ^ part)
    return out


def _identity(batch: Batch) -> list[Words64]:
    if batch.id is not None and (batch.id != 0).all():
        return [batch.id]
    columns: list[Column] = [batch.features[name] for name in sorted(batch.features)[:4]]
    if batch.client is not None:
        columns.append(batch.client)
    if batch.confidence is not None:
        columns.append(Numeric(batch.confidence))
    return [batch.time.view(np.uint64), *(fingerprint(c) for c in columns)]


def fingerprint(column: Column) -> Words64:
    """64 bits for each value, shape (n,); null is 0. Equal values give equal bits, whatever their type of number."""
    if isinstance(column, Category):
        return np.append(hashes(column.words), np.uint64(0))[column.codes]
    bits = (column.values.astype(np.float64) + 0.0).view(np.uint64)
    return bits if column.null is None else np.where(column.null, np.uint64(0), bits)
