"""A piece of a log as columns, under the names of prediction_log/1 where the reader could tell them.

Nested objects become names with dots, lists of numbers `name.0`, `name.1` and so on. Whatever is longer, deeper or
wider than the limits here is left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from casemate.evidence.monitor.batch import Array, Category, Column, Numeric, Words64, hash64
from casemate.evidence.monitor.gathered import Gathered

COLUMNS = 2000
BEYOND = f"values beyond the first {COLUMNS} columns are left out"
DEPTH = 4
ITEMS = 256  # of a list that becomes columns
WORD = 256  # characters; a longer word is told by its start and its hash


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """rows: how many. where: `file:line` of the first. mark: where to go on reading behind it.

    ids: `_hash` of each request id, if the column of ids was read as such; it is not in `columns` then.
    exact: columns of time that are already ns. features: whether columns without a known name are features.
    """

    rows: int
    columns: Mapping[str, Column]
    where: str
    mark: int
    ids: Words64 | None = None
    exact: frozenset[str] = frozenset()


def table(rows: Sequence[Mapping[str, Any]], where: str, mark: int, told: Gathered) -> Table:
    """From records. Names with dots for what is nested."""
    places: dict[str, list[Any]] = {}
    left_out = 0
    for place, row in enumerate(rows):
        for name, value in flat(row):
            values = places.get(name)
            if values is None:
                if len(places) >= COLUMNS:
                    left_out += 1
                    continue
                values = places[name] = []
            if len(values) <= place:  # what comes twice under one name counts once
                values += [None] * (place - len(values))
                values.append(value)
    if left_out:
        told.unreadable(where, BEYOND, 0)
    columns = {n: column(v + [None] * (len(rows) - len(v)), n, told) for n, v in places.items()}
    return Table(len(rows), columns, where, mark)


def flat(row: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterable[tuple[str, Any]]:
    """Names and single values of a record."""
    for key, value in row.items():
        kind = type(value)
        if kind is dict and depth < DEPTH:
            yield from flat(value, f"{before}{key}.", depth + 1)
        elif kind is list:
            if len(value) <= ITEMS and not any(type(v) in (dict, list) for v in value):
                yield from ((f"{before}{key}.{i}", v) for i, v in enumerate(value))
            else:
                yield before + key, value
        else:
            yield before + key, value


def column(values: list[Any], name: str, told: Gathered) -> Column:
    """A column of numbers if all that is there are numbers, else of words."""
    kinds = set(map(type, values))
    if kinds <= {float, int, bool, type(None)}:
        return _numbers(values, kinds)
    if odd := sum(type(v) in (dict, list) for v in values):
        told.mistyped(name, odd)
        values = [None if type(v) in (dict, list) else v for v in values]
    return words([v if v is None or type(v) is str else _word(v) for v in values])


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _numbers(values: list[Any], kinds: set[type]) -> Column:
    if kinds <= {type(None)}:
        return Category(np.full(len(values), -1, np.int8), ())
    null = None
    if type(None) in kinds:
        null = np.fromiter((v is None for v in values), np.bool_, len(values))
        values = [0 if v is None else v for v in values]
    if kinds <= {bool, type(None)}:
        return Numeric(np.array(values, np.bool_), null)
    return Numeric(_array(values, kinds), null)


def _array(values: list[Any], kinds: set[type]) -> Array:
    if float not in kinds:
        try:
            return np.array(values, np.int64)
        except OverflowError:
            pass
    try:
        return np.array(values, np.float64)
    except OverflowError:
        return np.array([float(v) if abs(v) < 2**1023 else np.inf * (1 if v > 0 else -1) for v in values], np.float64)


def words(values: Sequence[str | None]) -> Category:
    """A column of words; long ones are shortened."""
    place: dict[str | None, int] = {None: -1}
    codes = np.fromiter((place.setdefault(v, len(place) - 1) for v in values), np.int32, len(values))
    return Category(codes, tuple(shortened(w) for w in place if w is not None))


def shortened(word: str) -> str:
    """The word, or its start and what tells it from others. Half characters become question marks."""
    if len(word) > WORD:
        word = f"{word[:64]}...{hash64(word):016x}"
    return word if word.isascii() else word.encode("utf-8", "replace").decode()
