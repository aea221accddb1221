"""Several pickles of one file as one Unpickler reads them: the memo of each goes on where that of the one before ended.

`pickle.load` starts anew for each pickle, and so does the walk. A program that calls `load` of one Unpickler several
times has a later pickle take what an earlier one remembered, so it may read other names, and call other things. That
is followed here as well; what differs from the first way is told.
"""

from __future__ import annotations

from casemate.evidence.scan import machine
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.lists import denial, is_known
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.opcodes import Cut, Unknown
from casemate.evidence.scan.places import Memo, Stuck
from casemate.evidence.scan.stream import VALUES

DIFFERS = "has several pickles, and an Unpickler that reads them all takes names from the earlier ones"
Span = tuple[int, int]


def inspect(data: Data, spans: list[Span], valued: set[int], notes: Notes) -> None:
    """Note what the pickles at these places do in addition when one Unpickler reads them; up to where it is refused.

    valued: starts of those whose calls were followed by values.
    """
    memo = Memo(len(data))
    plain = set(notes.imports)
    try:
        for number, (start, end) in enumerate(spans):
            odd: machine.Odd = {}
            for at, module, name in machine.operands(data, start, end - 1, odd, memo, notes.work):
                if number and (module, name) not in plain:
                    _name(module, name, at, notes)
            if start in valued:
                odd.pop(VALUES, None)
            _structure(odd if number else {}, notes)
    except (Stuck, Unknown, Cut):
        pass
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", spans[-1][0])


def _name(module: str | None, name: str | None, at: int, notes: Notes) -> None:
    """A name that only this way of reading has. Names that no list knows come about by chance as well."""
    if denial(module, name):
        notes.seen(module, name, at)
    elif not is_known(module, name):
        notes.add("shared-memo", "inconclusive", DIFFERS, at)


def _structure(odd: machine.Odd, notes: Notes) -> None:
    """Calls and changes that only this way of reading has."""
    for id, at in odd.items():  # noqa: A001 (the report's word)
        if id not in notes.findings:
            notes.add("shared-memo", "inconclusive", DIFFERS, at)
