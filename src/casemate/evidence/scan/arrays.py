"""joblib's pickles: the bytes of an array stand in the middle of the opcodes, right behind the BUILD of its wrapper.

joblib.numpy_pickle reads there a byte with the length of the padding, the padding, and as many bytes as shape and
dtype say; where the dtype holds objects, a pickle of its own; then the opcodes go on. To know where they go on, this
follows stack, memo and the few values that say it: texts, integers, tuples, the wrapper's state, plain dtypes. What
it cannot follow exactly makes the file inconclusive, because a wrong length would hide opcodes. So the wrapper, its
class and its state go no other way than joblib writes them: a call may hand any of them back as something unknown.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from casemate.evidence.scan import machine
from casemate.evidence.scan.data import keep_small, piece, window
from casemate.evidence.scan.descend import RAW as DATA
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.lists import denial, is_known
from casemate.evidence.scan.machine import Stuck
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.opcodes import LOOK, NAMES, Cut, Unknown, text
from casemate.evidence.scan.stream import MEANING, RAW, Stream, pair

MAX_MEMO = 1_000_000  # values that say something; the others cost 4 bytes each
MAX_TEXT = 100  # characters; the longest name in allowed.txt has 60, and stack and memo hold many texts
MAX_STATE = 64  # entries of a dict that may be a wrapper's state; it has six
OTHER = object()
"""Any value that says nothing about an array."""
GIVEN = object()
"""What a function of Python's own gives: it may be what it was given, as `max((x,))` is."""
PASSING = frozenset(("builtins", "__builtin__", "operator", "_operator"))


@dataclass(frozen=True, slots=True)
class Name:
    """What an import gives."""

    module: str
    name: str


WRAPPER = Name(*RAW)


@dataclass(slots=True, eq=False)
class State:
    """A dict with texts as keys; not exact when something else was put in. `held`: a dtype has it as its fields."""

    items: dict[str, Any] = field(default_factory=dict)
    exact: bool = True
    held: bool = False

    def put(self, pairs: list[Any]) -> None:
        """Set keys and values in turn. Fails with Stuck when a dtype would change by it."""
        if self.held:
            raise Stuck
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
    objects: bool | None = False

    def build(self, state: Any) -> None:
        """Take the state that a pickle sets (numpy's arraydescr_setstate).

        Fails with Stuck when its flag contradicts it: numpy would take raw bytes for objects.
        """
        if not self.takes(state):
            self.size = self.objects = None
            return
        base, fields = state[2], state[4]
        if base is not None or fields is not None:
            self.objects = _within(base, fields) if self.kind == "V" else None
        if base is not None or self.objects is None:
            self.size = None
        if self.objects is not None and bool(state[7] & 1) != self.objects:
            raise Stuck

    def takes(self, state: Any) -> bool:
        """Whether numpy writes such a state today, of this width. Before version 3 it had no use for the flag."""
        if not isinstance(state, tuple) or self.size is None or (state[:1], len(state)) not in _VERSIONS:
            return False
        sizes = (self.size,) if self.kind in "SUV" else (-1, self.size)
        return state[5] in sizes and isinstance(state[7], int)


_VERSIONS = [((3,), 8), ((4,), 9)]


def _within(base: Any, fields: Any) -> bool | None:
    """Whether the base of a subarray or the fields hold objects."""
    if fields is None:
        parts = [base]
    elif isinstance(fields, State) and fields.exact and base is None:
        fields.held = True
        parts = list(fields.items.values())
    else:
        return None
    kinds = [part[0] if isinstance(part, tuple) and part else None for part in parts]
    held = [kind.objects if isinstance(kind, Dtype) else None for kind in kinds]
    return None if None in held else any(held)


_KIND = re.compile(r"[<>|=]?([biufcmMSUVO])(\d{1,9})|[<>|=]?(\?)")


def dtype(args: Any) -> Dtype:
    """The dtype that a call with a text makes."""
    found = _KIND.fullmatch(args[0]) if isinstance(args[0], str) else None
    if found is None:
        return Dtype("", None, None)
    if found[3]:
        return Dtype("?", 1)
    return Dtype(found[1], int(found[2]) * (4 if found[1] == "U" else 1), found[1] == "O")


def _readable(module: str | None, name: str | None) -> bool:
    """Whether both are dotted names; bytes of honest arrays seldom are."""
    return all(part.isidentifier() for whole in (module, name) for part in (whole or "").split("."))


