"""zip archives: torch checkpoints, npz, Keras, skops and whatever else is one. Every entry that anybody could read.

The entries of the central directory are read by their place, so two with one name are two; so are those that the
directory leaves out. Names of directory and local header that differ, entries over each other, names and links that
lead outside are findings. Bytes that belong to no entry are not vouched for, and never make a clean file.
"""

from __future__ import annotations

import bz2
import stat
import zlib
from collections.abc import Callable
from typing import Any

from casemate.evidence.scan import zipasides, zipdir
from casemate.evidence.scan.archive import Parts, models_first
from casemate.evidence.scan.data import Data, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Walk
from casemate.evidence.scan.unpack import Broken, Stream
from casemate.evidence.scan.zipdir import Entry

STORED = 0
METHODS: dict[int, Callable[[], Any]] = {8: lambda: zlib.decompressobj(-15), 12: bz2.BZ2Decompressor}
MANY = 10_000  # archives in a row
PADDING = 1 << 16  # zero bytes between entries that a writer may have aligned


def recognise(data: Data) -> bool:
    """Whether an entry stands at the beginning, or a directory that holds together at the end."""
    return data[:4] == zipdir.LOCAL or zipdir.directory(data) is not None


def walk(data: Data, descend: Descend) -> Walk:
    """Every entry, then what lies between them."""
    row = _row(data)
    if len(row) > 1:
        return _each(data, row, descend)
    archive = Archive(data, descend)
    try:
        return archive.walk()
    except Enough as e:
        archive.notes.add("limit", "inconclusive", f"{e}; the rest was not read", archive.at)
        return archive.notes.walk(0)


def _row(data: Data) -> list[tuple[int, int]]:
    """Where archives lie that fill the file end to end, as in a shard of torch.distributed.checkpoint; else nothing."""
    found: list[tuple[int, int]] = []
    end = len(data)
    while end:
        where = zipdir.directory(window(data, 0, end) if found else data)
        if where is None or where.close != end or len(found) == MANY or not (found or where.shift):
            return []
        if bytes(data[where.shift : where.shift + 4]) != zipdir.LOCAL:
            return []
        found.append((where.shift, end))
        end = where.shift
    return found[::-1]


def _each(data: Data, row: list[tuple[int, int]], descend: Descend) -> Walk:
    """Several archives, each as a file of its own. A shard of torch is read by place; others read the last one."""
    notes = descend.notes()
    kinds = {descend(window(data, begin, end), f"archive at {begin}") for begin, end in row}
    if kinds == {"torch"}:
        notes.add("archives", "info", f"has {len(row):,} archives end to end", 0)
        return notes.walk(len(data), "torch")
    notes.add("hidden-entry", "suspicious", f"has {len(row):,} archives end to end, of which loaders see one", 0)
    return notes.walk(len(data))


