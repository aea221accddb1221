"""What torch wrote before 1.6: pickles with raw storages between or behind them.

A file: the magic number, the protocol, the system, the object, the keys of its storages (five pickles), then for each
key a count of 8 bytes and that many elements. A tar: parts `storages` and `tensors` of small pickles and numbers.
How wide an element is stands in the pickle. In a file it lies far away, and that the counts lead exactly to the end
says the same; in a tar it stands right before the numbers, and is taken from there.
Source: torch/serialization.py of 2.x, `_legacy_save` and `legacy_load`.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.notes import Enough, Notes
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
ELEMENTS = {
    **dict.fromkeys(("Byte", "Char", "Bool", "QInt8", "QUInt8", "QUInt4x2", "QUInt2x4", "Untyped"), 1),
    **dict.fromkeys(("Half", "Short", "BFloat16"), 2),
    **dict.fromkeys(("Float", "Int", "QInt32"), 4),
    **dict.fromkeys(("Double", "Long", "ComplexFloat"), 8),
    "ComplexDouble": 16,
}
"""Bytes of an element, by the beginning of the storage's name."""
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
    notes = descend.notes()
    at = 0
    while at < len(data):
        first, own = not at, descend.notes()  # the storage's name counts for this pickle alone
        stream = Stream(data, at, own)
        stream.follow()
        _gather(notes, own)
        begin = at = stream.at
        if not stream.ended:
            return notes.walk(at)
        if first:  # how many there are
            continue
        found = _numbers(name, data, at, own)
        if found is None:
            notes.add("not-understood", "inconclusive", "has numbers of a width that its pickle does not say", at)
            return notes.walk(at)
        at = found
        if at > begin + 8 and name == "storages":
            descend(window(data, begin + 8, min(at, len(data))), "storage", RAW)
    if at > len(data):
        notes.add("truncated", "inconclusive", "ends inside its numbers", len(data))
    return notes.walk(min(at, len(data)))


def _gather(notes: Notes, own: Notes) -> None:
    """Add what one pickle had to that of all."""
    try:
        for (module, name), at in own.imports.items():
            notes.seen(module, name, at)
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", 0)
    for id, (severity, message, at) in own.findings.items():  # noqa: A001 (the notes' word)
        notes.add(id, severity, message, at)


def _numbers(name: str, data: Data, at: int, own: Notes) -> int | None:
    """Where the numbers end that follow a pickle; None when it does not say how wide they are.

    Behind the last storage stands one more pickle, with views of storages; nothing follows it.
    """
    if name == "tensors":
        return at + 16 + 16 * int.from_bytes(data[at : at + 4], "little")
    if not own.imports and at == len(data):
        return at
    count = int.from_bytes(data[at : at + 8], "little")
    named = {ELEMENTS.get((name or "").removesuffix("Storage")) for _, name in own.imports}
    ends = [at + 8 + count * width for width in WIDTHS if not named or named == {width}]
    if not named:  # torch reads no such storage
        ends = [e for e in ends if e == len(data) or (e < len(data) and data[e] == 0x80)]
    return ends[0] if len(ends) == 1 else None
