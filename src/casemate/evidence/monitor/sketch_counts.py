"""A table of counts: (hour, place) -> how many, sorted, without zeros. Adding two is associative and commutative.

The key is `(hour + 1) << 17 | place`; hour 0 begins in 1970, and -1 is the hour of rows without a usable time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from casemate.core.errors import Refused
from casemate.evidence.monitor.batch import HOUR, Array, Ints
from casemate.evidence.monitor.sketch_bins import PLACE

NO_HOUR = -1
LAST_HOUR = (2**63 - 1) // HOUR  # in 2262
HOURS = 20_000  # hours in one sketch, at most: two years and a quarter


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Keys, sorted and single, and how often each was seen, both int64, shape (k,)."""

    keys: Ints
    counts: Ints

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Counts)
            and np.array_equal(self.keys, other.keys)
            and np.array_equal(self.counts, other.counts)
        )

    __hash__ = None  # type: ignore[assignment]


EMPTY = Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))


def hours_of(time: Ints) -> Ints:
    """The hour of each row, shape (n,); `NO_HOUR` where the time is missing or before 1970."""
    hours = time // HOUR
    return np.where(hours < 0, NO_HOUR, hours)


def gathered(keys: Ints, counts: Ints) -> Counts:
    """A table from keys in any order; equal ones are added."""
    if not keys.size:
        return EMPTY
    if (keys[1:] > keys[:-1]).all():
        return Counts(keys, counts)
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return Counts(keys[first], np.add.reduceat(counts, first))


def added(tables: Iterable[Counts]) -> Counts:
    """The sum of tables, in whatever order they come."""
    some = [t for t in tables if t.keys.size]
    if len(some) < 2:
        return some[0] if some else EMPTY
    return gathered(np.concatenate([t.keys for t in some]), np.concatenate([t.counts for t in some]))


def hours(table: Counts) -> Ints:
    """The hours that occur, sorted."""
    return np.unique((table.keys >> PLACE) - 1)


def within(table: Counts, first: int, last: int) -> Counts:
    """Only the hours from `first` to `last`, both included."""
    low, high = np.searchsorted(table.keys, ((first + 1) << PLACE, (last + 2) << PLACE))
    return Counts(table.keys[low:high], table.counts[low:high])


def whole(hours: Ints, size: int) -> Ints:
    """The first hour of the window of so many in which each hour lies; `NO_HOUR` stays."""
    return hours if size == 1 else np.where(hours < 0, hours, hours // size * size)


def folded(table: Counts, size: int) -> Counts:
    """Each hour put to the first of its window of so many hours; rows without a time stay apart."""
    first = whole((table.keys >> PLACE) - 1, size)
    return gathered((first + 1) << PLACE | table.keys & ((1 << PLACE) - 1), table.counts)


def places(table: Counts) -> Counts:
    """The table without its hours: place -> how many."""
    return gathered(table.keys & ((1 << PLACE) - 1), table.counts)


def bounded(table: Counts) -> Counts:
    """The same table; `Refused` if it spans too many hours to keep."""
    if (found := hours(table).size) > HOURS:
        what = f"its times fall into {found} hours, {HOURS} at most are kept"
        raise Refused("log", what, "check the column of times")
    return table


class Hourly:
    """The hours of a batch, or its windows of so many, worked out once for all its columns."""

    def __init__(self, time: Ints, size: int = 1) -> None:
        hours = whole(hours_of(time), size)
        turns = np.flatnonzero(hours[1:] != hours[:-1]) + 1
        starts = np.concatenate((np.zeros(1, np.int64), turns))
        self.names = hours[starts] if time.size else np.zeros(1, np.int64)
        self.ends = np.append(turns, time.size)
        self.runs = bool((np.diff(self.names) > 0).all())  # each hour is one stretch of rows, as logs mostly are
        self.which: Ints | None = None
        if not self.runs:
            self.names, self.which = np.unique(hours, return_inverse=True)

    def count(self, places: Array, span: int, rows: Array | None = None) -> tuple[Array, Ints]:
        """How often each (hour, place) occurs: places in [0, span), of the rows that are named. Gives both, flat."""
        if (many := self.tally(places, span, rows)) is not None:
            found = np.flatnonzero(many != 0)
            return found, many.ravel()[found]
        return np.unique(self._which(rows) * span + places, return_counts=True)

    def tally(self, places: Array, span: int, rows: Array | None = None) -> Ints | None:
        """The same with its zeros, shape (hours, span); None where that would be large."""
        if self.names.size > 1 and self.names.size * span > 64 * max(places.size, 1 << 14):
            return None
        if not self.runs:
            joint = self._which(rows) * span + places
            return np.bincount(joint, minlength=self.names.size * span).reshape(-1, span)
        ends = self.ends if rows is None else np.searchsorted(rows, self.ends)
        parts = np.split(places, ends[:-1])
        many = [np.bincount(part.astype(np.intp), minlength=span) for part in parts]
        return many[0][None] if len(many) == 1 else np.stack(many)

    def _which(self, rows: Array | None) -> Ints:
        """The place of each row's hour among `names`."""
        if self.which is None:
            self.which = np.repeat(np.arange(self.names.size), np.diff(self.ends, prepend=0))
        return self.which if rows is None else self.which[rows]

    def keyed(self, hour_places: Array, span: int) -> tuple[Ints, Array]:
        """The hour part of the key, and the place, of what `count` gave."""
        if self.names.size == 1:
            return np.full(hour_places.size, (self.names[0] + 1) << PLACE), hour_places
        return (self.names[hour_places // span] + 1) << PLACE, hour_places % span