class Archive:
    """One archive. `spans` are the places that are accounted for."""

    def __init__(self, data: Data, descend: Descend) -> None:
        self.data = data
        self.descend = descend
        self.notes = descend.notes()
        self.spans: list[tuple[int, int]] = []
        self.at = 0
        self.directory = False  # whether there is one

    def walk(self) -> Walk:
        """The whole of it."""
        entries = [*self.listed(), *self.hidden()]
        for where, begin, end in zipasides.asides(self.data, entries):
            self.descend(window(self.data, begin, end), where, RAW)
        parts = Parts("zip", (e.name for e in entries), self.descend)
        for entry in sorted(entries, key=lambda e: models_first(e.name)):
            self.read(entry, parts)
        parts.end()
        missing = sum(end - begin for begin, end in self.gaps())
        if missing:
            begin = self.gaps()[0][0]
            self.notes.add("gap", "inconclusive", f"has {missing:,} bytes that belong to no entry", begin)
        return self.notes.walk(len(self.data) - missing, parts.format)

    def listed(self) -> list[Entry]:
        """The entries of the directory, each place once."""
        where = zipdir.directory(self.data)
        if where is None:
            self.notes.add("truncated", "inconclusive", "has no directory at its end", len(self.data))
            return []
        self.directory = True
        self.spans.append((where.begin, where.close))
        if where.shift:
            self.notes.add("prefix", "inconclusive", f"begins {where.shift:,} bytes into the file", where.shift)
        found: dict[Entry, None] = {}
        count = 0
        for entry in zipdir.central(self.data, where):
            count += 1
            self.descend.entries()
            self.at = entry.at
            head = zipdir.local(self.data, entry.at)
            if head is None:
                said = "is listed where there is no entry"
                self.descend.note("broken", "inconclusive", said, f"zip member {entry.name}")
                continue
            self.compare(entry, head)
            found[zipdir.placed(entry, head)] = None
        if count != where.count & 0xFFFF and count != where.count:
            self.notes.add("directory", "suspicious", f"lists {where.count:,} entries and has {count:,}", where.begin)
        return self.spaced(list(found))

    def spaced(self, entries: list[Entry]) -> list[Entry]:
        """Account for their places."""
        for entry in entries:
            end = entry.begin + (entry.packed or 0)
            self.spans.append((entry.at, min(end + zipdir.descriptor(self.data, end, entry), len(self.data))))
        return entries

    def compare(self, entry: Entry, head: Entry) -> None:
        """Note what directory and local header say differently: loaders follow the one or the other."""
        where = f"zip member {entry.name}"
        if entry.name != head.name:
            said = f"is called {head.name[:200]!a} in its own header"
            self.descend.note("names-differ", "suspicious", said, where, entry.at)
        if entry.method != head.method:
            said = "is packed in one way by the directory and in another by its own header"
            self.descend.note("methods-differ", "suspicious", said, where, entry.at)
        if head.packed is not None and head.packed != entry.packed:
            self.descend.note("sizes-differ", "suspicious", "has two different sizes", where, entry.at)

    def hidden(self) -> list[Entry]:
        """Entries that no directory lists, in the gaps."""
        found: list[Entry] = []
        for begin, end in self.gaps():
            at = begin
            while (at := zipdir.beyond(self.data, at, end)) >= 0:
                head = zipdir.local(self.data, at)
                at += 4
                if head is None:
                    continue
                self.descend.entries()
                found.append(head)
                if self.directory:  # without one nothing is hidden: the file was cut off
                    said = "is not in the directory"
                    self.descend.note("hidden-entry", "suspicious", said, f"zip member {head.name}", at - 4)
                at = max(at, head.begin + (head.packed or 0))
        return self.spaced(found)

    def gaps(self) -> list[tuple[int, int]]:
        """The places that belong to nothing, without padding; overlaps are noted."""
        found, at = [], 0
        for begin, end in sorted(self.spans):
            if begin < at and end > begin:
                self.notes.add("overlap", "suspicious", "has entries that lie over each other", begin)
            if begin > at and not self.padding(at, begin):
                found.append((at, begin))
            at = max(at, end)
        if at < len(self.data) and not self.padding(at, len(self.data)):
            found.append((at, len(self.data)))
        return found

    def padding(self, begin: int, end: int) -> bool:
        """Whether zeros alone stand there, and not too many."""
        return begin > 0 and end - begin <= PADDING and not any(piece(self.data, begin, end))

    def read(self, entry: Entry, parts: Parts) -> None:
        """One entry, read as loaders do that mind neither flags nor checksums."""
        link = stat.S_ISLNK(entry.mode)
        end = len(self.data) if entry.packed is None else entry.begin + entry.packed
        parts.named(entry.name, self.target(entry) if link else None)
        if entry.encrypted:
            said = "says that it is encrypted"
            self.descend.note("encrypted", "inconclusive", said, parts.where(entry.name), entry.at)
        if end > len(self.data) or (entry.packed is None and entry.method == STORED):
            parts.missed(entry.name, "truncated", "goes on behind the end of the file", 0)
        end = min(end, len(self.data))
        if link or (entry.name.endswith("/") and entry.begin == end):
            return
        if entry.method == STORED:
            self.sized(entry, end - entry.begin, parts)
            parts.lies(entry.name, window(self.data, entry.begin, end))
        elif entry.method in METHODS:
            self.inflate(entry, end, parts)
        else:
            said = f"is packed by method {entry.method}, which we cannot read"
            parts.missed(entry.name, "not-understood", said, end - entry.begin)

    def inflate(self, entry: Entry, end: int, parts: Parts) -> None:
        """An entry that is packed."""
        try:
            self.descend.room(entry.size or 0)
        except Enough as e:
            return parts.missed(entry.name, "limit", f"{e}; it was not read", end - entry.begin)
        stream = Stream(self.data, METHODS[entry.method], entry.begin, end)
        parts.packed(entry.name, stream, end - entry.begin)
        self.sized(entry, stream.given, parts)
        if entry.packed is None:
            self.spans.append((entry.begin, stream.at))
        elif stream.at < end:
            parts.missed(entry.name, "trailing-bytes", "goes on behind its packed bytes", end - stream.at)
        return None

    def sized(self, entry: Entry, size: int, parts: Parts) -> None:
        """Note an entry that is not as long as it says."""
        if entry.size not in (None, size):
            said = f"says that it has {entry.size:,} bytes and has {size:,}"
            self.descend.note("sizes-differ", "inconclusive", said, parts.where(entry.name), entry.at)

    def target(self, entry: Entry) -> str:
        """Where a link leads: its content."""
        raw = piece(self.data, entry.begin, entry.begin + min(entry.packed or 0, 4096))
        if entry.method in METHODS:
            try:
                raw = next(iter(Stream(raw, METHODS[entry.method])), b"")
            except Broken:
                raw = b""
        return raw[:4096].decode("utf-8", "surrogateescape")
