"""A scan in words, 80 columns wide: the worst first, clean files only counted. Lines are pieces of (style, text)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TypeAlias

from casemate.evidence.scan.record import Record
from casemate.evidence.scan.report import Coverage, Finding, Verdict

Line: TypeAlias = "list[tuple[str, str]]"

WORST: tuple[Verdict, ...] = ("unsafe", "suspicious", "inconclusive", "clean")
STYLE = {"unsafe": "bold red", "suspicious": "yellow", "inconclusive": "cyan", "clean": "green"}
EXIT = {"unsafe": 1, "suspicious": 1, "inconclusive": 3, "clean": 0}
WIDTH, INDENT = 80, 14
SHOWN = 20  # files of one verdict
FINDINGS = 4  # of one file
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
OPENING = {
    "unsafe": "can run code or commands when loaded.",
    "suspicious": "held something that nobody vouches for.",
    "inconclusive": "could not be settled, so nothing vouches for {them}.",
    "clean": "Nothing was found, and every byte was accounted for.",
}


@dataclass(slots=True)
class Tally:
    """What all records say together, and the first files of each verdict."""

    everything: bool = False
    counts: Counter[Verdict] = field(default_factory=Counter)
    shown: dict[Verdict, list[Record]] = field(default_factory=lambda: {v: [] for v in WORST})
    coverage: Coverage = field(default_factory=lambda: Coverage(0, 0))
    unknown: bool = False

    def add(self, r: Record) -> None:
        """Count one record, and keep it when it will be shown."""
        self.counts[r.verdict] += 1
        a, b = self.coverage, r.coverage
        self.coverage = Coverage(a.walked + b.walked, a.total + b.total, a.entered + b.entered, a.unread + b.unread)
        self.unknown = self.unknown or (bool(r.findings) and any(f.id == "unknown-import" for f in r.findings))
        if self.everything or (r.verdict != "clean" and len(self.shown[r.verdict]) < SHOWN):
            self.shown[r.verdict].append(r)

    @property
    def verdict(self) -> Verdict:
        """The worst; what saw nothing settled nothing."""
        return next((v for v in WORST if self.counts[v]), "inconclusive")

    @property
    def exit_code(self) -> int:
        """0 all clean, 1 something unsafe or suspicious, 3 otherwise."""
        return EXIT[self.verdict]

    def plain(self) -> dict[str, object]:
        """As data."""
        c = self.coverage
        return {
            "verdict": self.verdict,
            "files": self.counts.total(),
            "counts": {v: self.counts[v] for v in WORST},
            "coverage": {"walked": c.walked, "total": c.total, "entered": c.entered, "unread": c.unread},
        }


def lines(t: Tally) -> Iterator[Line]:
    """The verdict in a sentence, the files from the worst on, the counts."""
    yield from _opening(t)
    for v in WORST:
        if t.shown[v]:
            yield []
        for r in t.shown[v]:
            yield from _file(r)
        left = t.counts[v] - len(t.shown[v])
        if t.shown[v] and left:
            yield [("dim", f"{'':{INDENT}}… and {left:,} more; `--all` shows them")]
    yield []
    yield from _closing(t)


def _opening(t: Tally) -> Iterator[Line]:
    v, n, total = t.verdict, t.counts[t.verdict], t.counts.total()
    of = f"{n:,} of {_count(total, 'file')} " if v != "clean" else ""
    said = OPENING[v].format(them="it" if n == 1 else "them")
    first, *rest = wrap(f"{v.upper()}: {of}{said}", WIDTH)
    word, colon, after = first.partition(":")
    yield [(STYLE[v], word), ("bold", colon + after)]
    yield from ([("bold", line)] for line in rest)


def _file(r: Record) -> Iterator[Line]:
    kind = f"  ({r.format})" if r.format else ""
    first, *rest = _wrapped(safe(r.path) + kind)
    yield [(STYLE[r.verdict], f"{r.verdict.upper():{INDENT}}"), ("bold", first)]
    yield from ([("bold", f"{'':{INDENT}}{line}")] for line in rest)
    counting = [f for f in r.findings if f.severity != "info"]
    for f in counting[:FINDINGS]:
        yield from ([("", f"{'':{INDENT}}{line}")] for line in _wrapped(said(f)))
    if not counting and r.verdict != "clean":
        yield [("", f"{'':{INDENT}}was not read to its end")]
    if len(counting) > FINDINGS:
        yield [("dim", f"{'':{INDENT}}… and {_count(len(counting) - FINDINGS, 'finding')} more")]


def _closing(t: Tally) -> Iterator[Line]:
    counted = ", ".join(f"{t.counts[v]:,} {v}" for v in WORST if t.counts[v])
    yield [("", f"{_count(t.counts.total(), 'file')}: {counted or 'none'}")]
    c = t.coverage
    walked = "all" if c.full else f"{_size(c.walked)} of"
    parts = [f"{walked} {_size(c.total)} accounted for"]
    if c.entered:
        parts.append(f"{_count(c.entered, 'container')} entered")
    if c.unread:
        parts.append(f"{_count(c.unread, 'part')} not understood")
    yield from ([("dim", line)] for line in wrap(", ".join(parts), WIDTH))
    if t.unknown:
        yield [("dim", "Names of yours that do no harm can be allowed in the system file (`allow:`).")]


def said(f: Finding) -> str:
    """What was found, and where."""
    place = ", ".join(filter(None, (f.where, f"byte {f.offset:,}" if f.offset or f.where else "")))
    return safe(f"{f.message} ({place})" if place else f.message)


def safe(text: str) -> str:
    """As it may be printed: what moves a cursor, hides or turns text is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def _wrapped(text: str) -> Iterable[str]:
    return wrap(text, WIDTH - INDENT, break_on_hyphens=False) or [""]


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _size(n: int) -> str:
    for size, unit in UNITS:
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return _count(n, "byte")
