"""A sketch: every column of a log counted by hour. Merging is addition, so any split of the rows gives the same bytes.

`observe` counts a batch, `merged` adds sketches, `during` cuts hours out. What the spec does not know is not dropped:
a column that the spec has and the batch has not is `absent`, one of another type is `of another type`, and one that
only the batch has is counted in `unexpected`. Law: observe(a + b) == merged(observe(a), observe(b)), in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import sketch_heavy
from casemate.evidence.monitor.batch import Array, Batch, Category, Column, Ints, Numeric, hash64, subjects
from casemate.evidence.monitor.sketch_bins import (
    ABSENT,
    HIGH,
    LOW,
    MISTYPED,
    NAN,
    NULL,
    as_float32,
    by_value,
    odd,
    ordered,
)
from casemate.evidence.monitor.sketch_counts import (
    EMPTY,
    Counts,
    Hourly,
    added,
    bounded,
    folded,
    gathered,
    hours,
    places,
    within,
)
from casemate.evidence.monitor.sketch_spec import (
    SHARED,
    SHARED_AT,
    CategorySpec,
    ColumnSpec,
    NumericSpec,
    Spec,
)

UNEXPECTED = 256  # names of columns that the spec does not know, at most


@dataclass(frozen=True, slots=True)
class Sketch:
    """rows: how many rows each hour has. columns: one table for each column of the spec, in its order.

    heavy: names of unexpected words by column. unexpected: columns that the spec does not know, and their rows.
    """

    spec: Spec
    rows: Counts
    columns: tuple[Counts, ...]
    heavy: tuple[tuple[str, sketch_heavy.Heavy], ...] = ()
    unexpected: tuple[tuple[str, int], ...] = ()

    __hash__ = None  # type: ignore[assignment]


def empty(spec: Spec) -> Sketch:
    """No rows yet."""
    return Sketch(spec, EMPTY, (EMPTY,) * len(spec.columns))


def observe(spec: Spec, batch: Batch, size: int = 1) -> Sketch:
    """Count a batch, by windows of so many hours: the same as `in_windows` of its hours, in half of the time.

    `Refused` if its times fall into more of them than are kept.
    """
    if not batch.time.size:
        return empty(spec)
    hourly = Hourly(batch.time, size)
    given = subjects(batch)
    tables, heavy = [], []
    for name, column_spec in spec.columns:
        table, words = _counted(column_spec, given.pop(name, None), hourly, batch.time.size)
        tables.append(table)
        if words:
            heavy.append((name, sketch_heavy.with_words(sketch_heavy.NONE, words)))
    rows = _constant(hourly, batch.time.size, 0)
    return Sketch(spec, bounded(rows), tuple(tables), tuple(heavy), _few(dict.fromkeys(given, batch.time.size)))


def merged(*sketches: Sketch) -> Sketch:
    """The sketch of all rows of all of them. `CasemateError` if they count differently."""
    first = sketches[0]
    if any(s.spec != first.spec for s in sketches):
        what = "these sketches count by different specs"
        raise CasemateError("sketch", what, "make each with the spec of one reference")
    heavy: dict[str, sketch_heavy.Heavy] = {}
    unexpected: dict[str, int] = {}
    for sketch in sketches:
        for name, cells in sketch.heavy:
            heavy[name] = sketch_heavy.merged(heavy[name], cells) if name in heavy else cells
        for name, many in sketch.unexpected:
            unexpected[name] = unexpected.get(name, 0) + many
    columns = tuple(added(tables) for tables in zip(*(s.columns for s in sketches), strict=True))
    rows = bounded(added(s.rows for s in sketches))
    return Sketch(first.spec, rows, columns, tuple(sorted(heavy.items())), _few(unexpected))


def during(sketch: Sketch, first: int, last: int) -> Sketch:
    """Only the hours from `first` to `last` (hours since 1970). Names of unexpected words stay those of all hours."""
    columns = tuple(within(table, first, last) for table in sketch.columns)
    return replace(sketch, rows=within(sketch.rows, first, last), columns=columns)


def in_windows(sketch: Sketch, hours: int) -> Sketch:
    """The same counts by windows of so many hours, named by their first: smaller, and all that comparing needs."""
    if hours == 1:
        return sketch
    columns = tuple(folded(table, hours) for table in sketch.columns)
    return replace(sketch, rows=folded(sketch.rows, hours), columns=columns)


def hours_seen(sketch: Sketch) -> Ints:
    """The hours that have rows, sorted; -1 first if some rows had no usable time."""
    return hours(sketch.rows)


def rows_seen(sketch: Sketch) -> int:
    """All rows."""
    return int(sketch.rows.counts.sum())


def column(sketch: Sketch, name: str) -> tuple[ColumnSpec, Counts]:
    """The spec of a column and its counts by place, hours added up. `CasemateError` if the spec has no such column."""
    for (known, spec), table in zip(sketch.spec.columns, sketch.columns, strict=True):
        if known == name:
            return spec, places(table)
    raise CasemateError("sketch", f"no column {name!r} was counted", "name a column of the reference")


def _few(unexpected: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """The first names in order: which are kept does not depend on which came first."""
    return tuple(sorted(unexpected.items())[:UNEXPECTED])


def _constant(hourly: Hourly, size: int, place: int, rows: Ints | None = None) -> Counts:
    many = size if rows is None else rows.size
    if not many:
        return EMPTY
    found, counts = hourly.count(np.zeros(many, np.intp), 1, rows)
    keys, _ = hourly.keyed(found, 1)
    return gathered(keys | place, counts)


def _counted(spec: ColumnSpec, given: Column | None, hourly: Hourly, size: int) -> tuple[Counts, dict[str, int]]:
    if given is None:
        return _constant(hourly, size, ABSENT), {}
    if isinstance(spec, NumericSpec) and isinstance(given, Numeric):
        return _numbers(spec, given, hourly), {}
    if isinstance(spec, CategorySpec) and isinstance(given, Category):
        return _words(spec, given, hourly)
    return _constant(hourly, size, MISTYPED), {}


def _numbers(spec: NumericSpec, given: Numeric, hourly: Hourly) -> Counts:
    rows = None if given.null is None or not given.null.any() else np.flatnonzero(~given.null)
    values = as_float32(given.values if rows is None else given.values[rows], spec.offset)
    raw = values.view(np.uint32) >> np.uint32(32 - spec.bits)
    span = 1 << spec.bits
    many = hourly.tally(raw, span, rows)
    if many is None:
        found, counts = hourly.count(raw, span, rows)
        keys, seen = hourly.keyed(found, span)
        strange = odd(spec.bits)[seen]
        tables = [gathered(keys[~strange] | ordered(spec.bits)[seen[~strange]], counts[~strange])]
    else:
        many, strange = by_value(many)
        found = np.flatnonzero(many != 0)  # of bools: a fifth of the time
        keys, seen = hourly.keyed(found, span)
        tables = [Counts(keys | seen, many.ravel()[found])]
    if strange.any():
        tables += _strange(values, hourly, rows)
    if rows is not None and given.null is not None:
        tables.append(_constant(hourly, 0, NULL, np.flatnonzero(given.null)))
    return added(tables)


def _strange(values: Array, hourly: Hourly, rows: Ints | None) -> list[Counts]:
    kinds = ((np.isnan(values), NAN), (np.isneginf(values), LOW), (np.isposinf(values), HIGH))
    out = []
    for mask, place in kinds:
        where = np.flatnonzero(mask)
        out.append(_constant(hourly, 0, place, where if rows is None else rows[where]))
    return out


def _words(spec: CategorySpec, given: Category, hourly: Hourly) -> tuple[Counts, dict[str, int]]:
    """Words by their places; and the unexpected ones, with their counts."""
    known = {word: place for place, word in enumerate(spec.words)}
    place_of = np.array([known.get(w, -1) for w in given.words] + [NULL], np.int64)
    seen = np.bincount(given.codes[given.codes >= 0], minlength=len(given.words))
    other: dict[str, int] = {}
    for code in np.flatnonzero((place_of[:-1] < 0) & (seen > 0)).tolist():
        word = given.words[code]
        place_of[code] = SHARED_AT + hash64(word) % SHARED
        other[word] = other.get(word, 0) + int(seen[code])
    span = len(given.words) + 1
    found, counts = hourly.count(np.where(given.codes < 0, span - 1, given.codes), span)
    keys, where = hourly.keyed(found, span)
    return gathered(keys | place_of[where], counts), other
