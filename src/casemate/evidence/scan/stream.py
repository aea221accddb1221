"""One pickle of a file, protocols 0 to 5: every import that loading would ask for, whether or not it is called.

Names: three tiers, each exact. A walk over the opcodes finds frames, ends and imports, and reads an import's names
where they stand right before it; names that were remembered come from counting (memo.py); whatever else can put a name
on the stack (DUP, old kinds of memo ...) is followed by machine.py. joblib's arrays are passed by arrays.py.
Structure: allowed names can be chained so that together they reach any function (structure.py).

Findings: bytes that are no opcode, a cut-off end, bytes behind the last pickle, frames that loaders read differently
(cpython#154848), codes of the extension registry, objects from outside the file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from casemate.evidence.scan import memo
from casemate.evidence.scan.data import Data, find, keep_small, piece
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.odd import LONG, ODD, may_be_set
from casemate.evidence.scan.opcodes import CODES, LOOK, NAMES, PUTS, STEP, Cut, Unknown, after, line, pair, run
from casemate.evidence.scan.places import Stuck

if TYPE_CHECKING:
    from casemate.evidence.scan.once import Once

HIGHEST = 5  # PEP 574
WINDOW = 1 << 16  # how far one match goes; bounds what is gone over twice to find the names before an import
MANY = 10_000  # imports with remembered names; the machine follows any number
PROTO, STOP, GLOBAL = CODES["PROTO"], CODES["STOP"], CODES["GLOBAL"]
RAW = ("joblib.numpy_pickle", "NumpyArrayWrapper")  # its array follows as raw bytes in the middle of the opcodes
VALUES = "values"  # calls count by what they get
MEMOIZED = bytes([memo.MEMOIZE])
SKIP = bytes(STEP[c] if c not in memo.STOPS else 0 for c in range(256))  # of those the run may leave for their bytes
FEW = 32  # of the lengths of a text for a small file: it is over before all could be compiled
ALL = 128
FAST = cache(partial(run, LOOK, b""))  # run's own key takes longer than a match
COUNTING = cache(partial(run, memo.STOPS - {memo.MEMOIZE}, MEMOIZED))


class Stream:
    """One pickle of a file. `at` is how far it is understood; `ended` whether it came to its STOP."""

    def __init__(self, data: Data, start: int, notes: Notes) -> None:
        self.data = data
        self.start = self.at = start
        self.notes = notes
        self.ended = False
        self.few = FEW if len(data) < WINDOW else ALL
        self.frame: int | None = None  # where the frame ends that we are in
        self.remembered: list[tuple[int, memo.Ref, memo.Ref]] = []  # imports with a name from the memo
        self.odd: int | None = None  # the last import whose names come from elsewhere
        self.marked = start < len(data) and data[start] == PROTO
        counted = self.marked and piece(data, start + 1, start + 2) > b"\x03"
        self.marks: memo.Marks | None = [(start, 0)] if counted else None
        self.memos = 0  # MEMOIZE so far, while that is counted
        self.payloads: list[tuple[int, int]] = []  # places of long constants
        self.by_values = False  # whether what it calls counts by what it gives them

    def follow(self) -> None:
        """All tiers, in whose place one pass is enough for a small file as most are; a limit is a finding."""
        found = self.once()
        for tier in (self.read, self.resolve, self.structure) if found is None else (partial(self.take, found),):
            try:
                tier()
            except Enough as e:
                self.broken("limit", f"{e}; the rest was not read")

    def once(self) -> Once | None:
        """The one pass, where the file is small enough for it."""
        if self.start or not self.marked or len(self.data) > WINDOW:
            return None
        from casemate.evidence.scan import once  # large files need it as little as its start

        return once.read(bytes(self.data))

    def take(self, found: Once) -> None:
        """Note what the one pass saw. It counts as many operations as a pickle of that length has as a rule."""
        self.at, self.ended = len(self.data), True
        self.notes.work.follow(self.at >> 2)
        imports, odd = found
        for (module, name), at in imports.items():
            self.notes.seen(module, name, at)
        if imports:
            self.settable()
            self.unusual(odd)

    def read(self) -> None:
        """The first tier: from opcode to opcode, to the end of the stream or to where it breaks."""
        data, size = self.data, len(self.data)
        at = self.at
        while not self.ended and at < size:
            self.at = begin = at
            if data[at] not in LOOK:
                at = self.at = self.run(at, min(at + WINDOW, self.frame or size))
            keep_small(data, begin, at)
            if at == self.frame:
                self.frame = None
            elif at < size and at + SKIP[data[at]] <= (self.frame or size) and SKIP[data[at]]:
                at += SKIP[data[at]]
            elif at < size:
                try:
                    at = self.look(begin, at)
                except Unknown:
                    return self.unknown(at)
                except Cut:
                    return self.cut(at)
        self.at = at
        return None if self.ended else self.broken("truncated", "ends before the pickle does")

    def run(self, at: int, end: int) -> int:
        """Pass opcodes that need no look, and count MEMOIZE among them while nothing else remembers; gives how far."""
        if self.marks is None:
            found = FAST(self.few).match(self.data, at, end)
            return found.end() if found else at
        found = COUNTING(self.few).match(self.data, at, end)
        if found is None or (end := found.end()) == at:
            return at
        if at - self.marks[-1][0] >= WINDOW:
            self.marks.append((at, self.memos))
        self.memos += bytes(self.data[at:end]).count(MEMOIZED)
        return end

    def look(self, begin: int, at: int) -> int:
        """One opcode that the fast way left over; gives where it ends. Fails with Unknown or Cut."""
        code = self.data[at]
        end = at + STEP[code]
        if end == at or end > (self.frame or len(self.data)):
            end = self.end(at)
        self.memos += code == memo.MEMOIZE
        if end - at > LONG:
            self.payloads.append((at + 9, end))
        if code in PUTS and code != memo.MEMOIZE:
            self.marks = None
        if code in LOOK:
            self.notes.step()
            MEANING[code](self, begin, at, end)
        return end

    def end(self, at: int) -> int:
        """Where an opcode ends; notes when it begins inside a frame and ends outside."""
        if self.frame is not None:
            try:
                return after(self.data, at, self.frame)
            except Cut:
                self.odd_frame(at)
        return after(self.data, at, len(self.data))

    def odd_frame(self, at: int) -> None:
        """Note a frame that no pickler writes; loaders disagree on what follows."""
        self.notes.add("frame", "suspicious", "has a frame that loaders read in different ways", at)
        self.frame = None

    def broken(self, id: str, message: str) -> None:
        """Note why the walk ends at `at`."""
        self.ended = False
        self.notes.add(id, "inconclusive", message, self.at)

    def unknown(self, at: int) -> None:
        """Note a byte that is no opcode."""
        if at == self.start:
            return self.broken("trailing-bytes", "goes on behind the end of the pickle")
        return self.broken("bad-opcode", f"has the byte {self.data[at]:#04x} where an opcode should be")

    def cut(self, at: int) -> None:
        """Note an argument beyond the end. Loaders import what a cut GLOBAL names, less the last character."""
        name = NAMES[self.data[at]]
        if name in ("GLOBAL", "INST"):
            middle = find(self.data, b"\n", at)
            self.notes.seen(line(self.data, at + 1, middle) if middle >= 0 else None, None, at)
        self.broken("truncated", f"ends inside the argument of {name}")

    def resolve(self) -> None:
        """The names that do not stand before their import. One that cannot be told stays in the list, unknown."""
        if self.remembered and self.odd is None and self.marks:
            found = memo.texts(self.data, self.marks, self.remembered)
            if found is not None:
                for at, module, name in found:
                    self.notes.seen(module, name, at)
                return
        last = max([at for at, _, _ in self.remembered[-1:]] + [self.odd or 0])
        if last:
            self.run_machine(last)

    def run_machine(self, last: int) -> None:
        """The slow tier, up to the last import that needs it."""
        from casemate.evidence.scan import machine

        try:
            for at, module, name in machine.operands(self.data, self.start, last, work=self.notes.work):
                self.notes.step()
                self.notes.seen(module, name, at)
        except Stuck:
            self.notes.seen(None, None, last)

    def structure(self) -> None:
        """What no pickler writes, where it can matter. The arrays of joblib are no opcodes, so arrays.py has those."""
        if not self.notes.imports:
            return
        self.settable()
        if self.notes.imports.get(RAW, -1) < self.start:
            from casemate.evidence.scan import structure

            self.unusual(structure.odd(self))

    def settable(self) -> None:
        """Names of attributes by which numpy takes any memory for an array, where an object may take attributes."""
        if may_be_set(self.notes.imports):
            from casemate.evidence.scan import attributes  # most small files need it as little as its start

            found = attributes.outside(self.data, self.start, self.at, self.payloads)
            if found is not None:
                self.odd_structure("array-memory", found)

    def unusual(self, odd: dict[str, int]) -> None:
        """Note what is called or changed as no pickler does it."""
        self.by_values = odd.pop(VALUES, None) is not None
        for id, at in odd.items():  # noqa: A001 (the report's word)
            self.odd_structure(id, at)

    @property
    def takes_names(self) -> bool:
        """Whether a name of an import does not stand right before it."""
        return bool(self.remembered) or self.odd is not None

    def odd_structure(self, id: str, at: int) -> None:
        """Note a call or a change that no pickler writes."""
        self.notes.add(id, "suspicious", ODD[id], at)

    def on_proto(self, _: int, at: int, end: int) -> None:
        """PROTO: a newer protocol may have opcodes that mean something else."""
        if self.data[end - 1] > HIGHEST:
            self.notes.add("protocol", "inconclusive", f"uses protocol {self.data[end - 1]}, which is not known", at)

    def on_frame(self, _: int, at: int, end: int) -> None:
        """FRAME: begins where no other is open, ends within the file."""
        if self.frame is not None:
            self.odd_frame(at)
        self.frame = end + int.from_bytes(self.data[at + 1 : end], "little")
        if self.frame > len(self.data):
            self.notes.add("truncated", "inconclusive", "ends inside a frame", at)
            self.frame = None

    def on_stop(self, _: int, at: int, end: int) -> None:
        """STOP: the last byte of its frame."""
        if self.frame not in (None, end):
            self.odd_frame(at)
        self.ended = True

    def on_lines(self, _: int, at: int, end: int) -> None:
        """GLOBAL and INST: module and name in two lines."""
        self.notes.seen(*pair(self.data, at, end), at)

    def on_stack_global(self, begin: int, at: int, _: int) -> None:
        """STACK_GLOBAL: module and name from the stack."""
        self.notes.work.steps += at - begin >> 2  # the way to it is gone over again
        refs = memo.before(self.data, begin, at)
        if refs is None or len(self.remembered) >= MANY:
            self.odd = at
        elif isinstance(refs[0], int) or isinstance(refs[1], int):
            self.remembered.append((at, *refs))
        else:
            self.notes.seen(refs[0].text, refs[1].text, at)

    def on_extension(self, _: int, at: int, __: int) -> None:
        """EXT1, EXT2, EXT4: the name stands in the registry of the process that loads."""
        self.notes.add("extension-code", "suspicious", "imports by a number that only the loading program resolves", at)

    def on_outside(self, _: int, at: int, __: int) -> None:
        """PERSID, BINPERSID, NEXT_BUFFER: an object that the loading program hands in."""
        self.notes.add("outside-object", "info", "takes in objects that are not in the pickle itself", at)


MEANING: dict[int, Callable[[Stream, int, int, int], None]] = {
    PROTO: Stream.on_proto,
    STOP: Stream.on_stop,
    GLOBAL: Stream.on_lines,
    CODES["FRAME"]: Stream.on_frame,
    CODES["INST"]: Stream.on_lines,
    CODES["STACK_GLOBAL"]: Stream.on_stack_global,
    CODES["EXT1"]: Stream.on_extension,
    CODES["EXT2"]: Stream.on_extension,
    CODES["EXT4"]: Stream.on_extension,
    CODES["PERSID"]: Stream.on_outside,
    CODES["BINPERSID"]: Stream.on_outside,
    CODES["NEXT_BUFFER"]: Stream.on_outside,
}
