"""What torch wrote before 1.6: pickles with raw storages between or behind them.

A file: the magic number, the protocol, the system, the object, the keys of its storages (five pickles), then for each
key a count of 8 bytes and that many elements. A tar: parts `storages` and `tensors` of small pickles and numbers.
How wide an element is stands in the pickle; that the counts lead exactly to the end says the same and asks for less.
Source: torch/serialization.py of 2.x, `_legacy_save` and `legacy_load`.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.notes import Notes
from casemate.evidence.scan.opcodes import TEXTS, after
from casemate.evidence.scan.report import Walk
from casemate.evidence.scan.stream import Stream

_LONG = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_FRAMED = b"\x95\r\0\0\0\0\0\0\0" + _LONG
MAGIC = (
    b"L119547037146038801333356L\n.", b"\x80\2" + _LONG, b"\x80\3" + _LONG, b"\x80\4" + _FRAMED, b"\x80\5" + _FRAMED,
)  # fmt: skip
"""The pickles of 0x1950a86a20f9469cfc6c in all protocols."""
PICKLES = 5
WIDTHS = (4, 2, 8, 1, 16)  # bytes of an element, the commonest first
TRIES = 1_000_000
Span = tuple[int, int]


def begins(data: Data) -> bool:
    """Whether the first pickle is the magic number."""
    return bytes(data[:32]).startswith(MAGIC)


def storages(data: Data, keys: int, at: int, notes: Notes, descend: Descend) -> int:
    """Pass the storages behind the pickle of the keys, which is [keys, at). Gives how far they are understood."""
    notes.findings.pop("outside-object", None)  # storages are taken in by their key
    found = _chain(data, at, _texts(data, keys, at))
    if found is None:
        notes.add("trailing-bytes", "inconclusive", "goes on behind its pickles, and not with storages", at)
        return at
    for number, (begin, end) in enumerate(found):
        descend(window(data, begin, end), f"storage {number}", RAW)
    return len(data)


def _texts(data: Data, at: int, end: int) -> int:
    """How many texts a pickle holds that was walked before."""
    count = 0
    while at < end:
        count += data[at] in TEXTS
        at = after(data, at, end)
    return count


def _chain(data: Data, at: int, count: int) -> list[Span] | None:
    """Places of so many storages that end where the data ends; None when no widths of elements lead there."""
    tried: list[tuple[int, int]] = []  # where each storage begins, and which width is next
    spot, width = at, 0
    for _ in range(TRIES):
        if len(tried) == count and spot == len(data):
            ends = [*(a for a, _ in tried), spot][1:]
            return [(a + 8, b) for (a, _), b in zip(tried, ends, strict=True)]
        step = _step(data, spot, width) if len(tried) < count and width < len(WIDTHS) else None
        if step is not None:
            tried.append((spot, width))
            spot, width = step, 0
        elif len(tried) < count and width < len(WIDTHS):
            width += 1
        elif tried:
            spot, width = tried.pop()
            width += 1
        else:
            return None
    return None


def _step(data: Data, at: int, width: int) -> int | None:
    """Where a storage at `at` ends; None when that is beyond the data."""
    if at + 8 > len(data):
        return None
    end = at + 8 + int.from_bytes(data[at : at + 8], "little") * WIDTHS[width]
    return end if end <= len(data) else None


def in_tar(name: str, data: Data, descend: Descend) -> Walk:
    """The part `storages` or `tensors` of a tar: a count, then pickles and numbers in turn."""
    notes = Notes()
    at = 0
    while at < len(data):
        stream = Stream(data, at, notes)
        stream.follow()
        at = stream.at
        if not stream.ended:
            return notes.walk(at)
        begin = at
        at = _numbers(name, data, at)
        if at > begin + 8 and name == "storages":
            descend(window(data, begin + 8, at), "storage", RAW)
    if at > len(data):
        notes.add("truncated", "inconclusive", "ends inside its numbers", len(data))
    return notes.walk(min(at, len(data)))


def _numbers(name: str, data: Data, at: int) -> int:
    """Where the numbers end that follow a pickle; `at` when another pickle follows."""
    if at >= len(data) or data[at] == 0x80:
        return at
    if name == "tensors":
        return at + 16 + 16 * int.from_bytes(data[at : at + 4], "little")
    count = int.from_bytes(data[at : at + 8], "little")
    ends = [at + 8 + count * w for w in WIDTHS]
    return next(
        (e for e in ends if e == len(data) or (e < len(data) and piece(data, e, e + 1) == b"\x80")), len(data) + 1
    )
