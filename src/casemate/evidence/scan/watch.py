"""What a pickle calls and changes, as far as the stack tells it: what no pickler writes, and what needs a closer look.

Names on the allow-list are harmless in the way in which libraries write them. Many functions are only ever named, as
the setting of a model (numpy.mean, builtins.max); called, they call what they are given or hand it back. Others are
called, but look into what they get (roles.py). Those, and dtypes, are followed by values (values.py).
"""

from __future__ import annotations

import re

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.opcodes import CODES, TEXTS, after, pair, text
from casemate.evidence.scan.roles import (
    DTYPE,
    EMPTY,
    HANDS_BACK,
    LOOKS_IN,
    MAPS,
    NAMED,
    NEW_FILL,
    NEW_ONLY,
    PLAIN,
    QUEUE,
    SEALED,
    TAKING,
    UNCALLED,
    role,
)
from casemate.evidence.scan.stream import VALUES

GLOBALS = frozenset(CODES[n] for n in ("GLOBAL", "STACK_GLOBAL", "INST"))  # INST is a call and its own subject
LOADS = GLOBALS - {CODES["INST"]}
CALLS = {CODES["REDUCE"]: 2, CODES["NEWOBJ"]: 2, CODES["NEWOBJ_EX"]: 3, CODES["OBJ"]: 0, CODES["INST"]: 0}
TAKEN = CODES["BINPERSID"]
CHANGES = {CODES[n]: depth for n, depth in (("BUILD", 2), ("APPEND", 2), ("SETITEM", 3))}
CHANGES |= {CODES[n]: 1 for n in ("APPENDS", "SETITEMS", "ADDITEMS")}
MARKED = frozenset(CODES[n] for n in ("OBJ", "INST", "APPENDS", "SETITEMS", "ADDITEMS"))
"""How deep what is called or changed lies: from the top, or for those with a mark below it (0: right above it)."""
SUBJECT = bytes({**CALLS, **CHANGES, TAKEN: 1}.get(c, 255) for c in range(256))
BUILD, REDUCE, INST, OBJ = (CODES[n] for n in ("BUILD", "REDUCE", "INST", "OBJ"))
SETS = frozenset(CODES[n] for n in ("SETITEM", "SETITEMS"))
ADDS = frozenset(CODES[n] for n in ("APPEND", "APPENDS", "ADDITEMS"))
"""What adds items calls the attribute `append`, `extend` or `add` of an object, which the pickle may have set."""
LINES = frozenset((CODES["GLOBAL"], INST))
TUPLES = frozenset((CODES["EMPTY_TUPLE"], CODES["TUPLE"]))
UNPLACED = frozenset((OBJ, TAKEN))
NOTHING = -1  # the arguments of OBJ and INST when there are none
_MEMO = rb"(?:\x94|q.|r.{4}|p\d{1,9}\n)?"
_TEXT = rb"(?:\x8c%s|X%s\0\0\0|U%s)"


def _sized(name: bytes, width: int) -> bytes:
    return _TEXT.replace(b"%s", bytes([92, 120]) + b"%02x" % width) + name


def _made(names: bytes, flags: bytes) -> bytes:
    """What stands behind the name of a dtype that numpy makes and sets: all opcodes, from the first one on."""
    call = names + _MEMO + rb"\x89\x88\x87" + _MEMO + b"R" + _MEMO
    order = b"(?:" + _sized(b"[<>|=]", 1) + _MEMO + rb"|h.|j.{4})"
    return call + rb"\(K\x03" + order + rb"NNNJ\xff{4}J\xff{4}K" + flags + b"t" + _MEMO + b"b"


_NUMBERS = b"(?:" + _sized(rb"[biufc]\d", 2) + b"|" + _sized(b"c16", 3) + b")"
_USUAL = re.compile(_MEMO + b"(?:" + _made(_NUMBERS, rb"\0") + b"|" + _made(_sized(b"O8", 2), rb"\?") + b")", re.DOTALL)
_LONGEST = 96  # bytes


def oddity(code: int, named: bool) -> str | None:
    """What is odd about a call or a change (SUBJECT) of something: the finding's id. named: it is a global."""
    if code in CALLS:
        return None if named else "calls-made"
    return "changes-global" if named else None


