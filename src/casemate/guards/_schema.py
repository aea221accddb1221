"""What columns a model knows, and rows as guards see them: numbers, a word as its place among the column's words.

The check is strict: a column that lacks or is too many, a value of another type, a number that is not finite, and a
word that no clean row held make a row that is not asked. What is missing (None, NaN) is a matter of input_range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from casemate.core.errors import CasemateError
from casemate.core.space import Array

WORDS = 10_000
"""Different words in one column: more is text, of which no list could be complete."""
WHERE = "rows"
Key = tuple[bool, object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and the place of each word it knows; None for numbers."""

    name: str
    words: Mapping[Key, int] | None = None


@dataclass(frozen=True, slots=True)
class Coded:
    """Rows as guards see them, shape (n, columns), and why each is none, n texts: nothing where it is one."""

    rows: Array
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns in their order. Those of an array have no names."""

    columns: tuple[Column, ...]
    named: bool

    @property
    def names(self) -> list[str]:
        """The names of the columns, in their order."""
        return [c.name for c in self.columns]

    def records(self, rows: Sequence[object]) -> Coded:
        """Rows as they come out of JSON: objects by name, or lists where the columns have no names."""
        wrong = [self._misshapen(r) for r in rows]
        keys: Sequence[Any] = self.names if self.named else range(len(self.columns))
        columns = [[None if w else r[k] for r, w in zip(rows, wrong, strict=True)] for k in keys]  # type: ignore[index]
        return self._coded(columns, wrong)

    def frame(self, x: Any) -> Coded:
        """A frame of pandas with these columns in any order, or an array. Raises CasemateError for another shape."""
        if not self.named:
            return self._array(x)
        if not hasattr(x, "columns"):
            raise CasemateError(WHERE, "are no frame", f"give one with {_shown(self.names)}")
        there = [str(c) for c in x.columns]
        if sorted(there) != sorted(self.names):
            lacks = [n for n in self.names if n not in there]
            what = f"lack {_shown(lacks)}" if lacks else "have columns that nobody knows"
            raise CasemateError(WHERE, what, f"give {_shown(self.names)}, each once")
        return self._coded([_values(x[c], str(c)) for c in self.ordered(x)], [""] * len(x))

    def ordered(self, x: Any) -> list[Any]:
        """The labels of a frame's columns in the order of these; pandas may call one 0 that is `0` here."""
        labels = {str(c): c for c in x.columns}
        return [labels[n] for n in self.names]

    def _array(self, x: Any) -> Coded:
        rows = _numbers(x)
        if rows.shape[1] != len(self.columns):
            raise CasemateError(
                WHERE, f"have {rows.shape[1]} columns, not {len(self.columns)}", "give those it learned"
            )
        return self._coded(list(rows.T), [""] * len(rows))

    def _misshapen(self, row: object) -> str:
        """What keeps a row from being looked at value by value."""
        if not self.named:
            fits = isinstance(row, list) and len(row) == len(self.columns)
            return "" if fits else f"is no list of {len(self.columns)} values"
        if not isinstance(row, dict):
            return "is no object with the columns by name"
        lacks = [n for n in self.names if n not in row]
        if lacks:
            return f"lacks {_shown(lacks)}"
        return "has a column that nobody knows" if len(row) > len(self.columns) else ""

    def _coded(self, columns: Sequence[Any], wrong: list[str]) -> Coded:
        out = np.full((len(wrong), len(self.columns)), np.nan)
        for place, (column, values) in enumerate(zip(self.columns, columns, strict=True)):
            if isinstance(values, np.ndarray) and column.words is None:
                out[:, place] = values
            else:
                _one_by_one(column, values, out[:, place], wrong)
            for i in np.flatnonzero(np.isinf(out[:, place])):
                wrong[i] = wrong[i] or f"{column.name} is not finite"
        return Coded(out, tuple(wrong))


def schema_of(x: Any) -> tuple[Schema, Array]:
    """The columns of clean rows, a frame of pandas or an array of numbers, and the rows as guards see them.

    Raises CasemateError for columns that are no numbers and no words, and for rows that are not finite.
    """
    if not hasattr(x, "columns"):
        width = _numbers(x).shape[1]
        schema = Schema(tuple(Column(f"column {i + 1}") for i in range(width)), named=False)
    else:
        names = [str(c) for c in x.columns]
        if len(set(names)) < len(names) or not names:
            raise CasemateError(WHERE, "have two columns of one name, or none", "give each column a name")
        schema = Schema(
            tuple(Column(n, _words(_values(x[c], n), n)) for n, c in zip(names, x.columns, strict=True)), True
        )
    coded = schema.frame(x)
    bad = next((f"row {i + 1}: {w}" for i, w in enumerate(coded.wrong) if w), "")
    if bad:
        raise CasemateError(WHERE, bad, "let guards learn from clean rows")
    return schema, coded.rows


def _numbers(x: Any) -> Array:
    """An array of two dimensions, float64."""
    try:
        rows = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise CasemateError(
            WHERE, "hold what is no number", "give a frame of pandas where columns hold words"
        ) from None
    if rows.ndim != 2:
        raise CasemateError(WHERE, f"have {rows.ndim} dimensions, not 2", "give them as (n, columns)")
    return rows


def _values(series: Any, name: str) -> Any:
    """The values of one column of a frame: an array of floats with NaN, or a list with None for what is missing."""
    kind = str(series.dtype).lower()
    if kind.startswith(("int", "uint", "float")):
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind.startswith(("datetime", "timedelta", "complex", "period", "interval")):
        raise CasemateError(WHERE, f"column {name!r} holds {kind}, at which no guard can look", "make it a number")
    return [None if absent else v for v, absent in zip(series.tolist(), series.isna().tolist(), strict=True)]


def _words(values: Any, name: str) -> dict[Key, int] | None:
    """The place of each word among those of a column; None where it holds numbers alone."""
    if isinstance(values, np.ndarray) or all(v is None or _is_number(v) for v in values):
        return None
    words = [v for v in values if v is not None]
    plain = all(isinstance(v, str | bool | int | float) for v in words)
    there = {_key(v) for v in words} if plain else set()
    if not plain or len(there) > WORDS:
        raise CasemateError(
            WHERE, f"column {name!r} holds text or objects", "leave it out, or make it a number or a word"
        )
    return {k: i for i, k in enumerate(sorted(there, key=lambda k: (str(type(k[1])), str(k[1]))))}


def _one_by_one(column: Column, values: Sequence[object], out: Array, wrong: list[str]) -> None:
    """Write the code of each value, or why there is none."""
    for i, v in enumerate(values):
        if v is None or wrong[i]:
            continue
        if column.words is None:
            out[i] = _float(v) if _is_number(v) else np.nan
            wrong[i] = "" if _is_number(v) else f"{column.name} is no number"
        elif isinstance(v, str | bool | int | float) and _key(v) in column.words:
            out[i] = column.words[_key(v)]
        else:
            wrong[i] = f"{column.name} is no word that it knows"


def _is_number(v: object) -> bool:
    return isinstance(v, int | float | np.integer | np.floating) and not isinstance(v, bool)


def _float(v: Any) -> float:
    """Infinite where it is too large."""
    try:
        return float(v)
    except OverflowError:
        return math.inf


def _key(v: object) -> Key:
    """Tells True from 1, which Python takes for the same."""
    return isinstance(v, bool), v


def _shown(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(n[:40]) for n in names[:most]) + more
