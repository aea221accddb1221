"""Python pickles, protocols 0 to 5, and the two files that have raw bytes between their pickles: joblib's and torch's.

Several pickles in one stream are each walked with a memo of their own, as `pickle.load` does (stream.py). joblib puts
the bytes of arrays between opcodes (arrays.py); torch before 1.6 puts storages behind its fifth pickle
(torch_files.py). Pickles hidden in the bytes or texts of a pickle are walked too (nested.py).
Left to others: which imports are harmless (lists.py).
"""

from __future__ import annotations

from casemate.evidence.scan import nested, torch_files
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.lists import is_known
from casemate.evidence.scan.notes import Notes
from casemate.evidence.scan.opcodes import CODES, NAMES, STARTS, Cut, Unknown, after
from casemate.evidence.scan.report import Walk
from casemate.evidence.scan.stream import GLOBAL, PROTO, RAW, STOP, pair

FIRST = bytes(STARTS)
TRY = 1_000  # opcodes that must read well before a stream without an end in sight is taken for a pickle
CALLS = frozenset(CODES[n] for n in ("REDUCE", "BUILD", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST"))


def recognise(data: Data) -> bool:
    """Whether the first bytes read as a pickle: they begin like one and go on to an end, or for long enough.

    Protocols 0 and 1 have no mark of their own, so plain text that happens to read as opcodes is taken for one. One
    that breaks off must have shown more: a mark, a call or an import of a name that our lists know.
    """
    at = 0
    try:
        for _ in range(TRY):
            if at == len(data):
                return at > 0
            code = data[at]
            if code == STOP or (at == 0 and code not in STARTS):
                return at > 0
            begin, at = at, after(data, at, len(data))
            sure = code in CALLS or (code == PROTO and at < len(data) and data[at] in NAMES)
            if sure or (code == GLOBAL and is_known(*pair(data, begin, at))):
                return True
    except (Unknown, Cut):
        return False
    return True


def walk(data: Data, descend: Descend) -> Walk:
    """Every import, as far as the bytes can be followed; the rest is a finding. Linear in time, bounded in memory."""
    notes = Notes()
    at, format, sure, pickles = 0, None, False, 0  # noqa: A001 (the shelf's word)
    legacy = torch_files.begins(data)
    while at < len(data):
        before = notes.imports.pop(RAW, None)  # each pickle has arrays of its own
        stream = nested.Watched(data, at, notes)
        stream.follow()
        nested.inspect(stream, notes, descend)
        if RAW in notes.imports:
            from casemate.evidence.scan import arrays  # most files need it as little as its start

            format = "joblib"  # noqa: A001
            arrays.follow(stream, descend)
        if before is not None:
            notes.imports[RAW] = before
        at, pickles = stream.at, pickles + 1
        if not stream.ended:
            break
        sure = sure or stream.marked
        if legacy and pickles == torch_files.PICKLES:
            format = "torch"  # noqa: A001
            at = torch_files.storages(data, stream.start, at, notes, descend)
            break
    return notes.walk(at, format, sure)