class Watch:
    """Looks at each call and each change; `odd` takes the first place of each finding."""

    def __init__(self, data: Data, odd: dict[str, int]) -> None:
        self.data = data
        self.odd = odd
        self.unplaced = False  # whether a call begins at a mark, which in the middle of a pickle may be unknown
        self.classes: dict[int, int] = {}  # of a tuple that torch took for one before 1.6: the class in it
        self.behind: dict[int, int] = {}  # of what a call made: where the name ends that was called
        self.roles: dict[int, int] = {}  # of what a place pushed
        self.maps = bytearray()  # a bit for each byte of the file: whether the call there made what takes keys
        self.made = False  # whether a call made what may be gone through, or has attributes that the pickle sets

    def named(self, entry: int, module: str | None, name: str | None) -> None:
        """A STACK_GLOBAL pushed this."""
        if found := role(module, name):
            self.roles[entry] = found

    def tuple(self, at: int, kind: int, what: int) -> int:
        """A tuple of four: torch before 1.6 wrote ("module", class, file, source) and takes the class for it."""
        if not kind or not what or self.data[what - 1] not in GLOBALS or self.data[kind - 1] not in TEXTS:
            return 0
        if text(self.data, kind - 1, after(self.data, kind - 1, len(self.data))) != "module":
            return 0
        self.classes[at + 1] = what
        return at + 1

    def role(self, entry: int) -> int:
        """What is special about a global or about what a call made."""
        if entry not in self.roles and self.data[entry - 1] in LINES:
            self.roles[entry] = role(*pair(self.data, entry - 1, after(self.data, entry - 1, len(self.data))))
        return self.roles.get(entry, 0)

    def seen(self, code: int, at: int, entry: int, args: int) -> int:
        """One call or change of what `entry` tells; gives what a call pushes. args: what a call gets, NOTHING for none
        behind a mark."""
        if code in UNPLACED:
            self.unplaced = True
            if code == TAKEN:
                return self.classes.get(entry, 0)
        entry = at + 1 if code == INST else entry
        named = bool(entry) and self.data[entry - 1] in (GLOBALS if code == INST else LOADS)
        calls = code in CALLS
        if calls != named:
            self.odd.setdefault("calls-made" if calls else "changes-global", at)
        elif calls:
            return self.call(code, at, entry, self.empty(args))
        elif entry:
            self.change(code, at, entry)
        return 0

    def empty(self, args: int) -> bool:
        """Whether a call gets nothing. What is kept of tuples are empty ones, and those that stand for a class."""
        if args <= 0:
            return args == NOTHING
        return self.data[args - 1] in TUPLES and args not in self.classes

    def call(self, code: int, at: int, entry: int, empty: bool) -> int:
        """A call of a global."""
        kind = self.role(entry)
        if kind in (NAMED, UNCALLED) or (kind in EMPTY and not empty):
            self.odd.setdefault("calls-named", at)
        elif kind == LOOKS_IN or (kind == DTYPE and code != REDUCE) or (kind in TAKING and not empty and self.made):
            self.odd.setdefault(VALUES, at)
        elif kind in (DTYPE, HANDS_BACK):
            self.roles[at + 1] = kind
            self.behind[at + 1] = after(self.data, entry - 1, len(self.data))
        self.made = self.made or kind in (SEALED, NEW_ONLY, NEW_FILL, LOOKS_IN, HANDS_BACK)
        if kind in MAPS:
            self.maps = self.maps or bytearray(len(self.data) + 8 >> 3)
            self.maps[at >> 3] |= 1 << (at & 7)
        return 0 if kind in (PLAIN, QUEUE) else at + 1

    def change(self, code: int, at: int, entry: int) -> None:
        """A change of what a call made."""
        if entry not in self.behind:
            takes = code == BUILD or (code in SETS and self.is_map(entry - 1))
            if not takes and self.data[entry - 1] in CALLS:
                self.odd.setdefault("calls-named", at)
        elif self.roles[entry] == HANDS_BACK:
            self.odd.setdefault("calls-named", at)
        elif not (code == BUILD and self.plain(entry, at)):
            self.odd.setdefault(VALUES, at)

    def is_map(self, at: int) -> bool:
        """Whether the call at a place made what takes keys."""
        return bool(self.maps) and bool(self.maps[at >> 3] >> (at & 7) & 1)

    def plain(self, entry: int, at: int) -> bool:
        """Whether a dtype is made and set as numpy itself writes the common ones, from its name on to `at`."""
        begin = self.behind[entry]
        return at - begin < _LONGEST and _USUAL.fullmatch(bytes(self.data[begin : at + 1])) is not None
