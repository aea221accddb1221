"""A symbolic pickle machine: which text each STACK_GLOBAL finds on the stack, whatever way it came there.

It follows stack, marks and memo exactly and knows nothing of values: a stack or memo entry is the place of the opcode
that pushed a text, a global, an empty tuple or what a call made, plus one, or 0 for anything else. So it also sees what
an honest pickler never writes: a call of something that an operation made, and a change of a global. What the pickle
machine would refuse ends the machine here too.
The bytes must have been walked before (formats/pickle.py), so every opcode is known to end inside them.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import pickletools
from collections.abc import Iterator
from typing import TypeAlias

from casemate.evidence.scan.data import Data, keep_small, piece
from casemate.evidence.scan.notes import Enough, Work
from casemate.evidence.scan.opcodes import CODES, FIXED, GETS, LINES, NAMES, PUTS, STEP, TEXTS, after, text
from casemate.evidence.scan.places import Later, Memo, Stuck
from casemate.evidence.scan.watch import INST, NOTHING, SUBJECT, Watch

EVERY = 0x1000  # opcodes between two looks at the limits
MAX_STACK = 1_000_000  # the pickler sets lists and dicts down in thousands; only tuples grow the stack
MAX_MEMO = 12_000_000  # 4 bytes each
UNKNOWN = 1_000  # values and marks below a place in the middle of a pickle; those of all honest ones are in the tens


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
_KINDS["GLOBAL"] = _KINDS["EMPTY_TUPLE"] = (TEXT, 0)  # all are remembered by their place
_KINDS.update({NAMES[c]: (TEXT, 0) for c in TEXTS} | {NAMES[c]: (GET, 0) for c in GETS})
_KINDS.update({NAMES[c]: (PUT, 0) for c in PUTS if NAMES[c] != "MEMOIZE"})
_EFFECTS = {o.name: _KINDS.get(o.name) or _effect(o) for o in pickletools.opcodes}
KIND = bytes(_EFFECTS[NAMES[c]][0] if c in NAMES else DROP for c in range(256))
COUNT = bytes(_EFFECTS[NAMES[c]][1] if c in NAMES else 0 for c in range(256))
_GET, _PUT = CODES["BINGET"], CODES["BINPUT"]
_SHORT, TUPLE = CODES["SHORT_BINUNICODE"], CODES["TUPLE"]
Operand: TypeAlias = "tuple[int, str | None, str | None]"
Odd: TypeAlias = "dict[str, int]"
"""The first place of each thing that no pickler writes: the finding's id, and where."""


def check(stacked: int, remembered: int) -> None:
    """Fails with Enough when the machine grows beyond its limits."""
    if stacked > MAX_STACK:
        raise Enough(f"stacks more than {MAX_STACK:,} objects")
    if remembered > MAX_MEMO:
        raise Enough(f"remembers more than {MAX_MEMO:,} objects")


def oddities(data: Data, start: int, last: int, work: Work | None = None) -> Odd:
    """What the pickle in [start, last] calls or changes that no pickler writes; up to where it is refused."""
    odd: Odd = {}
    with contextlib.suppress(Stuck):
        collections.deque(operands(data, start, last, odd, work=work), maxlen=0)
    return odd


def oddities_behind(data: Data, seen: tuple[int, int], last: int, memos: int | None, work: Work) -> Odd:
    """The same from the middle on, behind an import: its place and its role (roles.py). Of what was there before
    nothing is known, so only what this import is used for counts. memos: how many MEMOIZE there were, where they count.

    Fails with Stuck where a name comes from before.
    """
    odd: Odd = {}
    at, role = seen
    watch = Watch(data, odd)
    watch.roles[at + 1] = role
    stack, marks = [0] * UNKNOWN + [at + 1], list(range(UNKNOWN))
    try:
        for _, module, name in _run(data, after(data, at, len(data)), last, Later(memos), watch, work, stack, marks):
            if module is None or name is None:
                raise Stuck
    except IndexError:
        raise Stuck from None
    if watch.unplaced:
        raise Stuck
    return {id: at for id, at in odd.items() if id not in ("calls-made", "changes-global")}  # noqa: A001


def operands(
    data: Data, start: int, last: int, odd: Odd | None = None, memo: Memo | None = None, work: Work | None = None
) -> Iterator[Operand]:
    """Place, module and name of every STACK_GLOBAL of the pickle that starts at `start`, up to `last`.

    odd: takes what no pickler writes. memo: what pickles before it left there. work: what the file has cost so far.
    A part is None when it is no text. Fails with Stuck where the pickle machine would, with Enough at a limit.
    """
    memo = Memo(len(data)) if memo is None else memo
    try:
        yield from _run(data, start, last, memo, Watch(data, {} if odd is None else odd), work or Work(), [], [])
    except IndexError:
        raise Stuck from None


def _run(  # noqa: C901 (one chain in one function, the commonest first: a call for each opcode would double its time)
    data: Data, at: int, last: int, memo: Memo, watch: Watch, work: Work, stack: list[int], marks: list[int]
) -> Iterator[Operand]:
    push, kinds, counts, steps, end = stack.append, KIND, COUNT, STEP, len(data)
    subject = SUBJECT
    seen = at
    for ops in itertools.count():
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
            push(memo.get(data[at + 1] if code == _GET else index(data, at)))
        elif kind == PUT:
            memo.put(data[at + 1] if code == _PUT else index(data, at), stack[-1])
        elif kind == MARK:
            marks.append(len(stack))
        elif kind == TO_MARK:
            mark = marks.pop()
            made = 0
            if (depth := subject[code]) != 255:
                subjected = stack[mark - depth] if mark >= depth and code != INST else 0
                made = watch.seen(code, at, subjected, NOTHING if len(stack) - mark == (code != INST) else 0)
            elif code == TUPLE and len(stack) - mark == 4:
                made = watch.tuple(at, stack[mark], stack[mark + 1])
            elif code == TUPLE and len(stack) == mark:
                made = at + 1  # as protocol 0 writes an empty one
            del stack[mark:]
            if counts[code]:
                push(made)
        elif kind == DROP:
            if count := counts[code]:
                if (depth := subject[code]) != 255 and (entry := stack[-depth]):
                    watch.seen(code, at, entry, 0)
                del stack[-count:]
        elif kind == SWAP:
            made = watch.seen(code, at, stack[-depth], stack[-1]) if (depth := subject[code]) != 255 else 0
            stack[-counts[code]] = made
            if counts[code] > 1:
                del stack[1 - counts[code] :]
        elif kind == POP:
            marks.pop() if marks and marks[-1] == len(stack) else stack.pop()
        elif kind == DUP:
            push(stack[-1])
        else:
            name, module = _text(data, stack.pop()), _text(data, stack.pop())
            watch.named(at + 1, module, name)
            yield at, module, name
            push(at + 1)
        if not ops % EVERY:
            work.follow(min(EVERY, last - at + 1))  # no opcode is shorter than a byte
            check(len(stack) + len(marks), len(memo.dense))
            keep_small(data, seen, at)
            seen = at
        at += steps[code] or (data[at + 1] + 2 if code == _SHORT else after(data, at, end) - at)


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
