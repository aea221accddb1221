"""What a zip archive holds beside its entries: comments, and extra fields of a kind that no writer of models uses.

Loaders pass over them, so they are data; what begins there like a pickle or an archive is inspected all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from casemate.evidence.scan import zipdir
from casemate.evidence.scan.data import Data, piece

SHORTEST = 12  # bytes; a pickle that imports something has more
USUAL = frozenset((1, 0x5455, 0x7875, 0x5855, 0x4246, zipdir.UNICODE_PATH, 0x000A, 0x9901))
"""Sizes, times, owners of Unix, torch's padding, names, NTFS times, encryption."""
Aside = tuple[str, int, int]


def asides(data: Data, entries: Iterable[zipdir.Entry]) -> Iterator[Aside]:
    """Each of them in words, and where it lies."""
    where = zipdir.directory(data)
    if where is not None:
        yield from _long("zip comment", data_end(data, where), where.close, data, where.close)
        at = where.begin
        while at + 46 <= where.end and piece(data, at, at + 4) == zipdir.CENTRAL:
            name, extra, comment = (int.from_bytes(data[at + i : at + i + 2], "little") for i in (28, 30, 32))
            middle = at + 46 + name
            yield from _extras(data, middle, middle + extra)
            yield from _long("zip comment of an entry", middle + extra, middle + extra + comment, data, where.end)
            at = middle + extra + comment
    for entry in entries:
        name = int.from_bytes(data[entry.at + 26 : entry.at + 28], "little")
        yield from _extras(data, entry.at + 30 + name, entry.begin)


def data_end(data: Data, where: zipdir.Directory) -> int:
    """Where the last end record is over and the comment begins: it says how long the comment is."""
    at = piece(data, where.end, where.close).rfind(zipdir.END)
    return where.end + at + 22 if at >= 0 else where.close


def _extras(data: Data, at: int, end: int) -> Iterator[Aside]:
    """The extra fields in [at, end) whose kind is none of the usual."""
    while at + 4 <= min(end, len(data)):
        kind, size = (int.from_bytes(data[at + i : at + i + 2], "little") for i in (0, 2))
        if kind not in USUAL or size > end - at - 4:
            yield from _long("zip extra field", at + 4, at + 4 + size, data, end)
        at += 4 + size
    yield from _long("zip extra field", at, end, data, end)


def _long(where: str, begin: int, end: int, data: Data, most: int) -> Iterator[Aside]:
    end = min(end, most, len(data))
    if end - begin >= SHORTEST:
        yield where, begin, end
