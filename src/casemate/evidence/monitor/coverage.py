"""What a log says about itself: how many rows there are, and how many of them have what a detector needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from casemate.evidence.monitor.batch import HOUR, NO_TIME
from casemate.evidence.monitor.gathered import REASONS, Gathered, Model
from casemate.evidence.monitor.tell import percent, plain, when


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of a log, so far. `with_*` are rows that have it; pairs are (what, rows), most rows first.

    unreadable: rows or pieces of a file that could not be read, the first reasons as `file:line: why`.
    without_zone: rows whose time has no zone; it is taken as UTC. failed: rows whose status is an error.
    lost: rows that the writer of the log says it could not write.
    odd_confidence: rows whose confidence is not within 0 and 1. sampling: shares that the log says were kept.
    first, last: int64 ns since 1970 UTC, `NO_TIME` if no row has a time. gaps: (first hour since 1970, hours without
    rows), the longest ten. mistyped: values that are not of the type that their column began with.
    changes: columns that appear or vanish within the log. unmapped: what the map names and no file has, in words.
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
    unmapped: tuple[str, ...] = ()


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
        unmapped=tuple(g.unmapped()),
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
    out += c.unmapped
    for name, have in _having(c):
        if have < c.rows or not c.rows + c.labels:
            share = percent(have / c.rows) if c.rows else ""
            said = f"all but {c.rows - have:,} of the rows have" if share == "100 %" else f"{share} of the rows have"
            said = said if have else "no row has"
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
