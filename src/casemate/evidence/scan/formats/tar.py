"""tar archives (ustar, GNU, pax), read by their headers. Links and names that lead outside are findings.

Unpacked nowhere. Sparse files, devices and whatever else a model never holds are not understood.
"""

from __future__ import annotations

from casemate.evidence.scan.archive import Parts, models_first
from casemate.evidence.scan.data import Data, window
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.report import Walk
from casemate.evidence.scan.tardir import BLOCK, ODD, Entry, header, headers

FILES, LINKS, FOLDERS = b"0\x007", b"12", b"5"


def recognise(data: Data) -> bool:
    """Whether the first block is a header with a right checksum."""
    return len(data) >= BLOCK and header(data, 0) is not None


def walk(data: Data, descend: Descend) -> Walk:
    """Every entry in order, to the two empty blocks at the end."""
    notes, entries, at = descend.notes(), [], 0
    try:
        for entry in headers(data):
            descend.entries()
            entries.append(entry)
            at = entry.end
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", at)
    parts = Parts("tar", (e.name for e in entries), descend)
    for entry in sorted(entries, key=lambda e: models_first(e.name)):
        _read(entry, data, parts)
    parts.end()
    end = _ends(data, at, notes)
    return notes.walk(end, parts.format)


def _read(entry: Entry, data: Data, parts: Parts) -> None:
    """One entry."""
    link = entry.link if entry.kind in LINKS else None
    parts.named(entry.name, link)
    if entry.kind == ODD:
        said = "has records that tools read in different ways"
        parts.descend.note("records-differ", "suspicious", said, parts.where(entry.name), entry.begin)
    if entry.kind in FILES:
        if entry.begin + entry.size > len(data):
            parts.missed(entry.name, "truncated", "goes on behind the end of the file", 0)
        parts.lies(entry.name, window(data, entry.begin, min(entry.begin + entry.size, len(data))))
    elif link is None and entry.kind not in FOLDERS:
        said = f"is of a kind ({entry.kind!a}) that we cannot read"
        parts.missed(entry.name, "not-understood", said, min(entry.size, len(data) - entry.begin))


def _ends(data: Data, at: int, notes: Notes) -> int:
    """How far the archive goes: to the end when nothing but zeros follows, of which there must be two blocks."""
    if at > len(data) or len(data) - at < 2 * BLOCK:
        notes.add("truncated", "inconclusive", "ends before the archive does", min(at, len(data)))
        return min(at, len(data))
    begin = at
    while at < len(data) and not any(data[at : at + (1 << 16)]):
        at += 1 << 16
    if at < len(data):
        notes.add("trailing-bytes", "inconclusive", "has bytes behind its last entry that are none", at)
        return begin
    return len(data)
