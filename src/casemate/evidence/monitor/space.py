"""Rows as points: features standardised by the reference, for what looks at several columns at once.

A number is (x - median) / spread, cut at 8; a word is the standardised logarithm of its share in the reference, so a
rare word is a far point; what is missing stands at 0, the middle. Names are sorted, so order of columns is no matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casemate.evidence.monitor.batch import Array, Batch, Category, Column, Floats, Numeric, Words64, hashes, mix64
from casemate.evidence.monitor.sketch_spec import WORDS, pilot

Points = npt.NDArray[np.float32]
CUT = 8.0
AXES = 256  # features that take part, at most: the first by name
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd: 2**64 over the golden ratio
_TINY = 1e-30  # a spread that float32 may not hold
_PART = 3000  # rows that are placed at once
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
    rows = np.arange(batch.time.size) if rows is None else rows
    out = np.empty((rows.size, len(space.axes)), np.float32)
    by = np.argsort(rows, kind="stable")  # as they lie in memory: half of the time
    for start in range(0, rows.size, _PART):
        some = by[start : start + _PART]
        out[some] = np.ascontiguousarray(_placed(space, batch, rows[some]).T)
    return out


def _placed(space: Space, batch: Batch, rows: Array) -> Points:
    """Shape (axes, rows). What is float32 stays so, because its own steps are wider, and is placed all at once."""
    out = np.zeros((len(space.axes), rows.size), np.float32)
    still = np.zeros(len(space.axes)), np.ones(len(space.axes))
    for i, axis in enumerate(space.axes):
        column = batch.features.get(axis.name)
        if isinstance(column, Numeric) and not axis.words and _plain(axis, column):
            out[i], still[0][i], still[1][i] = column.values.take(rows), axis.centre, axis.spread
        elif column is not None and isinstance(column, Category) == bool(axis.words):
            out[i] = _along(axis, column, rows)
    centre, spread = (x.astype(np.float32)[:, None] for x in still)
    finite = np.isfinite(out)
    out = out if finite.all() else np.where(finite, out, centre)
    with np.errstate(over="ignore"):
        out -= centre
        out /= spread
    return np.clip(out, -CUT, CUT, out=out)


def _plain(axis: Axis, column: Numeric) -> bool:
    return column.values.dtype == np.float32 and column.null is None and axis.spread > _TINY


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
    ordered = np.partition(values, sorted({min(int(share * last) + i, last) for share in _QUARTERS for i in (0, 1)}))
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


def _along(axis: Axis, column: Column, rows: Array) -> Floats:
    """The place of these rows along an axis, shape (n,)."""
    if isinstance(column, Category):
        rare = min(axis.shares) / 2
        share = dict(zip(axis.words, axis.shares, strict=True))
        logs = np.log([share.get(w, rare) for w in column.words] + [np.exp(axis.centre)])
        values = logs[column.codes.take(rows)]
    else:
        values = column.values.take(rows).astype(np.float64)
        finite = np.isfinite(values) if column.null is None else np.isfinite(values) & ~column.null.take(rows)
        values = np.where(finite, values, axis.centre)
    with np.errstate(over="ignore"):
        return np.asarray(np.clip((values - axis.centre) / axis.spread, -CUT, CUT), np.float64)


def order(batch: Batch, seed: int) -> Words64:
    """A number for each row, shape (n,), that decides which rows are kept in a sample: the same in any order of rows.

    From the request ids if all have one, else from time, client, confidence and the first feature; the first four of a
    table without a confidence.
    """
    out = np.full(batch.time.size, mix64(np.array([seed], np.uint64))[0])
    for part in _identity(batch):
        out ^= part
        out *= _SPREAD
        out ^= out >> np.uint64(32)
    return mix64(out)


def _identity(batch: Batch) -> list[Words64]:
    if batch.id is not None and (batch.id != 0).all():
        return [batch.id]
    many = 4 if batch.confidence is None else 1
    columns: list[Column] = [batch.features[name] for name in sorted(batch.features)[:many]]
    if batch.client is not None:
        columns.append(batch.client)
    if batch.confidence is not None:
        columns.append(Numeric(batch.confidence))
    return [batch.time.view(np.uint64), *(fingerprint(c) for c in columns)]


def fingerprint(column: Column) -> Words64:
    """64 bits for each value, shape (n,); null is 0. Equal values give equal bits, whatever their type of number."""
    if isinstance(column, Category):
        return np.append(hashes(column.words), np.uint64(0)).take(column.codes)
    bits = np.add(column.values, 0.0, dtype=np.float64).view(np.uint64)  # -0 is 0
    return bits if column.null is None else np.where(column.null, np.uint64(0), bits)
