"""7z archives: every file in every folder, unpacked in chunks by what Python itself has (sevenzip_methods.py).

What is packed or encrypted in another way is inconclusive, and so are bytes that belong to nothing. Names and links
that lead outside are findings. The header may be packed itself, even more than once; it is bounded before it is read.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Walk

if TYPE_CHECKING:
    from casemate.evidence.scan.archive import Parts
    from casemate.evidence.scan.sevenzipdir import File, Folder, Streams

MARK = b"7z\xbc\xaf\x27\x1c"
FIRST = MARK[:1]
HEAD = 32  # bytes; the mark, a version, checksums, and where the header is
MOST = 4_000_000  # bytes of a header; 100,000 files with long names take some
LAYERS = 4  # headers that are packed in each other; 7z writes one
LINK = 4096  # bytes of where a link leads


def recognise(data: Data) -> bool:
    """Whether its mark stands at the beginning."""
    return piece(data, 0, len(MARK)) == MARK


def walk(data: Data, descend: Descend) -> Walk:
    """Every file, then what lies between them."""
    from casemate.evidence.scan.unpack import Broken

    archive = _Archive(data, descend)
    try:
        archive.read()
    except Enough as e:
        archive.notes.add("limit", "inconclusive", f"{e}; the rest was not read", 0)
    except Broken as e:
        archive.notes.add("encrypted" if "encrypted" in str(e) else "broken", "inconclusive", str(e), 0)
    else:
        return archive.notes.walk(len(data) - archive.missing(), archive.format)
    return archive.notes.walk(0)


class _Archive:
    """One archive. `spans` are the places that are accounted for."""

    def __init__(self, data: Data, descend: Descend) -> None:
        self.data = data
        self.descend = descend
        self.notes = descend.notes()
        self.spans = [(0, HEAD)]
        self.format: str | None = None

    def read(self) -> None:
        """The whole of it. Fails with Enough or Broken where its header cannot be read."""
        from casemate.evidence.scan.archive import Parts, models_first

        streams, files = self.header()
        self.descend.entries(len(files))
        parts = Parts("7z", (f.name for f in files), self.descend)
        for file in files:
            if not file.stream:
                parts.named(file.name)
        left = iter([f for f in files if f.stream])
        places = [(at, folder, [next(left) for _ in folder.sizes]) for at, folder in self.placed(streams)]
        for at, folder, those in sorted(places, key=lambda p: min((models_first(f.name) for f in p[2]), default=True)):
            self.folder(at, folder, those, parts)
        parts.end()
        self.format = parts.format

    def header(self) -> tuple[Streams, list[File]]:
        """What the header says; one that is packed is unpacked first."""
        from casemate.evidence.scan import sevenzipdir
        from casemate.evidence.scan.sevenzip_methods import Folding
        from casemate.evidence.scan.unpack import Broken

        begin = HEAD + int.from_bytes(piece(self.data, 12, 20), "little")
        size = int.from_bytes(piece(self.data, 20, 28), "little")
        if len(self.data) < HEAD or begin + size > len(self.data):
            raise Broken("ends before its header does")
        self.bounded(size)
        self.spans.append((begin, begin + size))
        raw = piece(self.data, begin, begin + size) or b"\1\0"  # an archive of nothing has no header
        for _ in range(LAYERS):
            found = sevenzipdir.header(raw)
            if isinstance(found, tuple):
                return found
            places = self.placed(found)
            if len(places) != 1:
                raise Broken("has a header in several folders")
            at, folder = places[0]
            self.bounded(folder.size)
            self.descend.room(folder.size)
            folding = Folding(self.data, at, folder)
            raw = b"".join(folding.take(folder.size))
            if folding.over() > 0 and folding.ends:
                raise Broken("has bytes behind its packed header")
        raise Broken(f"has more than {LAYERS} headers packed in each other")

    def bounded(self, size: int) -> None:
        """Fails with Enough when a header is too long."""
        if size > MOST:
            raise Enough(f"has a header of {size:,} bytes")

    def placed(self, streams: Streams) -> list[tuple[int, Folder]]:
        """The folders with the places where they begin. Fails with Broken where one ends behind the file."""
        from casemate.evidence.scan.unpack import Broken

        found, at = [], HEAD + streams.begin
        for folder in streams.folders:
            found.append((at, folder))
            at += folder.packed
        if at > len(self.data):
            raise Broken("has packed bytes behind the end of the file")
        self.spans.append((HEAD + streams.begin, at))
        return found

    def folder(self, at: int, folder: Folder, files: list[File], parts: Parts) -> None:
        """The files of one folder, which lie behind each other. What cannot be unpacked is missed as a whole."""
        from casemate.evidence.scan.sevenzip_methods import Folding
        from casemate.evidence.scan.unpack import Broken

        sizes = [folder.packed, *[0] * len(files)]  # what is not read counts once
        try:
            self.descend.room(folder.size)
            folding = Folding(self.data, at, folder)
        except (Enough, Broken) as e:
            id = "encrypted" if "encrypted" in str(e) else "limit" if isinstance(e, Enough) else "not-understood"  # noqa: A001
            for file, size in zip(files, sizes, strict=False):
                parts.named(file.name)
                parts.missed(file.name, id, str(e), size)
            return
        for file, size, share in zip(files, folder.sizes, sizes, strict=False):
            self.file(file, folding.take(size), size, share, parts)
        if (over := folding.over()) > 0:
            self.notes.add("trailing-bytes", "inconclusive", f"has {over:,} packed bytes that are not needed", at)

    def file(self, file: File, chunks: Iterator[bytes], size: int, share: int, parts: Parts) -> None:
        """One file; a link has where it leads as its content."""
        from casemate.evidence.scan.unpack import Broken

        link = stat.S_ISLNK(file.mode)
        if not link or size > LINK:
            parts.named(file.name, "/" if link else None)
            return parts.packed(file.name, chunks, share)
        try:
            parts.named(file.name, b"".join(chunks).decode("utf-8", "surrogateescape"))
        except Broken as e:
            parts.missed(file.name, "broken", str(e), share)
        return None

    def missing(self) -> int:
        """How many bytes belong to nothing; those and overlaps are noted."""
        spans = [*sorted(s for s in self.spans if s[1] > s[0]), (len(self.data), len(self.data))]
        gaps = [(a, b) for (_, a), (b, _) in pairwise(spans) if a < b]
        if any(b < a for (_, a), (b, _) in pairwise(spans)):
            self.notes.add("overlap", "suspicious", "has parts that lie over each other", 0)
        missing = sum(b - a for a, b in gaps)
        if missing:
            self.notes.add("gap", "inconclusive", f"has {missing:,} bytes that belong to nothing", gaps[0][0])
        return missing
