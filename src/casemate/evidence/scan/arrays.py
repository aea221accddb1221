"""joblib's pickles: the bytes of an array stand in the middle of the opcodes, right behind the BUILD of its wrapper.

joblib.numpy_pickle reads there a byte with the length of the padding, the padding, and as many bytes as shape and
dtype say; where the dtype holds objects, a pickle of its own; then the opcodes go on. To know where they go on, values
are followed. What cannot be followed exactly makes the file inconclusive, because a wrong length would hide opcodes.
So the wrapper, its class and its state go no other way than joblib writes them: a call may hand any of them back as
something unknown. Other pickles whose values matter are followed here too; they have no such arrays.
"""

from __future__ import annotations

import math
from typing import Any

from casemate.evidence.scan import attributes
from casemate.evidence.scan.data import window
from casemate.evidence.scan.descend import RAW as DATA
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.dtypes import WRAPPER, Dtype, Lying, State, Wrapper
from casemate.evidence.scan.lists import denial, is_known
from casemate.evidence.scan.literals import OTHER
from casemate.evidence.scan.nested import Watched
from casemate.evidence.scan.notes import Enough, Notes, Work
from casemate.evidence.scan.opcodes import Cut, Unknown
from casemate.evidence.scan.places import Stuck
from casemate.evidence.scan.roles import GETATTR, NAMED, role
from casemate.evidence.scan.stream import RAW, Stream
from casemate.evidence.scan.values import Values

LYING = "makes a numpy dtype that says other things of itself than are so, or changes one that is in use"
MAKE_TEXT = frozenset((("builtins", "str"), ("__builtin__", "str"), ("__builtin__", "unicode"), *GETATTR))
UNSURE = "makes a numpy dtype in a way that could not be followed"


