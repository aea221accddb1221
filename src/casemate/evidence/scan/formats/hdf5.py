"""HDF5 files: weights and whole models of Keras, PyTables, anything. Read by its outline.

Files of the form that the library and Keras write by default are read here; others with the h5py of `[h5]`, without
which they are inconclusive.

Values of datasets are data by definition; a pickle or an archive that lies there in one piece is walked all the same.
Findings: what Keras' configurations in attributes make (keras_config.py), pickles in text attributes (PyTables loads
those), links and values in other files, which a loader would open (CVE-2026-1669). None of them is followed.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.h5_outline import NoAnswer, Outline
from casemate.evidence.scan.notes import Notes
from casemate.evidence.scan.report import Walk

MARK = b"\x89HDF\r\n\x1a\n"
INSTALL = "is HDF5 of a form that needs h5py to be read: pip install 'casemate[h5]'"


def recognise(data: Data) -> bool:
    """Whether its mark stands at the beginning, or where one behind a user block may."""
    return _begin(data) is not None


def walk(data: Data, descend: Descend) -> Walk:
    """The outline, and what it leads to."""
    notes = descend.notes()
    begin = _begin(data)
    if begin is None:
        notes.add("broken", "inconclusive", "has no mark of HDF5", 0)
        return notes.walk(0)
    if begin:
        notes.add("prefix", "inconclusive", f"begins {begin:,} bytes into the file", begin)
    if begin == 0 and _cut(data):
        notes.add("truncated", "inconclusive", "ends before it says, and nothing can open it", len(data))
        return notes.walk(0)
    try:
        found = _outline(data, begin)
    except NoAnswer as e:
        notes.add("not-understood", "inconclusive", str(e), begin)
        return notes.walk(begin)
    return notes.walk(_told(found, data, _end(data, begin), notes, descend))


def _outline(data: Data, begin: int) -> Outline:
    """What the file holds. Fails with NoAnswer."""
    from casemate.evidence.scan import h5_classic
    from casemate.evidence.scan.h5_values import Beyond

    try:
        return h5_classic.outline(data)
    except Beyond:
        from casemate.evidence.scan import h5  # it starts a process, which few files need

    if not h5.installed():
        raise NoAnswer(INSTALL)
    return h5.outline(data)


def _told(found: Outline, data: Data, end: int | None, notes: Notes, descend: Descend) -> int:
    """Note what the outline tells; gives how many bytes are vouched for."""
    from casemate.evidence.scan.keras_config import judge

    for _, raw in found.configs:
        if not raw.replace(b".", b"").isalnum():  # a version is no configuration
            judge(raw, notes)
    for where, said in found.outside:
        descend.note("outside-file", "suspicious", said, f"hdf5 object {where}")
    for where, said in found.unread:
        descend.note("broken", "inconclusive", said, f"hdf5 object {where}")
    for where, text in found.texts:
        descend(text, f"hdf5 attribute {where}", RAW)
    for where, at, size in found.spans:
        if 0 <= at < at + size <= len(data):
            descend(window(data, at, at + size), f"hdf5 values {where}", RAW)
    if end == len(data):
        return 0 if found.unread else len(data)
    said = "ends before the file does" if end is not None and end < len(data) else "ends somewhere else than it says"
    notes.add("trailing-bytes", "inconclusive", said, min(end or 0, len(data)))
    return 0


def _begin(data: Data) -> int | None:
    """Where the mark is: at 0, 512, 1024, 2048 and so on, as the format says."""
    at = 0
    while at + len(MARK) <= len(data):
        if piece(data, at, at + len(MARK)) == MARK:
            return at
        at = at * 2 or 512
    return None


def _cut(data: Data) -> bool:
    """Whether the file is shorter than its superblock says; the library adjusts the end where a base is given."""
    places = _places(data, 0)
    return places is None or (places[0] == 0 and places[1] > len(data))


def _end(data: Data, begin: int) -> int | None:
    """Where the file ends by its superblock."""
    places = _places(data, begin)
    return None if places is None else places[1] + begin * (data[begin + 8] < 2)


def _places(data: Data, begin: int) -> tuple[int, int] | None:
    """The base and the end in the superblock at `begin`; None when there is none that can be read."""
    head = piece(data, begin, begin + 96)
    if len(head) < 48:
        return None
    old = head[8] < 2
    width = head[13] if old else head[9]
    if width not in (4, 8):
        return None
    at = 24 + 4 * (head[8] == 1) if old else 12
    base, end = head[at : at + width], head[at + 2 * width : at + 3 * width]
    return int.from_bytes(base, "little"), int.from_bytes(end, "little")
