"""A symbolic pickle machine: which text each STACK_GLOBAL finds on the stack, whatever way it came there.

It follows stack, marks and memo exactly and knows nothing of values: a stack or memo entry is the place of the opcode
that pushed a text or a global, plus one, or 0 for anything else. So it also sees what an honest pickler never writes:
a call of something that an operation made, and a change of a global. What the pickle machine would refuse ends the
machine here too.
The bytes must have been walked before (formats/pickle.py), so every opcode is known to end inside them.
"""

from __future__ import annotations

import collections
import contextlib
import pickletools
from array import array
from collections.abc import Iterator
from typing import TypeAlias

from casemate.evidence.scan.data import Data, keep_small, piece
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.opcodes import CODES, FIXED, GETS, LINES, NAMES, PUTS, STEP, TEXTS, after, text

MAX_OPS = 40_000_000  # some ten seconds
MAX_STACK = 1_000_000  # the pickler sets lists and dicts down in thousands; only tuples grow the stack
MAX_MEMO = 12_000_000  # 4 bytes each
MAX_SPARSE = 100_000  # memo places out of order; picklers count up


class Stuck(Exception):
    """The pickle machine would refuse here: the stack or the memo does not hold what is asked for."""


PLAIN, TEXT, NEXT, DROP, MARK, TO_MARK, SWAP, PUT, GET, POP, DUP, IMPORT = range(12)
"""Effects: push; push a text or global; remember at the next place; pop n; mark; pop to the mark; pop n and push; memo
put, memo get; pop; double the top; import."""


def _effect(op: pickletools.OpcodeInfo) -> tuple[int, int]:
    """What an opcode does to the stack: the kind, and how many entries it pops (to the mark: pushes)."""
    before, out = len(op.stack_before), len(op.stack_after)
    if pickletools.markobject in op.stack_before:
        return TO_MARK, out - op.stack_before.index(pickletools.markobject)
    if not before:
        return (PLAIN if out else DROP), 0
    return (SWAP if out else DROP), before


_KINDS = {
    "MARK": (MARK, 0), "POP": (POP, 0), "DUP": (DUP, 0), "STACK_GLOBAL": (IMPORT, 0), "MEMOIZE": (NEXT, 0),
    # These leave what lies below as it is, even a text when there is nothing to set.
    "BUILD": (DROP, 1), "APPEND": (DROP, 1), "SETITEM": (DROP, 2), "STOP": (DROP, 0),
}  # fmt: skip
_KINDS["GLOBAL"] = (TEXT, 0)  # both are remembered by their place
_KINDS.update({NAMES[c]: (TEXT, 0) for c in TEXTS} | {NAMES[c]: (GET, 0) for c in GETS})
_KINDS.update({NAMES[c]: (PUT, 0) for c in PUTS if NAMES[c] != "MEMOIZE"})
_EFFECTS = {o.name: _KINDS.get(o.name) or _effect(o) for o in pickletools.opcodes}
KIND = bytes(_EFFECTS[NAMES[c]][0] if c in NAMES else DROP for c in range(256))
COUNT = bytes(_EFFECTS[NAMES[c]][1] if c in NAMES else 0 for c in range(256))
_SHORT = CODES["SHORT_BINUNICODE"]
GLOBALS = frozenset(CODES[n] for n in ("GLOBAL", "STACK_GLOBAL"))
CALLS = {CODES["REDUCE"]: 2, CODES["NEWOBJ"]: 2, CODES["NEWOBJ_EX"]: 3, CODES["OBJ"]: 0}
CHANGES = {CODES[n]: depth for n, depth in (("BUILD", 2), ("APPEND", 2), ("SETITEM", 3))}
CHANGES |= {CODES[n]: 1 for n in ("APPENDS", "SETITEMS", "ADDITEMS")}
MARKED = frozenset(CODES[n] for n in ("OBJ", "APPENDS", "SETITEMS", "ADDITEMS"))
"""How deep what is called or changed lies: from the top, or for those with a mark below it (0: right above it)."""
SUBJECT = bytes({**CALLS, **CHANGES}.get(c, 255) for c in range(256))
Odd: TypeAlias = "dict[str, int]"
"""The first place of each thing that no pickler writes: the finding's id, and where."""


class Memo:
    """Places in order in an array, the few others in a dict; the keys of the two never overlap."""

    def __init__(self, size: int) -> None:
        self.dense = array("I" if size < 2**32 - 1 else "Q")
        self.sparse: dict[int, int] = {}

    def put(self, key: int, value: int) -> None:
        """Set one place. Fails with Enough when there are too many."""
        if key < len(self.dense):
            self.dense[key] = value
        elif key == len(self.dense) and key not in self.sparse:
            self.dense.append(value)
        elif len(self.sparse) >= MAX_SPARSE and key not in self.sparse:
            raise Enough(f"remembers more than {MAX_SPARSE:,} objects out of order")
        else:
            self.sparse[key] = value

    def add(self, value: int) -> None:
        """Set the place that MEMOIZE means: as many as there are."""
        if self.sparse:
            self.put(len(self.dense) + len(self.sparse), value)
        else:
            self.dense.append(value)

    def get(self, key: int) -> int:
        """One place. Fails with Stuck when it was never set."""
        if 0 <= key < len(self.dense):
            return self.dense[key]
        if key not in self.sparse:
            raise Stuck
        return self.sparse[key]


