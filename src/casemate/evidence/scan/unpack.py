"""Compressed streams, read in chunks of bounded size. What a broken one gave before it broke is inspected."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from casemate.evidence.scan.data import Data, keep_small, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Finding, Walk

CHUNK = 1 << 18  # bytes in and, some times that, out
MEMORY = 80_000_000  # bytes for lzma's dictionary; its strongest preset takes 65 MiB
ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError)
Make = Callable[[], Any]
"""Makes a decompressor as those of zlib, bz2 and lzma."""


class Broken(Exception):
    """The stream is not what it should be."""


class Stream:
    """The unpacked bytes of the streams in [at, end), in chunks. Afterwards `at` is where the last of
    them ended and `given` how many bytes came.

    Iterating fails with Broken. many: whether streams that follow go on with the same content, as in gzip files.
    """

    def __init__(self, data: Data, make: Make, at: int = 0, end: int | None = None, many: bytes = b"") -> None:
        self.data = data
        self.make = make
        self.at = at
        self.end = len(data) if end is None else end
        self.many = many
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self._one()
        while self.many and bytes(self.data[self.at : self.at + len(self.many)]) == self.many and self.at < self.end:
            yield from self._one()

    def _one(self) -> Iterator[bytes]:
        unpacker, at, rest = self.make(), self.at, b""
        while not unpacker.eof:
            if not rest and getattr(unpacker, "needs_input", True) and at < self.end:
                begin, rest = at, piece(self.data, at, min(at + CHUNK, self.end))
                at += len(rest)
                keep_small(self.data, begin, at)
            last = at >= self.end and not rest
            try:
                out = unpacker.decompress(rest, CHUNK << 2)
            except ERRORS as e:
                raise Broken(f"is a broken stream ({type(e).__name__})") from None
            rest = getattr(unpacker, "unconsumed_tail", b"")
            if out:
                self.given += len(out)
                yield out
            elif last and not unpacker.eof:
                raise Broken("ends inside the compressed stream")
        self.at = at - len(unpacker.unused_data)


def begins(data: Data, make: Make) -> bool:
    """Whether the first bytes unpack without an error."""
    try:
        make().decompress(piece(data, 0, 1 << 12), 1 << 16)
    except ERRORS:
        return False
    return True


def walk(data: Data, descend: Descend, make: Make, name: str, many: bytes = b"") -> Walk:
    """The walk of a file that is one compressed stream, or several with the mark `many` one after the other."""
    stream = Stream(data, make, many=many)
    findings: list[Finding] = []
    inner = None
    try:
        inner = descend.unpack(stream, f"{name} content")
    except Enough as e:
        findings.append(Finding("limit", "inconclusive", f"{e}; the rest was not read", stream.at))
    except Broken as e:
        findings.append(Finding("broken", "inconclusive", str(e), stream.at))
    except OSError as e:
        findings.append(Finding("no-space", "inconclusive", f"could not be unpacked here ({e.strerror})", stream.at))
    else:
        if any(data[stream.at : stream.at + CHUNK]):
            findings.append(Finding("trailing-bytes", "inconclusive", "goes on behind the compressed data", stream.at))
        elif len(data) - stream.at <= CHUNK:  # some writers fill a block with zeros
            stream.at = len(data)
    joblib = inner in ("pickle", "joblib")  # nothing else reads a pickle from a compressed file by itself
    return Walk((), tuple(findings), stream.at, "joblib" if joblib else None)
