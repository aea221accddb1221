"""What is counted while a log is read: readers call `unreadable`, `lost` and `mistyped`, `log.py` does the rest.

Whatever could not be read is counted here with the first reasons; nothing is dropped without a trace. All is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from casemate.core.errors import did_you_mean
from casemate.evidence.monitor.batch import HOUR, NO_TIME, Batch, Bools, Category, Column, Labels, Numeric
from casemate.evidence.monitor.tell import plain

REASONS = 10
NAMES = 64  # different models, digests, kinds that are counted by name
HOURS = 20_000  # hours that are told apart
MORE = "(others)"
Model = tuple[str, str]


@dataclass(slots=True)
class Gathered:
    """What is being counted."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    initial: tuple[str, str] | None = None
    todo: str | None = None
    readers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    models: Counter[Model] = field(default_factory=Counter)
    digests: Counter[str] = field(default_factory=Counter)
    sampling: Counter[float] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    hours: set[int] = field(default_factory=set)
    first: int = NO_TIME
    last: int = NO_TIME
    columns: frozenset[str] | None = None
    changes: list[str] = field(default_factory=list)
    mapped: dict[tuple[str, str], bool] = field(default_factory=dict)
    near: tuple[str, ...] = ()

    def unreadable(self, where: str, why: str, rows: int = 1) -> None:
        """Rows that could not be read, and why the first of them could not."""
        self.counts["unreadable"] += rows
        self.initial = self.initial or (plain(where, 200), plain(why, 160))
        if len(self.reasons) < REASONS:
            self.reasons.append(f"{plain(where, 200)}: {plain(why, 160)}")

    def lost(self, rows: int) -> None:
        """Rows that the writer says it lost."""
        self.counts["lost"] += max(0, min(rows, 1 << 40))

    def mistyped(self, column: str, values: int) -> None:
        """Values of another type than the column began with."""
        _count(self.wrong, column, values)

    def saw_columns(self, columns: frozenset[str], where: str) -> None:
        """The columns of a piece; changes against the piece before are told."""
        for words, names in (("appears", columns - (self.columns or columns)), ("is gone", self._gone(columns))):
            for name in sorted(names)[:REASONS]:
                if len(self.changes) < 2 * REASONS:
                    self.changes.append(f"{plain(where, 200)}: the column {plain(name)!r} {words}")
        self.columns = columns

    def saw_map(self, named: Iterable[tuple[str, str]], there: frozenset[str], ids: bool) -> None:
        """What the map names, (field, column), and whether a piece had it; request ids that were read are no column."""
        for what, name in named:
            had = name in there or (what == "id" and ids)
            self.mapped[what, name] = self.mapped.get((what, name), False) or had
        self.near = self.near or tuple(sorted(there)[: REASONS * REASONS])

    def unmapped(self) -> list[str]:
        """Columns that the map names and no piece had, with what may be meant."""
        lost = [(what, name) for (what, name), had in sorted(self.mapped.items()) if name and not had]
        return [
            f"the map takes {what} from {plain(name)!r}, which no file has{self._meant(name)}" for what, name in lost
        ]

    def _meant(self, name: str) -> str:
        said = did_you_mean(name, self.near)
        return f"; {said}" if said.startswith("did you mean") else ""

    def _gone(self, columns: frozenset[str]) -> frozenset[str]:
        return (self.columns or columns) - columns

    def saw(self, chunk: Batch | Labels) -> None:
        """A chunk that was handed over."""
        if isinstance(chunk, Labels):
            self.counts["labels"] += chunk.id.size
            return
        self.counts["rows"] += chunk.time.size
        self._times(chunk)
        if chunk.id is not None:
            self.counts["with_id"] += int((chunk.id != 0).sum())
        for name in ("client", "prediction", "label"):
            if (column := getattr(chunk, name)) is not None:
                self.counts[f"with_{name}"] += int(present(column).sum())
        if chunk.confidence is not None:
            known = chunk.confidence[~np.isnan(chunk.confidence)]
            self.counts["with_confidence"] += known.size
            self.counts["odd_confidence"] += int(((known < 0) | (known > 1)).sum())

    def _times(self, batch: Batch) -> None:
        times = batch.time[batch.time != NO_TIME]
        self.counts["with_time"] += times.size
        if not times.size:
            return
        low, high = int(times.min()), int(times.max())
        self.first = low if self.first == NO_TIME else min(low, self.first)
        self.last = max(high, self.last)
        if low // HOUR == high // HOUR:
            found = [low // HOUR]
        else:
            hours = times // HOUR
            found = np.unique(hours[np.flatnonzero(np.diff(hours, append=-1 - hours[-1]))]).tolist()
        self.hours.update(found[: max(0, HOURS - len(self.hours))])

    def saw_words(self, kind: str, column: Column) -> None:
        """Words of `kinds`, `digests` or `sampling`, counted by name."""
        for word, many in worded(column).items():
            if kind == "sampling":
                share = _float(word)
                if share is not None and len(self.sampling) < NAMES:
                    self.sampling[share] += many
            else:
                _count(self.kinds if kind == "kinds" else self.digests, word, many)

    def saw_models(self, model: Column | None, version: Column | None, rows: int) -> None:
        """Which model and version answered."""
        for pair, many in _pairs(model, version, rows).items():
            _count(self.models, pair, many)


def present(column: Column) -> Bools:
    """Which rows have a value, shape (n,)."""
    if isinstance(column, Category):
        return np.asarray(column.codes >= 0)
    there = np.ones(column.values.size, np.bool_) if column.null is None else ~column.null
    return there & ~np.isnan(column.values) if column.values.dtype.kind == "f" else there


def worded(column: Column) -> dict[str, int]:
    """Each value as a word, and how often it occurs."""
    if isinstance(column, Category):
        many = np.bincount(column.codes[column.codes >= 0], minlength=len(column.words))
        return {w: int(n) for w, n in zip(column.words, many.tolist(), strict=True) if n}
    values, counts = np.unique(column.values[present(column)], return_counts=True)
    return {number_as_word(v): int(n) for v, n in zip(values[:NAMES].tolist(), counts[:NAMES].tolist(), strict=True)}


def number_as_word(value: Any) -> str:
    """As it would be written: a whole number without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _pairs(model: Column | None, version: Column | None, rows: int) -> dict[Model, int]:
    one, other = (c if isinstance(c, Category) else _as_words(c, rows) for c in (model, version))
    both = (one.codes.astype(np.int64) + 1) * (len(other.words) + 1) + other.codes + 1
    found, counts = np.unique(both, return_counts=True)
    out = {}
    for key, many in list(zip(found.tolist(), counts.tolist(), strict=True))[:NAMES]:
        a, b = divmod(key, len(other.words) + 1)
        if a or b:
            out[(one.words[a - 1] if a else "", other.words[b - 1] if b else "")] = many
    return out


def _as_words(column: Numeric | None, rows: int) -> Category:
    if column is None:
        return Category(np.full(rows, -1, np.int32), ())
    there = present(column)
    values, where = np.unique(column.values[there], return_inverse=True)
    codes = np.full(rows, -1, np.int32)
    codes[there] = where
    return Category(codes, tuple(number_as_word(v) for v in values.tolist()))


def _float(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _count(counter: Counter[Any], what: Any, many: int) -> None:
    """By name up to `NAMES`, then together."""
    if what not in counter and len(counter) >= NAMES:
        what = (MORE, "") if isinstance(what, tuple) else MORE
    counter[what] += many