def check(stacked: int, remembered: int) -> None:
    """Fails with Enough when the machine grows beyond its limits."""
    if stacked > MAX_STACK:
        raise Enough(f"stacks more than {MAX_STACK:,} objects")
    if remembered > MAX_MEMO:
        raise Enough(f"remembers more than {MAX_MEMO:,} objects")


def oddities(data: Data, start: int, last: int) -> Odd:
    """What the pickle in [start, last] calls or changes that no pickler writes; up to where it is refused."""
    odd: Odd = {}
    with contextlib.suppress(Stuck):
        collections.deque(operands(data, start, last, odd), maxlen=0)
    return odd


def operands(data: Data, start: int, last: int, odd: Odd | None = None) -> Iterator[tuple[int, str | None, str | None]]:
    """Place, module and name of every STACK_GLOBAL of the pickle that starts at `start`, up to `last`.

    odd: takes what no pickler writes. A part is None when it is no text. Fails with Stuck where the pickle machine
    would, with Enough at a limit.
    """
    memo = Memo(len(data))
    try:
        yield from _run(data, start, last, memo, {} if odd is None else odd)
    except IndexError:
        raise Stuck from None


def _run(  # noqa: C901 (one chain, the commonest first: this is the slow tier's hot loop)
    data: Data, at: int, last: int, memo: Memo, odd: Odd
) -> Iterator[tuple[int, str | None, str | None]]:
    stack: list[int] = []
    marks: list[int] = []
    push, kinds, counts, steps, end = stack.append, KIND, COUNT, STEP, len(data)
    subject = SUBJECT
    seen = at
    for ops in range(MAX_OPS):
        if at > last:
            return
        code = data[at]
        kind = kinds[code]
        if kind == PLAIN:
            push(0)
        elif kind == NEXT:
            memo.add(stack[-1])
        elif kind == TEXT:
            push(at + 1)
        elif kind == GET:
            push(memo.get(index(data, at)))
        elif kind == PUT:
            memo.put(index(data, at), stack[-1])
        elif kind == MARK:
            marks.append(len(stack))
        elif kind == TO_MARK:
            mark = marks.pop()
            if (depth := subject[code]) != 255:
                _watch(data, code, at, stack[mark - depth] if mark >= depth else 0, odd)
            del stack[mark:]
            if counts[code]:
                push(0)
        elif kind == DROP:
            if count := counts[code]:
                if (depth := subject[code]) != 255:
                    _watch(data, code, at, stack[-depth], odd)
                del stack[-count:]
        elif kind == SWAP:
            if (depth := subject[code]) != 255:
                _watch(data, code, at, stack[-depth], odd)
            stack[-counts[code]] = 0
            if counts[code] > 1:
                del stack[1 - counts[code] :]
        elif kind == POP:
            marks.pop() if marks and marks[-1] == len(stack) else stack.pop()
        elif kind == DUP:
            push(stack[-1])
        else:
            name, module = stack.pop(), stack.pop()
            yield at, _text(data, module), _text(data, name)
            push(at + 1)
        if not ops & 0xFFF:
            check(len(stack) + len(marks), len(memo.dense))
            keep_small(data, seen, at)
            seen = at
        at += steps[code] or (data[at + 1] + 2 if code == _SHORT else after(data, at, end) - at)
    raise Enough(f"needs more than {MAX_OPS:,} operations before its last import")


def oddity(code: int, named: bool) -> str | None:
    """What is odd about a call or a change (SUBJECT) of something: the finding's id. named: it is a global."""
    if code in CALLS:
        return None if named else "calls-made"
    return "changes-global" if named else None


def _watch(data: Data, code: int, at: int, entry: int, odd: Odd) -> None:
    found = oddity(code, bool(entry) and data[entry - 1] in GLOBALS)
    if found is not None:
        odd.setdefault(found, at)


def _text(data: Data, entry: int) -> str | None:
    if not entry or data[entry - 1] not in TEXTS:
        return None
    return text(data, entry - 1, after(data, entry - 1, len(data)))


def index(data: Data, at: int) -> int:
    """The memo place that a GET or PUT names. Fails with Stuck when it is no number."""
    code = data[at]
    if size := FIXED.get(code):
        return int.from_bytes(data[at + 1 : at + 1 + size], "little")
    end = after(data, at, len(data))
    if code not in LINES or end - at > 24:  # 2**64 has 20 digits
        raise Stuck
    try:
        key = int(piece(data, at + 1, end))
    except ValueError:
        raise Stuck from None
    if key < 0:
        raise Stuck
    return key