def follow(stream: Stream, descend: Descend) -> None:
    """Walk a stream again from its start, with the arrays in it.

    Loaders that know no joblib read arrays as opcodes. So of what the plain walk guessed there stays what is denied,
    and what we do not know where it came to an end or reads as a name; the rest is bytes of arrays.
    """
    notes, guessed = stream.notes, dict(stream.notes.imports)
    raw = guessed[RAW]
    again, plain = Notes(), stream.ended
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
    doubted = {k for k in guessed if denial(*k) or (not is_known(*k) and (plain or _readable(*k)))}
    notes.imports = {k: at for k, at in guessed.items() if at < stream.start or k in doubted} | again.imports
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
        self.memo: dict[int, Any] = {}  # places that hold a value which says something
        self.places = machine.Memo(len(stream.data))  # all places that are set, to 1 where the value is in `memo`
        self.arrays = 0

    def walk(self) -> None:
        """To the STOP."""
        stream, data = self.stream, self.data
        for ops in count():
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
            if not ops % CHECKED:
                self.check()
            keep_small(data, begin, stream.at)

    def check(self) -> None:
        """Count the next operations. Fails with Enough at a limit."""
        self.descend.pad.budget.follow(CHECKED)
        machine.check(len(self.stack) + len(self.marks), len(self.places.dense))
        if len(self.memo) > MAX_MEMO:
            raise Enough(f"remembers more than {MAX_MEMO:,} names, numbers and tuples")

    def put(self, key: int | None, value: Any) -> None:
        """Remember a value; None: at the next place."""
        says = value is not OTHER
        key = len(self.places.dense) + len(self.places.sparse) if key is None else key
        self.places.put(key, says)
        if says:
            self.memo[key] = value
        else:
            self.memo.pop(key, None)

    def gone(self, *values: Any) -> None:
        """Some values go where they are not followed. Fails with Stuck where one is a wrapper or its class."""
        for value in values:
            if isinstance(value, Wrapper) or value == WRAPPER:
                raise Stuck

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
            self.gone(self.stack.pop())
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
        """What lies above the last mark. Fails with Stuck where a wrapper is among it."""
        mark = self.marks.pop()
        above = self.stack[mark:]
        del self.stack[mark:]
        self.gone(*above)
        return above

    def step(self, code: int, at: int, end: int) -> None:
        """Any other opcode."""
        name, stack = NAMES[code], self.stack
        self.watch(code, at)
        if name in _INTS:
            stack.append(_integer(name, piece(self.data, at + 1, end)))
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _TUPLES:
            items = [stack.pop() for _ in range(_TUPLES[name])][::-1]
            self.gone(*items)
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

    def watch(self, code: int, at: int) -> None:
        """Note a call of what is no global, and a change of one, as machine.py does for other pickles."""
        depth = machine.SUBJECT[code]
        if depth == 255:
            return
        top = self.marks[-1] if code in machine.MARKED else len(self.stack)
        named = top >= depth and isinstance(self.stack[top - depth], Name)
        if (found := machine.oddity(code, named)) is not None:
            self.stream.odd_structure(found, at)

    def set_items(self, name: str) -> None:
        """Set entries of what may be a wrapper's state."""
        if name == "SETITEM":
            value, key = self.stack.pop(), self.stack.pop()
            pairs = [key, value]
            self.gone(*pairs)
        else:
            pairs = self.cut()
        if name == "DICT":
            self.stack.append(State())
        top = self.stack[-1]
        self.gone(top)
        if top is GIVEN:
            raise Stuck
        if isinstance(top, State):
            top.put(pairs)

    def called(self, how: str, made: Any, args: Any) -> Any:
        """What a call gives, as far as it matters."""
        if how == "NEWOBJ" and made == WRAPPER and args == ():
            return Wrapper()
        self.gone(made, args)  # no joblib makes one in another way
        if made == Name("numpy", "dtype"):
            # numpy writes the last two so that it gets a copy; what is shared takes no state
            copied = how == "REDUCE" and isinstance(args, tuple) and len(args) == 3 and args[1:] == (False, True)
            return dtype(args) if copied else GIVEN
        passing = isinstance(made, Name) and made.module in PASSING and made.name.islower()
        return GIVEN if passing else OTHER

    def build(self, state: Any) -> None:
        """BUILD: of a dtype, of a wrapper, or of anything else."""
        top = self.stack[-1]
        self.gone(state)
        if top is GIVEN or top == WRAPPER:
            raise Stuck  # it may be something that we follow
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

    def effect(self, code: int, at: int, end: int) -> None:
        """What an opcode does to the stack, whatever its values."""
        kind, width, stack = machine.KIND[code], machine.COUNT[code], self.stack
        if kind == machine.PLAIN:
            stack.append(OTHER)
        elif kind == machine.TEXT:
            found = text(self.data, at, end)
            stack.append(OTHER if found is None or len(found) > MAX_TEXT else found)
        elif kind == machine.NEXT:
            self.put(None, stack[-1])
        elif kind == machine.GET:
            key = machine.index(self.data, at)
            stack.append(self.memo[key] if self.places.get(key) else OTHER)
        elif kind == machine.PUT:
            self.put(machine.index(self.data, at), stack[-1])
        elif kind == machine.MARK:
            self.marks.append(len(stack))
        elif kind == machine.TO_MARK:
            self.cut()
            stack += [OTHER] * bool(width)
        elif kind in (machine.DROP, machine.SWAP) and width:
            self.gone(*stack[-width:])
            del stack[-width:]
            stack += [OTHER] * (kind == machine.SWAP)
        elif kind == machine.POP:
            self.marks.pop() if self.marks and self.marks[-1] == len(stack) else stack.pop()
        elif kind == machine.DUP:
            self.gone(stack[-1])
            stack.append(stack[-1])


CHECKED = 0x1000
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
