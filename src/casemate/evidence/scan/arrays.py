"""joblib's pickles: the bytes of an array stand in the middle of the opcodes, right behind the BUILD of its wrapper.

joblib.numpy_pickle reads there a byte with the length of the padding, the padding, and as many bytes as shape and
dtype say; where the dtype holds objects, a pickle of its own; then the opcodes go on. To know where they go on, this
follows stack, memo and the few values that say it: texts, integers, tuples, the wrapper's state, plain dtypes. What
it cannot follow exactly makes the file inconclusive, because a wrong length would hide opcodes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from casemate.evidence.scan import machine
from casemate.evidence.scan.data import keep_small, piece, window
from casemate.evidence.scan.descend import RAW as DATA
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.lists import denial
from casemate.evidence.scan.machine import Stuck
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.opcodes import LOOK, NAMES, Cut, Unknown, text
from casemate.evidence.scan.stream import MEANING, RAW, Stream, pair

MAX_OPS = 20_000_000
MAX_STATE = 64  # entries of a dict that may be a wrapper's state; it has six
OTHER = object()
"""Any value that says nothing about an array."""


@dataclass(frozen=True, slots=True)
class Name:
    """What an import gives."""

    module: str
    name: str


@dataclass(slots=True, eq=False)
class State:
    """A dict with texts as keys; not exact when something else was put in."""

    items: dict[str, Any] = field(default_factory=dict)
    exact: bool = True

    def put(self, pairs: list[Any]) -> None:
        """Set keys and values in turn. Fails with Stuck when one is missing."""
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            if isinstance(key, str) and len(self.items) < MAX_STATE:
                self.items[key] = value
            else:
                self.exact = False


@dataclass(slots=True, eq=False)
class Wrapper:
    """A NumpyArrayWrapper."""

    state: State = field(default_factory=State)


@dataclass(slots=True, eq=False)
class Dtype:
    """A dtype: how wide an element is, in bytes, and whether it holds objects. None: not known."""

    kind: str
    size: int | None
    objects: bool = False

    def build(self, state: Any) -> None:
        """Take the state that a pickle sets (numpy's arraydescr_setstate)."""
        known = isinstance(state, tuple) and len(state) >= 8
        if not known or state[2] is not None or state[5] not in (-1, self.size) or not isinstance(state[7], int):
            self.size = None
        elif state[4] is not None:
            self.objects = bool(state[7] & 1)
        elif bool(state[7] & 1) != self.objects:
            self.size = None


_KIND = re.compile(r"[<>|=]?([biufcmMSUVO])(\d{1,9})|[<>|=]?(\?)")


def dtype(code: Any) -> Dtype:
    """The dtype that a text makes."""
    found = _KIND.fullmatch(code) if isinstance(code, str) else None
    if found is None:
        return Dtype("", None)
    if found[3]:
        return Dtype("?", 1)
    return Dtype(found[1], int(found[2]) * (4 if found[1] == "U" else 1), found[1] == "O")


def follow(stream: Stream, descend: Descend) -> None:
    """Walk a stream again from its start, with the arrays in it.

    What the plain walk guessed is forgotten unless it is denied: loaders that know no joblib read arrays as opcodes.
    """
    notes, guessed = stream.notes, dict(stream.notes.imports)
    raw = guessed[RAW]
    again = Notes()
    again.steps = notes.steps
    walk = Stream(stream.data, stream.start, again)
    run = _Run(walk, descend)
    try:
        run.walk()
    except (Stuck, IndexError, Unknown, Cut):
        pass
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", walk.at)
    if not walk.ended:
        notes.add("raw-array", "inconclusive", "holds joblib arrays that could not be followed", raw)
        stream.ended, stream.at = False, min(stream.at, raw)
        return
    notes.imports = {k: at for k, at in guessed.items() if at < stream.start or denial(*k)} | again.imports
    before = {id: f for id, f in notes.findings.items() if f[2] < stream.start}  # noqa: A001
    notes.findings = before | {k: f for k, f in again.findings.items() if k not in before}
    stream.ended, stream.at = True, walk.at


class _Run:
    """The machine. Fails with Stuck or IndexError where it loses track, with Unknown or Cut at broken bytes."""

    def __init__(self, stream: Stream, descend: Descend) -> None:
        self.stream = stream
        self.data = stream.data
        self.descend = descend
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.arrays = 0

    def walk(self) -> None:
        """To the STOP."""
        stream, data = self.stream, self.data
        for ops in range(MAX_OPS):
            begin = at = stream.at
            code = data[at]
            end = stream.end(at)
            stream.at = end
            if code in LOOK:
                self.look(code, at, end)
            else:
                self.step(code, at, end)
            if stream.ended:
                return
            if stream.frame == stream.at:
                stream.frame = None
            if not ops & 0xFFF:
                machine.check(len(self.stack) + len(self.marks), len(self.memo))
            keep_small(data, begin, stream.at)
        raise Enough(f"needs more than {MAX_OPS:,} operations")

    def look(self, code: int, at: int, end: int) -> None:
        """An opcode that imports, bounds or takes in."""
        self.stream.notes.step()
        name = NAMES[code]
        if name == "STACK_GLOBAL":
            called, module = (p if isinstance(p, str) else None for p in (self.stack.pop(), self.stack.pop()))
            self.imported(module, called, at)
        elif name == "GLOBAL":
            self.imported(*pair(self.data, at, end), at)
        elif name == "INST":
            self.imported(*pair(self.data, at, end), at)
            self.stack.pop()
            self.cut()
            self.stack.append(OTHER)
        else:
            MEANING[code](self.stream, at, at, end)
            self.effect(code, at, end)

    def imported(self, module: str | None, name: str | None, at: int) -> None:
        """Note an import and push it."""
        self.stream.notes.seen(module, name, at)
        self.stack.append(Name(module, name) if module is not None and name is not None else OTHER)

    def cut(self) -> list[Any]:
        """What lies above the last mark."""
        mark = self.marks.pop()
        above = self.stack[mark:]
        del self.stack[mark:]
        return above

    def step(self, code: int, at: int, end: int) -> None:
        """Any other opcode."""
        name, stack = NAMES[code], self.stack
        if name in _INTS:
            stack.append(_integer(name, piece(self.data, at + 1, end)))
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _TUPLES:
            count = _TUPLES[name]
            items = [stack.pop() for _ in range(count)][::-1]
            stack.append(tuple(items))
        elif name == "TUPLE":
            above = self.cut()
            stack.append(tuple(above) if len(above) <= MAX_STATE else OTHER)
        elif name == "EMPTY_DICT":
            stack.append(State())
        elif name in ("DICT", "SETITEMS", "SETITEM"):
            self.set_items(name)
        elif name in ("REDUCE", "NEWOBJ"):
            args, made = stack.pop(), stack.pop()
            stack.append(self.called(name, made, args))
        elif name == "BUILD":
            self.build(stack.pop())
        else:
            self.effect(code, at, end)

    def set_items(self, name: str) -> None:
        """Set entries of what may be a wrapper's state."""
        if name == "SETITEM":
            value, key = self.stack.pop(), self.stack.pop()
            pairs = [key, value]
        else:
            pairs = self.cut()
        if name == "DICT":
            self.stack.append(State())
        if isinstance(self.stack[-1], State):
            self.stack[-1].put(pairs)

    def called(self, how: str, made: Any, args: Any) -> Any:
        """What a call gives, as far as it matters."""
        if made == Name(*RAW):
            if how == "NEWOBJ" and args == ():
                return Wrapper()
            raise Stuck  # no joblib makes one in another way
        if made == Name("numpy", "dtype") and how == "REDUCE" and isinstance(args, tuple) and args:
            return dtype(args[0])
        return OTHER

    def build(self, state: Any) -> None:
        """BUILD: of a dtype, of a wrapper, or of anything else."""
        top = self.stack[-1]
        if isinstance(top, Dtype):
            top.build(state)
        elif isinstance(top, Wrapper):
            if not isinstance(state, State) or not state.exact:
                raise Stuck
            top.state.put([x for entry in state.items.items() for x in entry])
            self.stack[-1] = OTHER
            self.array(top.state.items)

    def array(self, state: dict[str, Any]) -> None:
        """Pass the array that follows. Fails with Stuck where its length is not certain."""
        stream = self.stream
        if stream.frame not in (None, stream.at):
            raise Stuck  # a frame is read ahead, so the array is behind it
        stream.frame = None
        kind, shape, align = state.get("dtype"), state.get("shape"), state.get("numpy_array_alignment_bytes")
        if not isinstance(kind, Dtype) or kind.size is None:
            raise Stuck
        if kind.objects:
            return self.inner()
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise Stuck
        begin = stream.at if align is None else stream.at + 1 + self.data[stream.at]
        stream.at = begin + math.prod(shape) * kind.size
        if stream.at > len(self.data):
            raise Cut
        self.arrays += 1
        self.descend(window(self.data, begin, stream.at), f"array {self.arrays}", DATA)
        return None

    def inner(self) -> None:
        """Pass an array of objects: a pickle of its own."""
        inside = Stream(self.data, self.stream.at, self.stream.notes)
        inside.follow()
        self.stream.at = inside.at
        if not inside.ended:
            raise Stuck

    def effect(  # noqa: C901 (one chain, as in machine.py)
        self, code: int, at: int, end: int
    ) -> None:
        """What an opcode does to the stack, whatever its values."""
        kind, count, stack = machine.KIND[code], machine.COUNT[code], self.stack
        if kind == machine.PLAIN:
            stack.append(OTHER)
        elif kind == machine.TEXT:
            found = text(self.data, at, end)
            stack.append(OTHER if found is None else found)
        elif kind == machine.NEXT:
            self.memo[len(self.memo)] = stack[-1]
        elif kind == machine.GET:
            key = machine.index(self.data, at)
            if key not in self.memo:
                raise Stuck
            stack.append(self.memo[key])
        elif kind == machine.PUT:
            self.memo[machine.index(self.data, at)] = stack[-1]
        elif kind == machine.MARK:
            self.marks.append(len(stack))
        elif kind == machine.TO_MARK:
            self.cut()
            stack += [OTHER] * bool(count)
        elif kind == machine.DROP and count:
            del stack[-count:]
        elif kind == machine.SWAP:
            del stack[-count:]
            stack.append(OTHER)
        elif kind == machine.POP:
            self.marks.pop() if self.marks and self.marks[-1] == len(stack) else stack.pop()
        elif kind == machine.DUP:
            stack.append(stack[-1])


_INTS = frozenset(("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1"))
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _integer(name: str, raw: bytes) -> Any:
    """The integer that an opcode pushes; OTHER when it is written in digits or has more than eight bytes."""
    if name in ("INT", "LONG") or len(raw) > 9:
        return OTHER
    if name == "LONG1":
        return int.from_bytes(raw[1:], "little", signed=True)
    return int.from_bytes(raw, "little", signed=name == "BININT")