class Placed(Notes):
    """Notes that know of each import by its place, not of the first of its kind alone."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self.places: set[tuple[int, str | None]] = set()

    def seen(self, module: str | None, name: str | None, at: int) -> None:
        """Keep an import and its place."""
        super().seen(module, name, at)
        self.places.add((at, name))


def needed(stream: Stream) -> bool:
    """Whether values decide: it has arrays of joblib, or calls that count by what they get."""
    here = stream.notes.imports
    return any(here.get(k, -1) >= stream.start for k in (RAW, *GETATTR)) or stream.by_values


def follow(stream: Watched, descend: Descend) -> None:
    """Walk a stream again from its start, by values and with the arrays in it."""
    notes = stream.notes
    walk = Watched(stream.data, stream.start, Placed(notes.work))
    run = Arrays(walk, descend)
    lying = None
    try:
        run.walk()
    except Lying:
        lying = walk.at - 1
        notes.add("dtype", "suspicious", LYING, lying)
    except (Stuck, IndexError, Unknown, Cut):
        pass
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", walk.at)
    if run.unsure is not None:
        notes.add("dtype-unknown", "inconclusive", UNSURE, run.unsure)
    raw = notes.imports.get(RAW, -1) >= stream.start
    if raw and (found := attributes.outside(walk.data, walk.start, walk.at, walk.payloads)) is not None:
        walk.odd_structure("array-memory", found)
    if walk.ended:
        _replace(stream, walk, raw, run.first)
    else:
        _gather(notes, walk.notes)
        if raw:
            begin = notes.imports[RAW]
            notes.add("raw-array", "inconclusive", "holds joblib arrays that could not be followed", begin)
            stream.ended, stream.at = False, min(stream.at, begin)
    stream.found = walk.found if walk.ended else stream.found


def _gather(notes: Notes, again: Notes) -> None:
    """Add what was seen on a way that came to no end."""
    for id, finding in again.findings.items():  # noqa: A001 (the notes' word)
        notes.findings.setdefault(id, finding)


def _replace(stream: Stream, walk: Stream, raw: bool, first: int | None) -> None:
    """Take what the second walk says of a stream.

    Loaders that know no joblib read arrays as opcodes. So of what the plain walk guessed there stays what is denied,
    and what we do not know where it came to an end or reads as a name; the rest is bytes of arrays.
    A `getattr` that was followed by values does not stay where those loaders stop at the first array.
    """
    notes, again, plain = stream.notes, walk.notes, stream.ended
    guessed = notes.imports
    texts = any(k in MAKE_TEXT or role(*k) == NAMED for k in guessed)
    if raw and not texts:  # a name that is no text is refused, and no call there can make one
        guessed = {k: at for k, at in guessed.items() if at < stream.start or None not in k}
    if raw and isinstance(again, Placed):  # a pickle in it has a memo of its own, so only the module is another
        guessed = {k: at for k, at in guessed.items() if (at, k[1]) not in again.places or denial(*k)}
    doubted = {k for k in guessed if denial(*k) or (not is_known(*k) and (plain or _readable(*k)))} if raw else set()
    stops = not plain and first is not None and stream.at <= first + 1  # its first byte is how much padding follows
    doubted -= GETATTR if stops or not raw else frozenset()
    notes.imports = {k: at for k, at in guessed.items() if at < stream.start or k in doubted} | again.imports
    kept = ("array-memory", "dtype-unknown", "limit")
    before = {id: f for id, f in notes.findings.items() if f[2] < stream.start or id in kept}  # noqa: A001
    notes.findings = before | {k: f for k, f in again.findings.items() if k not in before}
    stream.ended, stream.at = True, walk.at


def _readable(module: str | None, name: str | None) -> bool:
    """Whether both are dotted names; bytes of honest arrays seldom are."""
    return all(part.isidentifier() for whole in (module, name) for part in (whole or "").split("."))


class Arrays(Values):
    """The machine that knows joblib's wrapper."""

    def __init__(self, stream: Watched, descend: Descend) -> None:
        super().__init__(stream, descend)
        self.arrays = 0
        self.first: int | None = None  # where the bytes of the first array begin, its padding included

    def gone(self, *values: Any) -> None:
        """Some values go where they are not followed. Fails with Stuck where one is a wrapper or its class."""
        super().gone(*values)
        for value in values:
            if isinstance(value, Wrapper) or value == WRAPPER:
                raise Stuck

    def called(self, how: str, made: Any, args: Any) -> Any:
        """What a call gives, as far as it matters; joblib makes a wrapper in one way."""
        if how == "NEWOBJ" and made == WRAPPER and args == ():
            return Wrapper()
        if made == WRAPPER:
            raise Stuck
        return super().called(how, made, args)

    def build(self, state: Any) -> None:
        """BUILD: of a wrapper, or of anything else."""
        top = self.stack[-1]
        if not isinstance(top, Wrapper):
            return super().build(state)
        self.gone(state)
        if not isinstance(state, State) or not state.exact:
            raise Stuck
        top.state.put([x for entry in state.items.items() for x in entry])
        self.stack[-1] = OTHER
        return self.array(top.state.items)

    def array(self, state: dict[str, Any]) -> None:
        """Pass the array that follows. Fails with Stuck where its length is not certain."""
        stream = self.stream
        if stream.frame not in (None, stream.at):
            raise Stuck  # a frame is read ahead, so the array is behind it
        stream.frame = None
        self.first = stream.at if self.first is None else self.first
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
        stream.payloads.append((begin, stream.at))
        self.descend(window(self.data, begin, stream.at), f"array {self.arrays}", DATA)
        return None

    def inner(self) -> None:
        """Pass an array of objects: a pickle of its own, which plain pickle loads."""
        inside = Watched(self.data, self.stream.at, self.stream.notes)
        inside.follow()
        if inside.ended and needed(inside):
            follow(inside, self.descend)
        self.stream.found += inside.found
        self.stream.at = inside.at
        if not inside.ended:
            raise Stuck
