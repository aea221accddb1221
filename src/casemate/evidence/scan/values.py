"""A pickle machine that knows the few values which matter: names, texts, integers, tuples, dicts of texts, dtypes.

machine.py knows only where things come from. Where that is not enough (dtypes with fields, calls that look into what
they get, joblib's arrays), this follows a stream again, ten times slower. What a value may have become is not guessed.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from casemate.evidence.scan import machine
from casemate.evidence.scan.data import keep_small, piece, window
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.dtypes import MAX_STATE, Constant, Dtype, Lying, Name, State, dtype
from casemate.evidence.scan.literals import (
    CONSTANTS,
    FINISHED,
    GIVEN,
    INTS,
    MADE,
    OTHER,
    OWN,
    TUPLES,
    attribute,
    integer,
    misused,
    usual,
)
from casemate.evidence.scan.nested import Watched
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.opcodes import CODES, LOOK, NAMES, pair, text
from casemate.evidence.scan.places import Memo
from casemate.evidence.scan.roles import (
    DATA,
    DTYPE,
    GETATTR,
    HANDS_BACK,
    LOADER,
    LOOKS_IN,
    NAMED,
    PLAIN,
    QUEUE,
    TAKES,
    VALUE,
    role,
)
from casemate.evidence.scan.stream import MEANING, PROTO
from casemate.evidence.scan.watch import ADDS, CALLS, CHANGES, INST, MARKED, OBJ, SUBJECT, oddity

BYTES = frozenset(CODES[n] for n in ("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"))
MAX_MEMO = 1_000_000  # values that say something; the others cost 4 bytes each
CHECKED = 0x1000  # opcodes between two looks
SAYS = {id(OTHER): 0, id(MADE): 2, id(OWN): 3, id(FINISHED): 4}  # how a memo place tells of these; 1: of any other
SAID = {says: value for value in (OTHER, MADE, OWN, FINISHED) for says in (SAYS[id(value)],)}
MAX_TEXT = 100  # characters; the longest name in allowed.txt has 60, and stack and memo hold many texts


class Values:
    """The machine. Fails with Stuck or IndexError where it loses track, with Unknown or Cut at broken bytes."""

    def __init__(self, stream: Watched, descend: Descend) -> None:
        self.stream = stream
        self.data = stream.data
        self.descend = descend
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}  # places that hold a value which says something
        self.places = Memo(len(stream.data))  # all places that are set: 1 where the value is in `memo`, else as SAYS
        self.unsure: int | None = None  # the first dtype that was not understood

    def check(self) -> None:
        """Count the next operations. Fails with Enough at a limit."""
        self.descend.pad.budget.follow(min(CHECKED, len(self.data) - self.stream.at + 1))
        machine.check(len(self.stack) + len(self.marks), len(self.places.dense))
        if len(self.memo) > MAX_MEMO:
            raise Enough(f"remembers more than {MAX_MEMO:,} names, numbers and tuples")

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
                self.gone(*self.stack)
                return
            if stream.frame == stream.at:
                stream.frame = None
            if not ops % CHECKED:
                self.check()
            keep_small(data, begin, stream.at)

    def gone(self, *values: Any) -> None:
        """Some values go where they are not followed: an attribute may be looked up there."""
        for value in values:
            if isinstance(value, Name) and (value.module, value.name) in GETATTR:
                self.stream.notes.seen(value.module, value.name, self.stream.at)

    def put(self, key: int | None, value: Any) -> None:
        """Remember a value; None: at the next place."""
        says = SAYS.get(id(value), 1)
        key = len(self.places.dense) + len(self.places.sparse) if key is None else key
        self.places.put(key, says)
        if says == 1:
            self.memo[key] = value
        else:
            self.memo.pop(key, None)

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
            name_, args = self.stack.pop(), self.stack[self.marks[-1] :]
            if isinstance(name_, Name) and misused(role(name_.module, name_.name), INST, args):
                self.stream.odd_structure("calls-named", at)
            self.gone(name_)
            self.cut()
            self.stack.append(MADE)
        else:
            MEANING[code](self.stream, at, at, end)
            top = self.stack[-1] if name == "BINPERSID" else None
            self.effect(code, at, end)
            if isinstance(top, tuple) and len(top) == 4 and top[0] == "module" and isinstance(top[1], Name):
                self.stack[-1] = top[1]  # as torch took it before 1.6

    def imported(self, module: str | None, name: str | None, at: int) -> None:
        """Note an import and push it. `getattr` counts where it does more than name an attribute of a global."""
        if (module, name) not in GETATTR:
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
        if name in INTS:
            found = integer(name, piece(self.data, at + 1, end))
            stack.append(OTHER if found is None else found)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in TUPLES:
            items = [stack.pop() for _ in range(TUPLES[name])][::-1]
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
        depth = SUBJECT[code]
        if code not in CALLS and code not in CHANGES:
            return
        top = self.marks[-1] if code in MARKED else len(self.stack)
        subject = self.stack[top - depth] if top >= depth else OTHER
        if (found := oddity(code, isinstance(subject, Name))) is not None:
            self.stream.odd_structure(found, at)
        if code in ADDS and (subject is MADE or subject is FINISHED):
            self.stream.odd_structure("calls-named", at)
        if isinstance(subject, Name) and code in CALLS:
            kind = role(subject.module, subject.name)
            args = self.stack[top + 1 :] if code == OBJ else self.stack[top - depth + 1]
            if misused(kind, code, args):
                self.stream.odd_structure("calls-named", at)

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
        if top is GIVEN or isinstance(top, Dtype):
            raise Lying
        if isinstance(top, State):
            top.put(pairs)

    def called(self, how: str, made: Any, args: Any) -> Any:
        """What a call gives, as far as it matters."""
        self.gone(args)
        if not isinstance(made, Name):
            return MADE
        kind = role(made.module, made.name)
        if kind == LOOKS_IN and how == "REDUCE":
            return self.looked(made, args)
        if kind != DTYPE:
            return _made(made, kind)
        # numpy writes the last two so that it gets a copy; what is shared takes no state
        copied = how == "REDUCE" and isinstance(args, tuple) and len(args) == 3 and args[1:] == (False, True)
        return dtype(args) if copied else GIVEN

    def looked(self, made: Name, args: Any) -> Any:
        """A call of what looks into its first arguments: those are to be globals."""
        notes, pair = self.stream.notes, (made.module, made.name)
        if pair in GETATTR:
            found = attribute(args)
            notes.seen(*((found.module, found.name) if found else pair), self.stream.at)
            return found or OTHER
        if not usual(pair, args):
            self.stream.odd_structure("calls-named", self.stream.at - 1)
        elif pair == LOADER:
            self.load(args[0])
        return MADE

    def constant(self, code: int, end: int) -> Any:
        """What a constant says: it may be a pickle."""
        found = self.stream.found[-1:] if code in BYTES else []
        if not found or found[0][2] != end or self.data[found[0][1]] != PROTO:
            return OTHER
        return Constant(*found[0][1:])

    def load(self, constant: Constant) -> None:
        """Bytes that are loaded with the pickle: a file in the file, of which everything counts."""
        begin, end = constant.begin, constant.end
        self.descend(window(self.data, begin, end), f"tensor at {begin}")

    def build(self, state: Any) -> None:
        """BUILD: of a dtype, or of anything else. Fails with Lying where it may be something that we follow."""
        top = self.stack[-1]
        self.gone(state, top)
        if top is GIVEN:
            raise Lying
        if isinstance(top, Dtype):
            top.build(state)
            if top.objects is None and self.unsure is None:
                self.unsure = self.stream.at - 1

    def effect(self, code: int, at: int, end: int) -> None:
        """What an opcode does to the stack, whatever its values."""
        kind, width, stack = machine.KIND[code], machine.COUNT[code], self.stack
        if kind == machine.PLAIN:
            stack.append(self.constant(code, end))
        elif kind == machine.TEXT:
            found = text(self.data, at, end)
            stack.append(OTHER if found is None or len(found) > MAX_TEXT else found)
        elif kind == machine.NEXT:
            self.put(None, stack[-1])
        elif kind == machine.GET:
            key = machine.index(self.data, at)
            kept = self.places.get(key)
            stack.append(self.memo[key] if kept == 1 else SAID[kept])
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


def _made(called: Name, kind: int) -> Any:
    """What a call gives. With what the standard library makes nothing goes on for ever."""
    if kind in (NAMED, HANDS_BACK):
        return GIVEN
    if kind in (TAKES, VALUE):
        return FINISHED
    if kind == QUEUE or called.module in DATA:
        return OTHER
    return OWN if kind == PLAIN else MADE
