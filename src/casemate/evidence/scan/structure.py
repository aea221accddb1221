"""Which part of a pickle machine.py follows to find what no pickler writes: all of it, or less of a large one.

A large pickle whose imports all make data (lists.py) can chain no calls. There only those names matter that are
harmless in one way alone (roles.py), and nothing before the first of them, so it is followed from there on: most large
pickles are records with few such names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casemate.evidence.scan import machine, memo
from casemate.evidence.scan.lists import makes_data
from casemate.evidence.scan.machine import Odd
from casemate.evidence.scan.opcodes import CODES, after
from casemate.evidence.scan.places import Stuck
from casemate.evidence.scan.roles import role

if TYPE_CHECKING:
    from casemate.evidence.scan.stream import Stream

LARGE = 1 << 16  # bytes


def odd(stream: Stream) -> Odd:
    """What a stream that was walked calls or changes: ids of findings with their first places. Fails with Enough."""
    imports, last, work = stream.notes.imports, stream.at - 1, stream.notes.work
    if stream.at - stream.start <= LARGE or not all(makes_data(module) for module, _ in imports):
        return machine.oddities(stream.data, stream.start, last, work)
    special = [(at, kind) for pair, at in imports.items() if (kind := role(*pair))]
    if not special:
        return {}
    first = min(special)
    try:
        if first[0] < stream.start or stream.data[first[0]] == CODES["INST"]:
            raise Stuck  # it may come back where we do not see it, or is a call itself
        return machine.oddities_behind(stream.data, first, last, _counted(stream, first[0]), work)
    except Stuck:
        return machine.oddities(stream.data, stream.start, last, work)


def _counted(stream: Stream, at: int) -> int | None:
    """How many MEMOIZE there are before a place; None when something else remembers too."""
    if stream.marks is None:
        return None
    place, count = max(mark for mark in stream.marks if mark[0] <= at)
    while place < at:
        count += stream.data[place] == memo.MEMOIZE
        place = after(stream.data, place, at)
    return count
