"""What a log says about itself: how many rows there are, and how many of them have what a detector needs.

A `Gathered` is filled while a log is read; `coverage` gives what is known so far. Whatever could not be read is counted
here with the first reasons; nothing is dropped without a trace. All that is kept is bounded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from casemate.evidence.monitor.batch import HOUR, NO_TIME, Batch, Bools, Category, Column, Labels, Numeric
from casemate.evidence.monitor.tell import percent, plain, when

REASONS = 10
NAMES = 64  # different models, digests, kinds that are counted by name
HOURS = 20_000  # hours that are told apart
MORE = "(others)"
Model = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of a log, so far. `with_*` are rows that have it; pairs are (what, rows), most rows first.

    unreadable: rows or pieces of a file that could not be read, the first reasons as `file:line: why`.
    without_zone: rows whose time has no zone; it is taken as UTC. failed: rows whose status is an error.
    lost: rows that the writer of the log says it could not write.
    odd_confidence: rows whose confidence is not within 0 and 1. sampling: shares that the log says were kept.
    first, last: int64 ns since 1970 UTC, `NO_TIME` if no row has a time. gaps: (first hour since 1970, hours without
    rows), the longest ten. mistyped: values that are not of the type that their column began with.
    changes: columns that appear or vanish within the log.
    """

    files: int = 0
    files_unreadable: int = 0
    readers: tuple[tuple[str, int], ...] = ()
    rows: int = 0
    labels: int = 0
    unreadable: int = 0
    reasons: tuple[str, ...] = ()
    with_time: int = 0
    without_zone: int = 0
    with_id: int = 0
    with_client: int = 0
    with_prediction: int = 0
    with_confidence: int = 0
    with_label: int = 0
    failed: int = 0
    lost: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    odd_confidence: int = 0
    models: tuple[tuple[Model, int], ...] = ()
    digests: tuple[tuple[str, int], ...] = ()
    sampling: tuple[tuple[float, int], ...] = ()
    first: int = NO_TIME
    last: int = NO_TIME
    gaps: tuple[tuple[int, int], ...] = ()
    hours_without_rows: int = 0
    mistyped: tuple[tuple[str, int], ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(slots=True)
class Gathered:
    """What is being counted. Readers call `unreadable`, `lost` and `mistyped`; `log.py` does the rest."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    initial: tuple[str, str] | None = None
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
            found = np.unique(times // HOUR).tolist()
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


def coverage(g: Gathered) -> Coverage:
    """What is known so far."""
    gaps = _gaps(g.hours)
    c = g.counts
    return Coverage(
        **{name: c[name] for name in NUMBERS},
        readers=_most(g.readers),
        reasons=tuple(g.reasons),
        kinds=_most(g.kinds),
        models=_most(g.models),
        digests=_most(g.digests),
        sampling=_most(g.sampling),
        first=g.first,
        last=g.last,
        gaps=tuple(sorted(sorted(gaps, key=lambda x: (-x[1], x[0]))[:REASONS])),
        hours_without_rows=sum(hours for _, hours in gaps),
        mistyped=_most(g.wrong),
        changes=tuple(g.changes),
    )


NUMBERS = (
    "files", "files_unreadable", "rows", "labels", "unreadable", "with_time", "without_zone", "with_id", "with_client",
    "with_prediction", "with_confidence", "with_label", "failed", "lost", "odd_confidence",
)  # fmt: skip


def _gaps(hours: set[int]) -> list[tuple[int, int]]:
    ordered = sorted(hours)
    return [(a + 1, b - a - 1) for a, b in pairwise(ordered) if b - a > 1]


def _most(counter: Counter[Any]) -> tuple[tuple[Any, int], ...]:
    return tuple(sorted(counter.items(), key=lambda f: (-f[1], f[0])))


def as_json(c: Coverage) -> dict[str, Any]:
    """The same as plain values, for evidence; times that nobody knows are null."""
    out = asdict(c)
    out["first"], out["last"] = (None if t == NO_TIME else t for t in (c.first, c.last))
    out["models"] = [[*model, rows] for model, rows in c.models]
    return out


def tell(c: Coverage) -> list[str]:
    """What people should know about the log, in sentences, the most important first."""
    out = [f"{c.rows:,} rows from {_many(c.files, 'file')}, {when(c.first)} to {when(c.last)}"]
    if c.labels:
        out.append(f"{c.labels:,} labels that came later")
    if c.unreadable or c.files_unreadable:
        out.append(f"{_many(c.unreadable, 'row')} and {_many(c.files_unreadable, 'file')} could not be read")
        out += [f"  {reason}" for reason in c.reasons]
    for name, have in _having(c):
        if have < c.rows or not c.rows + c.labels:
            said = "no row has" if not have else f"{percent(have / c.rows)} of the rows have"
            out.append(f"{said} {name}" + (": what rests on it is not measured" if not have else ""))
    return out + _further(c)


def _having(c: Coverage) -> tuple[tuple[str, int], ...]:
    return (
        ("a confidence", c.with_confidence),
        ("a client", c.with_client),
        ("a time", c.with_time),
        ("a request id", c.with_id),
        ("a prediction", c.with_prediction),
        ("a label", c.with_label),
    )


def _further(c: Coverage) -> list[str]:
    out = []
    if c.lost:
        out.append(f"the writer of the log says that it lost {_many(c.lost, 'row')}")
    if c.without_zone:
        out.append(f"{_many(c.without_zone, 'row')} with a time without a zone, taken as UTC")
    if c.odd_confidence:
        out.append(f"{_many(c.odd_confidence, 'row')} with a confidence that is not within 0 and 1")
    if len(c.kinds) > 1:
        out.append(f"confidence of several kinds: {', '.join(f'{plain(k)} ({n:,})' for k, n in c.kinds)}")
    for share, rows in c.sampling:
        if share < 1:
            out.append(f"{rows:,} rows are a sample: the log kept {percent(share)}")
    if c.gaps:
        start, hours = max(c.gaps, key=lambda g: g[1])
        out.append(f"{_many(c.hours_without_rows, 'hour')} without rows, {hours:,} of them from {when(start * HOUR)}")
    out += [f"{_many(n, 'value')} of {plain(name)!r} are of another type than its first" for name, n in c.mistyped]
    return out + list(c.changes)


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
