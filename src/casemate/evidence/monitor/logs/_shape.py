"""From a table with the log's own names to a batch: which column is what, of which type, and at what time.

The type of a column is fixed when it is first seen with values, or by the map. A value of another type is null from
then on, and counted; a number in a column of words is the word that it is written as.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from casemate.evidence.monitor.batch import Array, Batch, Category, Column, Floats, Labels, Numeric, Words64
from casemate.evidence.monitor.gathered import Gathered, number_as_word, present
from casemate.evidence.monitor.logs import _hash, _time
from casemate.evidence.monitor.logs._table import Table
from casemate.evidence.monitor.mapping import FIELDS, Mapping_

ROWS = 131_072  # of a chunk: half of it takes a tenth longer, twice of it takes 80 MB more
MOSTLY = 0.9  # a first piece with that share of numbers has a column of numbers
PREFIXES = ("f.", "features.")
LOST = "lost_rows"  # in a line of its own: how many rows the writer could not write


@dataclass(slots=True)
class Types:
    """What was fixed at first sight: whether a column is of numbers, whether features have a prefix, unit of times."""

    number: dict[str, bool] = field(default_factory=dict)
    prefixed: bool | None = None
    unit: int | None = None


def cut(table: Table) -> Iterator[Table]:
    """The table in parts of at most `ROWS` rows."""
    for start in range(0, table.rows, ROWS):
        if table.rows <= ROWS:
            yield table
            return
        rows = slice(start, start + ROWS)
        columns = {name: _part(c, rows) for name, c in table.columns.items()}
        ids = None if table.ids is None else table.ids[rows]
        yield replace(table, rows=min(ROWS, table.rows - start), columns=columns, ids=ids)


def _part(column: Column, rows: slice | Array) -> Column:
    if isinstance(column, Category):
        return Category(column.codes[rows], column.words)
    return Numeric(column.values[rows], None if column.null is None else column.null[rows])


def shaped(table: Table, mapping: Mapping_, types: Types, told: Gathered) -> Batch | Labels | None:
    """The rows as a batch, or as labels if that is all they are; None if none is left."""
    table = _without_notes(table, told)
    if not table.rows:
        return None
    there = frozenset(table.columns)
    names = {f: name for f in FIELDS if (name := mapping.column(f, there)) is not None}
    got = {f: table.columns[name] for f, name in names.items()}
    features = _features(table, mapping, types, frozenset(names.values()))
    ids = table.ids if table.ids is not None else _ids(got.get("id"))
    if ids is not None and "label" in got and not features and not got.keys() & {"prediction", "confidence"}:
        return _labels(ids, _typed("label", got["label"], types, told), table, told)
    told.saw_columns(there, table.where)
    _noted(got, table.rows, told)
    return Batch(
        _time.times(got.get("time"), names.get("time") in table.exact, mapping.unit("time"), table.rows, types, told),
        _typed("prediction", got["prediction"], types, told) if "prediction" in got else None,
        _floats("confidence", got["confidence"], told) if "confidence" in got else None,
        {name: _typed(name, c, types, told, declared) for name, c, declared in features},
        _as_words(got["client"]) if "client" in got else None,
        _typed("label", got["label"], types, told) if "label" in got else None,
        _latency(got["latency"], mapping, told) if "latency" in got else None,
        ids,
    )


def _without_notes(table: Table, told: Gathered) -> Table:
    """Without the lines in which the writer says how many rows it lost."""
    column = table.columns.get(LOST)
    if not isinstance(column, Numeric):
        return table
    notes = present(column)
    rest = {name: _part(c, ~notes) for name, c in table.columns.items() if name != LOST}
    told.lost(int(np.clip(column.values[notes].astype(np.float64), 0, 1e12).sum()))
    left = {name: c for name, c in rest.items() if not notes.any() or present(c).any()}
    return replace(
        table,
        rows=int((~notes).sum()),
        columns=left,
        ids=None if table.ids is None else table.ids[~notes],
    )


def _features(
    table: Table, mapping: Mapping_, types: Types, used: frozenset[str]
) -> list[tuple[str, Column, bool | None]]:
    """Name, column, and whether it was declared to be of numbers."""
    if mapping.features is not None:
        declared = [(n, None if t is None else t == "number") for n, t in mapping.features]
        return [(n, c, t) for n, t in declared if (c := _named(table, n)) is not None]
    prefixed = {n: _bare(n) for n in table.columns if n.startswith(PREFIXES) and n not in used}
    if types.prefixed is None:
        types.prefixed = bool(prefixed) or not mapping.columns
    if not types.prefixed:
        prefixed = {n: n for n in table.columns if n not in used and not _known(n)}
    return [(short, table.columns[n], None) for n, short in prefixed.items() if n not in mapping.ignore]


def _named(table: Table, name: str) -> Column | None:
    return next((table.columns[n] for n in (name, *(p + name for p in PREFIXES)) if n in table.columns), None)


def _bare(name: str) -> str:
    return name.removeprefix("features.").removeprefix("f.")


def _known(name: str) -> bool:
    return any(name in names for names in FIELDS.values())


def _ids(column: Column | None) -> Words64 | None:
    if column is None:
        return None
    as_words = _as_words(column)
    hashed = np.append(_hash.of_words(as_words.words), np.uint64(0))
    return np.asarray(hashed[as_words.codes], np.uint64)


def _labels(ids: Words64, label: Column, table: Table, told: Gathered) -> Labels | None:
    good = (ids != 0) & present(label)
    if bad := int((~good).sum()):
        told.unreadable(table.where, "a label without a value or without a request id", bad)
    return Labels(ids[good], _part(label, good)) if good.any() else None


def _noted(got: dict[str, Column], rows: int, told: Gathered) -> None:
    for field_, kind in (("confidence kind", "kinds"), ("digest", "digests"), ("sampling", "sampling")):
        if field_ in got:
            told.saw_words(kind, got[field_])
    if "model" in got or "model version" in got:
        told.saw_models(got.get("model"), got.get("model version"), rows)
    if isinstance(status := got.get("status"), Numeric):
        told.counts["failed"] += int((present(status) & (status.values >= 400)).sum())


def _typed(name: str, column: Column, types: Types, told: Gathered, declared: bool | None = None) -> Column:
    """The column in the type that it began with."""
    if isinstance(column, Category) and not present(column).any():
        return column if not types.number.get(name) else _nothing(column.codes.size)
    number = types.number.get(name, declared)
    if number is None:
        number = isinstance(column, Numeric) or _mostly_numbers(column)
    types.number[name] = number
    if number:
        return column if isinstance(column, Numeric) else _parsed(name, column, told)
    if isinstance(column, Numeric) and declared is None:
        told.mistyped(name, int(present(column).sum()))
    return _as_words(column)


def _nothing(rows: int) -> Numeric:
    return Numeric(np.zeros(rows), np.ones(rows, np.bool_))


def _mostly_numbers(column: Category) -> bool:
    """Whether nearly all words are numbers but some are not: such a column was meant to be of numbers."""
    many = np.bincount(column.codes[column.codes >= 0], minlength=len(column.words))
    good = ~np.isnan(_numbers(column.words))
    share = many[good].sum() / max(many.sum(), 1)
    return bool(MOSTLY <= share < 1)


def _numbers(words: tuple[str, ...]) -> Floats:
    return np.array([_number(w) for w in words], np.float64)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan


def _parsed(name: str, column: Category, told: Gathered) -> Numeric:
    values = np.append(_numbers(column.words), 0.0)[column.codes]
    named_nan = np.append([w.strip().lower() in ("nan", "+nan", "-nan") for w in column.words], True)[column.codes]
    wrong = np.isnan(values) & ~named_nan.astype(np.bool_)
    if wrong.any():
        told.mistyped(name, int(wrong.sum()))
    return Numeric(values, wrong | (column.codes < 0))


def _as_words(column: Column) -> Category:
    if isinstance(column, Category):
        return column
    there = present(column)
    values, where = np.unique(column.values[there], return_inverse=True)
    codes = np.full(column.values.size, -1, np.int32)
    codes[there] = where
    return Category(codes, tuple(number_as_word(v) for v in values.tolist()))


def _floats(name: str, column: Column, told: Gathered) -> Floats:
    number = column if isinstance(column, Numeric) else _parsed(name, column, told)
    values = number.values
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    return values if number.null is None else np.where(number.null, np.nan, values)


def _latency(column: Column, mapping: Mapping_, told: Gathered) -> Floats:
    unit = mapping.unit("latency")
    values = _floats("latency", column, told)
    return values if unit is None else values * (unit / 1e6)
