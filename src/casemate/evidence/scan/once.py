"""A small pickle in one pass: what the tiers of stream.py find in three, where it is as picklers write it today.

Most files of a folder of models are small, and going over them three times is most of what they cost. So this follows
stack, memo, frames and names at once, by the rules of machine.py and with the same watch.py over its calls. It gives up
at whatever else there is, and has noted nothing then: protocols 0 and 1, a second pickle, a frame that ends early, a
constant that may be a pickle, joblib's arrays, objects from outside, bytes that an unpickler would refuse. Those the
tiers read. A test holds that both say the same of any bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from casemate.evidence.scan.nested import BEGINS
from casemate.evidence.scan.notes import MAX_NAME
from casemate.evidence.scan.opcodes import CODES, COUNTED, STEP, TEXTS, decode
from casemate.evidence.scan.roles import role
from casemate.evidence.scan.stream import HIGHEST, RAW
from casemate.evidence.scan.watch import Watch

MARK, TO_MARK, CALL, CHANGE, TUPLE, GLOBAL, STACKED, BYTES, GET, EMPTY, FAR = range(1, 12)
"""What is done at the rarer opcodes: mark; down to the mark; call; change; a tuple of so many; import by lines, or from
the stack; bytes and rarer texts; recall; an empty tuple; a memo place of four bytes. 0: the end, or for the tiers."""
_ACTS = {
    MARK: ("MARK",), TO_MARK: ("TUPLE", "LIST", "DICT", "FROZENSET", "APPENDS", "SETITEMS", "ADDITEMS"),
    CALL: ("REDUCE", "NEWOBJ", "NEWOBJ_EX"), CHANGE: ("BUILD", "APPEND", "SETITEM"),
    TUPLE: ("TUPLE1", "TUPLE2", "TUPLE3"), GLOBAL: ("GLOBAL",), STACKED: ("STACK_GLOBAL",), EMPTY: ("EMPTY_TUPLE",),
    BYTES: ("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8", "LONG1", "LONG4", "SHORT_BINSTRING", "BINSTRING",
            "BINUNICODE8"),
    GET: ("BINGET", "LONG_BINGET"), FAR: ("LONG_BINPUT",),
}  # fmt: skip
_PUSH = ("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "BINFLOAT", "EMPTY_LIST", "EMPTY_DICT",
         "EMPTY_SET")  # fmt: skip
_POPS = {"APPEND": 1, "BUILD": 1, "SETITEM": 2, "REDUCE": 2, "NEWOBJ": 2, "NEWOBJ_EX": 3, "TUPLE1": 1, "TUPLE2": 2,
         "TUPLE3": 3, "BINGET": 2, "LONG_BINGET": 5}  # fmt: skip


def _table(of: dict[str, int]) -> bytes:
    codes = {CODES[name]: number for name, number in of.items()}
    return bytes(codes.get(c, 0) for c in range(256))


ACT = _table({name: act for act, names in _ACTS.items() for name in names})
PUSHES = _table({name: STEP[CODES[name]] for name in _PUSH})  # how long one is that pushes what says nothing
HEADS = _table({"SHORT_BINUNICODE": 2, "BINUNICODE": 5})  # where a text begins
POPS = _table(_POPS)  # how many values one takes; of the last two how long it is
ADDS = frozenset(CODES[n] for n in ("APPENDS", "SETITEMS", "ADDITEMS"))
COUNT = bytes(COUNTED.get(c, 0) for c in range(256))
UTF8 = frozenset(CODES[n] for n in ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"))
MEMOIZE, PUT, STOP, PROTO, FRAME, TUPLES = (CODES[n] for n in ("MEMOIZE", "BINPUT", "STOP", "PROTO", "FRAME", "TUPLE"))
_BEGINS = bytes(c in b"\x80\xc2g8" for c in range(256))  # how what opcodes.MARK means may begin
Once: TypeAlias = "tuple[dict[tuple[str, str], int], dict[str, int]]"
"""Imports with their first places, and what is odd with its first place."""


@lru_cache(1024)
def _named(module: bytes, name: bytes) -> tuple[tuple[str, str], int] | None:
    """Module and name of an import, both short, and its role; None when the tiers must look."""
    a, b = decode("GLOBAL", module), decode("GLOBAL", name)
    return None if a is None or b is None or (a, b) == RAW else ((a, b), role(a, b))


def _text(data: bytes, entry: int) -> bytes:
    """The bytes of a text on the stack. Fails with KeyError where it is none that a pickler names things by."""
    code = data[entry - 1] if entry else 0
    begin = entry + COUNT[code]
    size = int.from_bytes(data[entry:begin], "little")
    if code not in UTF8 or size > MAX_NAME:
        raise KeyError
    return data[begin : begin + size]


def read(data: bytes) -> Once | None:
    """The whole of a small file as one pickle of protocol 2 to 5; None where it is anything else."""
    try:
        begin = _begin(data)
        return None if begin is None else _read(data, begin)
    except (IndexError, KeyError, ValueError):  # below the stack, a place that was never set, beyond the end
        return None


def _begin(data: bytes) -> int | None:
    """Where the first opcode stands behind PROTO and a frame that goes to the end."""
    if data[0] != PROTO or not 2 <= data[1] <= HIGHEST:
        return None
    if data[2] != FRAME:
        return 2
    return 11 if 11 + int.from_bytes(data[3:11], "little") == len(data) else None


def _read(data: bytes, at: int) -> Once | None:  # noqa: C901 (as in machine.py: a call for each opcode would double it)
    stack: list[int] = []
    marks: list[int] = []
    memo: list[int] = []  # picklers count up
    imports: dict[tuple[str, str], int] = {}
    odd: dict[str, int] = {}
    watch = Watch(data, odd)
    push, remember, pushes, heads, acts, begins = stack.append, memo.append, PUSHES, HEADS, ACT, _BEGINS
    while True:
        code = data[at]
        if code == MEMOIZE:
            remember(stack[-1])
            at += 1
        elif code == PUT:
            key = data[at + 1]
            if key == len(memo):
                remember(stack[-1])
            else:
                memo[key] = stack[-1]
            at += 2
        elif size := pushes[code]:
            push(0)
            at += size
        elif head := heads[code]:
            push(at + 1)
            begin = at + head
            if begins[data[begin]] and BEGINS.match(data, begin):
                return None
            at = begin + (data[at + 1] if head == 2 else int.from_bytes(data[at + 1 : begin], "little"))
            if data[at] == MEMOIZE:  # as nearly always behind a text
                remember(stack[-1])
                at += 1
            elif data[at] == PUT and data[at + 1] == len(memo):
                remember(stack[-1])
                at += 2
        elif (act := acts[code]) == MARK:
            marks.append(len(stack))
            at += 1
        elif act == TO_MARK:
            mark = marks.pop()
            made = 0
            if code in ADDS:
                if entry := stack[mark - 1] if mark else 0:
                    watch.seen(code, at, entry, 0)
                del stack[mark:]
            else:
                if code == TUPLES and len(stack) - mark == 4:
                    made = watch.tuple(at, stack[mark], stack[mark + 1])
                elif code == TUPLES and len(stack) == mark:
                    made = at + 1
                del stack[mark:]
                push(made)
            at += 1
        elif act == CALL:
            depth = POPS[code]
            made = watch.seen(code, at, stack[-depth], stack[-1])
            del stack[-depth:]
            push(made)
            at += 1
        elif act == TUPLE:
            depth = POPS[code]
            stack[-depth] = 0
            if depth > 1:
                del stack[1 - depth :]
            at += 1
        elif act == CHANGE:
            depth = POPS[code]
            if entry := stack[-depth - 1]:
                watch.seen(code, at, entry, 0)
            del stack[-depth:]
            at += 1
        elif act == GLOBAL:
            middle = data.index(b"\n", at)
            end = data.index(b"\n", middle + 1)
            if end - at > MAX_NAME or (found := _named(data[at + 1 : middle], data[middle + 1 : end])) is None:
                return None
            imports.setdefault(found[0], at)
            watch.roles[at + 1] = found[1]
            push(at + 1)
            at = end + 1
        elif act == STACKED:
            name, module = _text(data, stack.pop()), _text(data, stack.pop())
            if (found := _named(module, name)) is None:
                return None
            imports.setdefault(found[0], at)
            watch.roles[at + 1] = found[1]
            push(at + 1)
            at += 1
        elif act == BYTES:
            push(at + 1 if code in TEXTS else 0)
            begin = at + 1 + COUNT[code]
            if begins[data[begin]] and BEGINS.match(data, begin):
                return None
            at = begin + int.from_bytes(data[at + 1 : begin], "little")
        elif act == GET:
            size = POPS[code]
            push(memo[int.from_bytes(data[at + 1 : at + size], "little")])
            at += size
        elif act == EMPTY:
            push(at + 1)
            at += 1
        elif act == FAR:
            key = int.from_bytes(data[at + 1 : at + 5], "little")
            if key == len(memo):
                remember(stack[-1])
            else:
                memo[key] = stack[-1]
            at += 5
        else:
            return (imports, odd) if code == STOP and at + 1 == len(data) and stack else None
