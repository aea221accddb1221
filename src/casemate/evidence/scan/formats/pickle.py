"""Python pickles, protocols 0 to 5, and the two files that have raw bytes between their pickles: joblib's and torch's.

Several pickles in one stream are each walked with a memo of their own, as `pickle.load` does (stream.py), and then with
one memo, as one Unpickler does (shared.py). joblib puts
the bytes of arrays between opcodes (arrays.py); torch before 1.6 puts storages behind its fifth pickle
(torch_files.py). Pickles hidden in the bytes or texts of a pickle are walked too (nested.py).
Left to others: which imports are harmless (lists.py).
"""

from __future__ import annotations

from casemate.evidence.scan import nested, torch_files
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.lists import is_known, makes_data
from casemate.evidence.scan.opcodes import CODES, NAMES, STARTS, Cut, Unknown, after, pair
from casemate.evidence.scan.report import Walk
from casemate.evidence.scan.roles import GETATTR
from casemate.evidence.scan.stream import GLOBAL, PROTO, RAW, STOP

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
    notes = descend.notes()
    at, format, sure, pickles = 0, None, False, 0  # noqa: A001 (the shelf's word)
    legacy = torch_files.begins(data)
    spans: list[tuple[int, int]] = []
    valued: set[int] = set()  # starts of those whose calls count by what they get
    taken = False  # whether a later pickle takes names from a memo
    while at < len(data):
        before = notes.imports.pop(RAW, None)  # each pickle has arrays of its own
        stream = nested.Watched(data, at, notes)
        stream.follow()
        if RAW in notes.imports or stream.by_values or not GETATTR.isdisjoint(notes.imports):
            from casemate.evidence.scan import arrays  # most files need it as little as its start

            format = "joblib" if RAW in notes.imports else format  # noqa: A001
            if arrays.needed(stream):
                arrays.follow(stream, descend)
        nested.inspect(stream, notes, descend)
        if before is not None:
            notes.imports[RAW] = before
        at, pickles = stream.at, pickles + 1
        spans.append((stream.start, at))
        valued |= {stream.start} if stream.by_values else set()
        taken = taken or (pickles > 1 and stream.takes_names)
        if not stream.ended:
            break
        sure = sure or stream.marked
        if legacy and pickles == torch_files.PICKLES:
            format = "torch"  # noqa: A001
            at = torch_files.storages(data, stream.start, at, notes, descend)
            break
    if len(spans) > 1 and notes.imports and (taken or not all(makes_data(module) for module, _ in notes.imports)):
        from casemate.evidence.scan import shared  # few files have several pickles

        shared.inspect(data, spans, valued, notes)
    return notes.walk(at, format, sure)
