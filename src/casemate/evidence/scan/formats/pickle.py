"""Python pickles, protocols 0 to 5: every import that loading would ask for, whether or not it is called.

Three tiers, each exact. A walk over the opcodes finds frames, ends and imports, and reads an import's names where they
stand right before it; names that were remembered come from counting (memo.py); whatever else can put a name on the
stack (DUP, old kinds of memo ...) is followed by machine.py from the pickle's start.
Several pickles in one stream are each walked with a memo of their own, as `pickle.load` does.

Findings: bytes that are no opcode, a cut-off end, bytes behind the last pickle, frames that loaders read differently
(cpython#154848), codes of the extension registry, objects from outside the file, joblib's arrays between opcodes.
Left to others: which imports are harmless (lists.py), and pickles hidden in the bytes or texts of a pickle.
"""

from __future__ import annotations

from collections.abc import Callable

from casemate.evidence.scan import machine, memo
from casemate.evidence.scan.data import Data, keep_small
from casemate.evidence.scan.lists import is_known
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.opcodes import (
    CODES,
    LOOK,
    NAMES,
    STARTS,
    Cut,
    Unknown,
    after,
    line,
    run,
)
from casemate.evidence.scan.report import Walk

HIGHEST = 5  # the protocol; PEP 574
TRY = 1_000  # opcodes that must read well before a stream without an end in sight is taken for a pickle
WINDOW = 1 << 16  # how far one match goes; bounds what is gone over twice to find the names before an import
MANY = 10_000  # imports with remembered names; the machine follows any number
RAW = ("joblib.numpy_pickle", "NumpyArrayWrapper")  # its array follows as raw bytes in the middle of the opcodes
PROTO, STOP, GLOBAL = CODES["PROTO"], CODES["STOP"], CODES["GLOBAL"]
CALLS = frozenset(CODES[n] for n in ("REDUCE", "BUILD", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST"))


def recognise(data: Data) -> bool:
    """Whether the first bytes read as a pickle: they begin like one and go on to an end, or for long enough.

    Protocols 0 and 1 have no mark of their own, so plain text that happens to read as opcodes is taken for one. One
    that breaks off must have shown more: a mark, a call or an import of a name that our lists know.
    """
    at, sure = 0, False
    try:
        for _ in range(TRY):
            if at == len(data):
                return at > 0
            code = data[at]
            if code == STOP or (at == 0 and code not in STARTS):
                return at > 0
            begin, at = at, after(data, at, len(data))
            sure = sure or code in CALLS or (code == PROTO and at < len(data) and data[at] in NAMES)
            sure = sure or (code == GLOBAL and is_known(*pair(data, begin, at)))
    except (Unknown, Cut):
        return sure
    return True


def walk(data: Data) -> Walk:
    """Every import, as far as the bytes can be followed; the rest is a finding. Linear in time, bounded in memory."""
    notes = Notes()
    at = 0
    while at < len(data):
        stream = Stream(data, at, notes)
        for tier in (stream.read, stream.resolve):
            try:
                tier()
            except Enough as e:
                stream.broken("limit", f"{e}; the rest was not read")
        at = stream.at
        if not stream.ended:
            break
    if (raw := notes.imports.get(RAW)) is not None:
        notes.add("raw-array", "inconclusive", "holds joblib arrays as raw bytes, which are not read yet", raw)
        at = min(at, raw)
    return notes.walk(at)


class Stream:
    """One pickle of a file. `at` is how far it is understood; `ended` whether it came to its STOP."""

    def __init__(self, data: Data, start: int, notes: Notes) -> None:
        self.data = data
        self.start = self.at = start
        self.notes = notes
        self.ended = False
        self.frame: int | None = None  # where the frame ends that we are in
        self.remembered: list[tuple[int, memo.Ref, memo.Ref]] = []  # imports with a name from the memo
        self.odd: int | None = None  # the last import whose names come from elsewhere

    def read(self) -> None:
        """The first tier: from opcode to opcode, to the end of the stream or to where it breaks."""
        data, size, match = self.data, len(self.data), run().match
        at = self.at
        while not self.ended and at < size:
            self.at = begin = at
            found = match(data, at, min(at + WINDOW, self.frame or size))
            at = self.at = found.end() if found else at
            keep_small(data, begin, at)
            if at == self.frame:
                self.frame = None
            elif at < size:
                try:
                    at = self.look(begin, at)
                except Unknown:
                    return self.unknown(at)
                except Cut:
                    return self.cut(at)
        self.at = at
        if not self.ended:
            self.broken("truncated", "ends before the pickle does")
        return None

    def look(self, begin: int, at: int) -> int:
        """One opcode that the fast way left over; gives where it ends. Fails with Unknown or Cut."""
        code = self.data[at]
        end = self.end(at)
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
            middle = self.data.find(b"\n", at)
            self.notes.seen(line(self.data, at + 1, middle) if middle >= 0 else None, None, at)
        self.broken("truncated", f"ends inside the argument of {name}")

    def resolve(self) -> None:
        """The names that do not stand before their import. One that cannot be told stays in the list, unknown."""
        if self.remembered and self.odd is None:
            found = memo.texts(self.data, self.start, self.remembered)
            if found is not None:
                for at, module, name in found:
                    self.notes.seen(module, name, at)
                return
        last = max([at for at, _, _ in self.remembered[-1:]] + [self.odd or 0])
        if last:
            self.run_machine(last)

    def run_machine(self, last: int) -> None:
        """The slow tier, up to the last import that needs it."""
        try:
            for at, module, name in machine.operands(self.data, self.start, last):
                self.notes.step()
                self.notes.seen(module, name, at)
        except machine.Stuck:
            self.notes.seen(None, None, last)

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


def pair(data: Data, at: int, end: int) -> tuple[str | None, str | None]:
    """Module and name of the GLOBAL or INST in [at, end)."""
    middle = data.find(b"\n", at)
    return line(data, at + 1, middle), line(data, middle + 1, end - 1)


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
