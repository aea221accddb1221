"""Times of a log as ns since 1970 UTC: ISO 8601 texts, or numbers in a unit that is declared or told by their size.

A time without a zone is taken as UTC and counted. One that is no time, or lies outside 1678 to 2262, is `NO_TIME`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from casemate.evidence.monitor.batch import NO_TIME, Category, Column, Ints, Numeric
from casemate.evidence.monitor.gathered import Gathered, present

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT = 9.2e18  # ns


class Unit(Protocol):
    """What remembers the unit of the first times: ns of one."""

    unit: int | None


def times(column: Column | None, exact: bool, declared: int | None, rows: int, types: Unit, told: Gathered) -> Ints:
    """ns of each row, shape (n,). exact: the numbers are ns. declared: ns of the unit that the map gives."""
    if column is None:
        return np.full(rows, NO_TIME, np.int64)
    if isinstance(column, Category):
        return _texts(column, types, declared, told)
    if exact:
        return np.where(present(column), column.values.astype(np.int64), NO_TIME)
    unit = declared or types.unit
    if unit is None:
        unit = types.unit = _guessed(column)
    return _in_ns(column, unit, told)


def _guessed(column: Numeric) -> int:
    """By the size of the median: seconds since 1970 have ten digits today, milliseconds thirteen."""
    values = column.values[present(column)].astype(np.float64)
    size = float(np.median(np.abs(values))) if values.size else 0.0
    return 1_000_000_000 if size < 1e11 else 1_000_000 if size < 1e14 else 1_000 if size < 1e17 else 1


def _in_ns(column: Numeric, unit: int, told: Gathered) -> Ints:
    there = present(column)
    rough = np.where(there, column.values.astype(np.float64), 0.0) * unit
    good = there & (np.abs(rough) < _LIMIT)
    if wrong := int((there & ~good).sum()):
        told.mistyped("time", wrong)
    if column.values.dtype.kind in "iu":
        exact = np.where(good, column.values, 0).astype(np.int64) * unit
    else:
        exact = (np.round(np.where(good, rough, 0) / 1000)).astype(np.int64) * 1000  # a float of seconds is good for us
    return np.where(good, exact, NO_TIME)


def _texts(column: Category, types: Unit, declared: int | None, told: Gathered) -> Ints:
    parsed = [_text(w) for w in column.words]
    ns = np.array([p[0] for p in parsed] + [NO_TIME], np.int64)
    bare = np.array([p[1] for p in parsed] + [False], np.bool_)[column.codes]
    out = ns[column.codes]
    wrong = (out == NO_TIME) & (column.codes >= 0)
    if wrong.any():
        told.mistyped("time", int(wrong.sum()))
    told.counts["without_zone"] += int(bare.sum())
    return out


def _text(word: str) -> tuple[int, bool]:
    """ns, and whether it had no zone."""
    try:
        moment = datetime.fromisoformat(word.strip())
        bare = moment.tzinfo is None
        apart = (moment.replace(tzinfo=UTC) if bare else moment) - _EPOCH
    except (ValueError, OverflowError):
        return _digits(word), False
    ns = (apart.days * 86_400 + apart.seconds) * 1_000_000_000 + apart.microseconds * 1000
    return (ns, bare) if abs(ns) < _LIMIT else (NO_TIME, False)


def _digits(word: str) -> int:
    """Numbers in quotes, as OTLP writes ns."""
    text = word.strip()
    if not (text.isascii() and text.isdigit() and 9 <= len(text) <= 19):
        return NO_TIME
    number = Numeric(np.array([float(text)]))
    ns = int(text) * _guessed(number)
    return ns if ns < _LIMIT else NO_TIME
