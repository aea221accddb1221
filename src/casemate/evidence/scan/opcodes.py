r"""The grammar of pickle streams, taken from the standard library's `pickletools.opcodes`, and fast ways over it.

An opcode is one byte; its argument has a fixed size (FIXED), a size in front (COUNTED) or ends with a newline (LINES).
The first byte fixes where the opcode ends, so there is one way to read a stream. `run()` compiles that grammar, less
the opcodes that must be looked at, into one possessive expression: no backtracking, no stack, linear time.
What the opcodes mean is in machine.py and formats/pickle.py.
"""

from __future__ import annotations

import codecs
import pickletools
import re
from collections.abc import Iterable
from functools import cache

from casemate.evidence.scan.data import Data, find, piece
from casemate.evidence.scan.notes import MAX_NAME

NAMES = {o.code.encode("latin-1")[0]: o.name for o in pickletools.opcodes}
CODES = {name: code for code, name in NAMES.items()}

FIXED: dict[int, int] = {}  # bytes of the argument
COUNTED: dict[int, int] = {}  # bytes of the count in front of the argument
LINES: dict[int, int] = {}  # lines of the argument
_WIDTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
for _op in pickletools.opcodes:
    _code = _op.code.encode("latin-1")[0]
    if _op.arg is None:
        FIXED[_code] = 0
    elif _op.arg.n == pickletools.UP_TO_NEWLINE:
        LINES[_code] = 2 if _op.arg.name == "stringnl_noescape_pair" else 1
    elif _op.arg.n >= 0:
        FIXED[_code] = _op.arg.n
    else:
        COUNTED[_code] = _WIDTHS[_op.arg.n]

STEP = bytes(FIXED.get(c, -1) + 1 for c in range(256))  # whole size of a fixed opcode, 0 for the others
TEXTS = frozenset(
    CODES[n]
    for n in (
        "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
    )
)  # fmt: skip
GETS = frozenset(CODES[n] for n in ("GET", "BINGET", "LONG_BINGET"))
PUTS = frozenset(CODES[n] for n in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"))
STARTS = frozenset(CODES[o.name] for o in pickletools.opcodes if not o.stack_before) - GETS - PUTS
"""Opcodes that a pickle can begin with."""
LOOK = frozenset(
    CODES[n]
    for n in (
        "PROTO", "FRAME", "STOP", "GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4",
        "PERSID", "BINPERSID", "NEXT_BUFFER",
    )
)  # fmt: skip
"""Opcodes that are never passed over: they import, bring something in from outside, or bound the stream."""


MARK = rb"(?:\xc2?\x80[\x02-\x05]|gA[I-X]|800[2-5])"
"""How a constant begins that is a pickle of protocols 2 to 5: raw, in base64, in hex."""


class Unknown(Exception):
    """The byte is no opcode."""


class Cut(Exception):
    """The opcode's argument goes beyond the end."""


def after(data: Data, at: int, end: int) -> int:
    """Where the opcode at `at` ends. Fails with Unknown, or Cut when that is beyond `end`; reads no payload."""
    code = data[at]
    if step := STEP[code]:
        at += step
    elif code in COUNTED:
        head = at + 1 + COUNTED[code]
        if head > end:
            raise Cut
        at = head + int.from_bytes(data[at + 1 : head], "little")
    elif code in LINES:
        at += 1
        for _ in range(LINES[code]):
            at = find(data, b"\n", at, end) + 1
            if not at:
                raise Cut
    else:
        raise Unknown
    if at > end:
        raise Cut
    return at


def text(data: Data, at: int, end: int) -> str | None:
    """The text that the opcode at `at` (one of TEXTS, ending at `end`) pushes; None when too long or no text."""
    code = data[at]
    start = at + 1 + COUNTED.get(code, 0)
    if end - start > MAX_NAME:
        return None
    return decode(NAMES[code], piece(data, start, end))


def decode(name: str, raw: bytes) -> str | None:
    """An opcode's argument as the loader would decode it, with Python 2's text as Latin-1; None where it would fail."""
    try:
        if name == "STRING":
            return codecs.escape_decode(raw.strip()[1:-1])[0].decode("latin-1")
        if name == "UNICODE":
            return raw[:-1].decode("raw-unicode-escape")
        return raw.decode("latin-1" if name.endswith("BINSTRING") else "utf-8")
    except ValueError:
        return None


def line(data: Data, start: int, end: int) -> str | None:
    """A line of GLOBAL or INST without its newline; None when too long or not UTF-8."""
    return None if end - start > MAX_NAME else decode("GLOBAL", piece(data, start, end))


def pair(data: Data, at: int, end: int) -> tuple[str | None, str | None]:
    """Module and name of the GLOBAL or INST in [at, end)."""
    middle = find(data, b"\n", at)
    return line(data, at + 1, middle), line(data, middle + 1, end - 1)


@cache
def run(stops: frozenset[int] = LOOK, avoid: bytes = b"", most: int = 128) -> re.Pattern[bytes]:
    """One expression for a run of opcodes without `stops`. It may stop before any of them; the caller goes on.

    avoid: a byte that no argument in the run may hold, so that it stands for its opcode wherever it is. The run stops
    before a constant that begins like a pickle. most: the longest constant that it passes; to compile 128 takes 4 ms.
    """
    return re.compile(_run(stops, avoid, most), re.DOTALL)


def _run(stops: frozenset[int], avoid: bytes, longest: int) -> bytes:
    """Common lengths come first, literals first in each alternative (a branch that starts with a literal is skipped in
    about a nanosecond), and every alternative takes the opcodes without argument that follow."""
    plain = _any(c for c, n in FIXED.items() if n == 0 and c not in stops)
    tail = plain + b"*+"
    byte = b"[^" + re.escape(avoid) + b"]" if avoid else b"."
    most = {
        1: longest,
        4: min(longest, 64),
    }  # longer ones are rare, cost a step each, and to compile them all takes 20 ms

    def counted(width: int) -> bytes:
        zeros = re.escape(bytes(width - 1))
        lengths = [n for n in (*range(2, 33), 0, 1, *range(33, most[width])) if bytes([n]) != avoid]
        choices = (re.escape(bytes([n])) + zeros + byte + b"{%d}" % n for n in lengths)
        codes = _any(c for c, w in COUNTED.items() if w == width) + b"(?!.{%d}%s)" % (width, MARK)
        return codes + b"(?:" + b"|".join(choices) + b")" + tail

    def fixed(size: int) -> bytes:
        return _any(c for c, n in FIXED.items() if n == size and c not in stops) + byte + b"{%d}" % size + tail

    unmarked = rb"(?!['\"]?(?:\\x80|%s))" % MARK  # STRING writes that byte in letters
    lines = _any(c for c in LINES if c not in stops) + unmarked + b"[^\\n" + re.escape(avoid) + b"]*+\\n" + tail
    parts = (counted(1), fixed(1), fixed(8), fixed(4), fixed(2), plain + b"++", counted(4), lines)
    return b"(?:" + b"|".join(parts) + b")*+"


def _any(codes: Iterable[int]) -> bytes:
    """A character class."""
    return b"[" + b"".join(re.escape(bytes([c])) for c in sorted(codes)) + b"]"
