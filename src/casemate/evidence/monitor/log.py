"""A prediction log, file by file: chunks of at most 131,072 rows in one pass, and what the log covers.

Which reader a file needs is told by its content. What cannot be read is counted, with reasons, and the rest goes on;
only a log of which nothing at all could be read is an error. A reader is one file in logs/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from casemate.core import files, shelf
from casemate.core.errors import CasemateError, did_you_mean
from casemate.evidence.monitor.batch import Batch, Labels
from casemate.evidence.monitor.coverage import Coverage, coverage
from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs._shape import Types, cut, shaped
from casemate.evidence.monitor.logs._source import TODO, Source, unknown, unreadable
from casemate.evidence.monitor.logs._table import Table
from casemate.evidence.monitor.mapping import FIELDS, NOTHING, Mapping_

SHELF = "evidence/monitor/logs"
GENERAL = "columns"  # knows any table, so it is asked last
OWN = ("prediction-log", GENERAL)  # their columns are what a map names
BROKEN, WHOLE = "cannot be read further", "copy it again as a whole, or leave it out"
Chunk = Batch | Labels


def readers() -> list[str]:
    """Names of the readers, as `reader` takes them."""
    return shelf.names(SHELF)


@dataclass(slots=True)
class Opened:
    """A log that can be iterated once. `coverage` and `places` say what was read so far."""

    paths: Sequence[Path]
    mapping: Mapping_
    reader: str | None
    starts: Mapping[Path, int]
    follow: bool
    numbers: frozenset[str] = frozenset()
    places: dict[Path, int] = field(default_factory=dict)
    _gathered: Gathered = field(default_factory=Gathered)

    @property
    def coverage(self) -> Coverage:
        """Of what was read so far; complete when the iteration has ended."""
        return coverage(self._gathered)

    def __iter__(self) -> Iterator[Chunk]:
        """Batches of predictions and late labels. `CasemateError` if there are reasons and not one row."""
        types = Types(dict.fromkeys(self.numbers, True))
        for path in self.paths:
            yield from self._file(path, types)
        g = self._gathered
        if not self.follow and g.initial and not g.counts["rows"] + g.counts["labels"]:
            where, why = g.initial
            todo = WHOLE if why.startswith(BROKEN) else g.todo or TODO
            raise CasemateError(where, f"no row can be read: {why}", todo)

    def _file(self, path: Path, types: Types) -> Iterator[Chunk]:
        g = self._gathered
        source = Source(path, self.starts.get(path, 0), self.follow, self.mapping)
        g.counts["files"] += 1
        self.places.setdefault(path, source.start)
        try:
            name = self.reader or self._told(source)
            if name is None:
                return
            g.readers[name] += 1
            for table in shelf.member(SHELF, name).tables(source, g):
                if name in OWN and not self.follow:
                    g.saw_map(self.mapping.columns, frozenset(table.columns), table.ids is not None)
                yield from self._chunks(path, table, types)
        except unreadable() as e:
            g.counts["files_unreadable"] += 1
            g.unreadable(str(path), f"{BROKEN} ({_why(e)})", 0)

    def _chunks(self, path: Path, table: Table, types: Types) -> Iterator[Chunk]:
        """The chunks of a table. Reading can go on behind it only when the last of them was handed over."""
        chunks = [c for part in cut(table) if (c := shaped(part, self.mapping, types, self._gathered)) is not None]
        for chunk in chunks[:-1]:
            self._gathered.saw(chunk)
            yield chunk
        self.places[path] = table.mark
        for chunk in chunks[-1:]:
            self._gathered.saw(chunk)
            yield chunk

    def _told(self, source: Source) -> str | None:
        head = source.head()
        if head is None:
            return None  # nothing in it yet
        for name in readers():
            if name != GENERAL and _member(name).recognise(head):
                return name
        why, todo = unknown(source)
        if _member(GENERAL).recognise(head):
            if not head.columns or any(source.mapping.column(f, frozenset(head.columns)) for f in FIELDS):
                return GENERAL
            why, todo = "none of its columns has a name that we know", TODO
        self._gathered.counts["files_unreadable"] += 1
        self._gathered.todo = self._gathered.todo or todo
        self._gathered.unreadable(str(source.path), why, 0)
        return None


def _member(name: str) -> ModuleType:
    return shelf.member(SHELF, name)


def _why(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def open_log(
    paths: Sequence[Path],
    mapping: Mapping_ | None = None,
    reader: str | None = None,
    starts: Mapping[Path, int] | None = None,
    follow: bool = False,
    numbers: frozenset[str] = frozenset(),
) -> Opened:
    """A log to iterate. `CasemateError` if a path is no file or there is no such reader.

    starts: where to go on in a file, as `Opened.places` gave it. follow: a last line without its end is left for later.
    numbers: columns that the reference counted as numbers; a value of another type is null there and counted.
    """
    for path in paths:
        if files.kind(path) != "file":
            raise CasemateError(str(path), "is no file that can be read", "name the files of the log")
    if reader is not None and reader not in readers():
        raise CasemateError("--reader", f"there is no {reader!r}", did_you_mean(reader, readers()))
    return Opened(tuple(paths), mapping or NOTHING, reader, dict(starts or {}), follow, numbers)


def read(paths: Sequence[Path], mapping: Mapping_ | None = None, reader: str | None = None) -> Iterator[Chunk]:
    """The chunks alone."""
    yield from open_log(paths, mapping, reader)
