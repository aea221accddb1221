"""Names of imports that stand right before them, and those that were remembered, found by counting.

Since protocol 4 a pickle remembers with MEMOIZE alone, so memo place k is what the k-th MEMOIZE saw. The walk counts
them and leaves marks; from the mark before it each place is found in steps. A stream that does anything else is left to
machine.py.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.opcodes import CODES, FIXED, GETS, LOOK, PUTS, STEP, TEXTS, after, text

MEMOIZE = CODES["MEMOIZE"]
STOPS = LOOK | PUTS


@dataclass(frozen=True, slots=True)
class Text:
    """A text that stands in the stream; None when it is too long or none that a loader accepts."""

    text: str | None


Ref: TypeAlias = "Text | int"
"""A text, or the memo place to find it at."""


def before(data: Data, at: int, end: int) -> tuple[Ref, Ref] | None:
    """What the last two pushes in [at, end) leave on top; None when they are not two texts or memo places.

    `at` must be where an opcode begins.
    """
    below = top = None
    while at < end:
        code = data[at]
        following = at + STEP[code] if STEP[code] else after(data, at, end)
        if code in TEXTS or code in GETS:
            below, top = top, (at, following)
        elif code not in PUTS:
            below = top = None
        at = following
    if below is None or top is None:
        return None
    module, name = _ref(data, *below), _ref(data, *top)
    return None if module is None or name is None else (module, name)


def _ref(data: Data, at: int, end: int) -> Ref | None:
    """The text, or the memo place; None for a place in decimal digits, which no pickler mixes with STACK_GLOBAL."""
    if data[at] in TEXTS:
        return Text(text(data, at, end))
    return int.from_bytes(data[at + 1 : end], "little") if data[at] in FIXED else None


Marks: TypeAlias = "list[tuple[int, int]]"
"""A place where an opcode begins, and how many MEMOIZE there are before it."""
Names: TypeAlias = "list[tuple[int, str | None, str | None]]"


def texts(data: Data, marks: Marks, imports: list[tuple[int, Ref, Ref]]) -> Names | None:
    """Place, module and name of imports with remembered names; None when counting fails.

    marks: the stream's start, and places behind it where the MEMOIZE up to there were counted.
    """
    keys = sorted({r for _, *refs in imports for r in refs if isinstance(r, int)})
    known = dict(zip(keys, _counted(data, marks, imports[-1][0], keys), strict=False))
    names: Names = []
    for at, *refs in imports:
        pair = [r.text if isinstance(r, Text) else _earlier(known, r, at) for r in refs]
        if any(p is None and isinstance(r, int) for p, r in zip(pair, refs, strict=True)):
            return None
        names.append((at, pair[0], pair[1]))
    return names


def _earlier(known: dict[int, tuple[int, str]], key: int, at: int) -> str | None:
    """What was remembered at a place before `at`."""
    place, found = known.get(key, (at, None))
    return found if place < at else None


def _counted(data: Data, marks: Marks, stop: int, keys: list[int]) -> Iterator[tuple[int, str]]:
    """For each memo place, in order: where its MEMOIZE is and the text right before it. Ends early when that fails."""
    at, count = marks[0][0], 0
    place, pushed = at, None  # of the last MEMOIZE, and of the opcode before it
    for key in keys:
        near, counted = marks[max(bisect.bisect_left(marks, key, key=lambda m: m[1]) - 1, 0)]
        if near > at:
            at, count = near, counted
        while count <= key:
            if at >= stop:
                return
            if data[at] == MEMOIZE:
                place, count, at = at, count + 1, at + 1
            else:
                pushed, at = at, after(data, at, stop)
        if pushed is None or data[pushed] not in TEXTS:
            return
        name = text(data, pushed, place)
        if name is None or after(data, pushed, stop) != place:
            return
        yield place, name
