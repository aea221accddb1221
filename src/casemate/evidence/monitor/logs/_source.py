"""A file of a log: its first bytes, and its whole lines in blocks of bounded size. Gzip is unpacked on the way."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import numpy as np

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.mapping import NOTHING, Mapping_

BLOCK = 8 << 20
_PART = 1 << 16
ROWS = 65_536  # of a piece
TODO = "name a log, or say what its columns mean (--map)"
LINE = 4 << 20  # a longer line is not read
WHOLE = 64 << 20  # the largest document that is read as a whole
Form = Literal["parquet", "arrow", "lines", "document", "csv"]


@dataclass(frozen=True, slots=True)
class Head:
    """How a file begins. columns: of its table or of its first record. first: the first record, where it is JSON."""

    form: Form
    columns: tuple[str, ...]
    first: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines; the number of the first; where they begin and end in the file."""

    data: bytes
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read from `start` on."""

    path: Path
    start: int = 0
    follow: bool = False
    mapping: Mapping_ = NOTHING

    def at(self, line: int) -> str:
        """`file:line`; lines count from where reading began."""
        return f"{self.path}:{line}" if not self.start else f"{self.path} after byte {self.start}:{line}"

    def open(self) -> IO[bytes]:
        """The unpacked bytes from the beginning."""
        file = self.path.open("rb")
        if file.peek(2)[:2] != b"\x1f\x8b":
            return file
        file.close()
        return cast(IO[bytes], gzip.open(self.path, "rb"))

    def head(self) -> Head | None:
        """How it begins; None if it is empty. A file of no known form has no columns."""
        with self.open() as file:
            data = some(file, 8)
            if data[:4] == b"PAR1" or data[:6] == b"ARROW1":
                return _binary_head(self.path, data)
            data += some(file, LINE)
        if not data.strip():
            return None
        return _text_head(data)


def unknown(source: Source) -> tuple[str, str]:
    """Why a file that no reader knows is none, as far as its beginning tells, and what to do."""
    with source.open() as file:
        data = some(file, 4096)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "is text in UTF-16", "save it as UTF-8"
    line = data.partition(b"\n")[0]
    for sign, name in ((b";", "semicolons"), (b"\t", "tabs"), (b"|", "bars")):
        if line.count(sign) > 1 and line.strip().decode("utf-8", "replace").replace("\t", "").isprintable():
            return f"has {name} between its values", "save it with commas"
    return "is no log that we know", TODO


def _binary_head(path: Path, data: bytes) -> Head:
    from casemate.evidence.monitor.logs import _arrow

    form: Form = "parquet" if data[:4] == b"PAR1" else "arrow"
    return Head(form, _arrow.names(path, form), {})


def _text_head(data: bytes) -> Head:
    line = data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    if line[:1] in b"{[":
        try:
            first = json.loads(line)
        except (ValueError, RecursionError):
            return _document_head(data)
        return Head("lines", tuple(first), first) if isinstance(first, dict) else _document_head(data)
    text = line.decode("utf-8", "replace").strip("\r")
    names = tuple(name.strip().strip('"') for name in text.split(","))
    good = len(names) > 1 and all(n and n.isprintable() and "\ufffd" not in n for n in names)
    return Head("csv", names if good and len(set(names)) == len(names) else (), {})


def _document_head(data: bytes) -> Head:
    """The first record of an array, or the document. A broken first line of lines is told by the second."""
    text = data.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    for attempt in (text, text[1:].lstrip() if text[:1] == "[" else text.partition("\n")[2]):
        try:
            first, _ = json.JSONDecoder().raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        if isinstance(first, list):
            first = first[0] if first else {}
        if isinstance(first, dict):
            form: Form = "lines" if attempt is not text and text[:1] != "[" else "document"
            return Head(form, tuple(first), first)
    return Head("document" if text[:1] == "[" or text[1:].lstrip()[:1] == '"' else "lines", (), {})


def document(source: Source) -> Any:
    """A file that is one JSON document. `ValueError` if it is none or too large."""
    with source.open() as file:
        data = file.read(WHOLE + 1)
    if len(data) > WHOLE:
        raise ValueError(f"is one document of more than {WHOLE >> 20} MB")
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def pieces(source: Source, told: Gathered) -> Iterator[Piece]:
    """Blocks of whole lines. A line that is too long is counted and left out; so is one that is cut off at the end."""
    with source.open() as file:
        place, line, rest = _begin(file, source, told), 1, b""
        while block := _read(file, source, told, line):
            data = rest + block
            cut = data.rfind(b"\n") + 1
            rest = data[cut:]
            for start, end, lines in _few(data, cut):
                yield Piece(data[start:end], line, place, place + end - start)
                line, place = line + lines, place + end - start
            if len(rest) > LINE:
                told.unreadable(source.at(line), f"the line is longer than {LINE >> 20} MB")
                skipped, rest = _skip(file)
                line, place = line + 1, place + len(data) - cut + skipped
        if rest and not source.follow:
            yield Piece(rest + b"\n", line, place, place + len(rest))


def _few(data: bytes, end: int) -> Iterator[tuple[int, int, int]]:
    """Begin, end and number of lines of parts of at most `ROWS` lines."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8, end) == ord("\n")) + 1
    start = 0
    for first in range(0, ends.size, ROWS):
        some = ends[first : first + ROWS]
        yield start, int(some[-1]), some.size
        start = int(some[-1])


def _begin(file: IO[bytes], source: Source, told: Gathered) -> int:
    if source.start and file.seek(0, 2) < source.start:
        told.unreadable(str(source.path), "is shorter than when it was last read; it is read from its beginning", 0)
        file.seek(0)
        return 0
    file.seek(source.start)
    return source.start


def some(file: IO[bytes], most: int) -> bytes:
    """Bytes, as many as there are up to `most`. What breaks off raises only when nothing before it is left."""
    parts, size = [], 0
    try:
        while size < most and (part := file.read(min(most - size, _PART))):
            parts.append(part)
            size += len(part)
    except (EOFError, OSError, zlib.error):
        if not parts:
            raise
    return b"".join(parts)


def _read(file: IO[bytes], source: Source, told: Gathered, line: int) -> bytes:
    try:
        return some(file, BLOCK)
    except (EOFError, OSError, zlib.error) as e:
        told.counts["files_unreadable"] += 1
        told.unreadable(source.at(line), f"the file breaks off ({e})", 0)
        return b""


def _skip(file: IO[bytes]) -> tuple[int, bytes]:
    """To behind the next line end: bytes gone by, and what was read behind it."""
    gone = 0
    while block := some(file, BLOCK):
        end = block.find(b"\n") + 1
        if end:
            return gone + end, block[end:]
        gone += len(block)
    return gone, b""


def unreadable() -> tuple[type[BaseException], ...]:
    """What a broken file raises; everything else is a mistake of ours."""
    return (OSError, EOFError, zlib.error, ValueError, NotImplementedError)  # pyarrow's errors are of these as well
