"""Names of attributes by which an object says where its memory is: numpy reads there, whatever it says.

And `__setstate__`: an unpickler calls what an object has under that name with the next state that it gets.

A pickle may set any attribute of an object that it makes. With `__array_interface__` it names an address, and what
turns the object into an array then reads or writes the memory there. No library writes such a name, so one that is a
whole constant of a pickle is told: as text, with letters escaped, in the four-byte letters of numpy's strings, or
turned by thirteen letters (the one codec that makes text of text). Constants that are much longer are passed over.
Source: numpy, "The array interface protocol".
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from casemate.evidence.scan.data import Data, piece

WORDS = ("__array_interface__", "__cuda_array_interface__", "__array_struct__", "__setstate__", "__array__")
MANY = 500  # escaped letters of one piece; with more it is no pickler's work, and to look at each would take long
STEP, BACK, FORWARD = 1 << 20, 64, 512  # bytes that are looked through at once, and around a place
NAMES = frozenset(n.encode() for w in WORDS for n in (w, codecs.encode(w, "rot13")))
_PLAIN = (
    b"__setstate__", b"__frgfgngr__", b"array_interface__", b"__array_struct__", b"__array__", b"neenl_vagresnpr__",
    b"__neenl_fgehpg__",
)  # fmt: skip
_NAME = re.compile(b"|".join(re.escape(n) for n in sorted(NAMES, key=len, reverse=True)))
_WIDE = tuple(w.encode(code) for w in WORDS[:4] for code in ("utf-32-le", "utf-32-be"))
_ESCAPED = re.compile(rb"\\(?:(?:u00|U000000|x)(?:5[fF]|[67][0-9a-fA-F])|1[3-7][0-7])")  # no pickler escapes a letter
_LETTER = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3}))")


def first(data: Data, begin: int, end: int) -> int | None:
    """The first place in [begin, end) where a constant is such a name; None when there is none. Linear in time."""
    for at in range(begin, end, STEP):
        start = max(at - BACK, begin)
        found = min(_found(piece(data, start, min(at + STEP + FORWARD, end))), default=None)
        if found is not None:
            return start + found
    return None


def outside(data: Data, begin: int, end: int, payloads: list[tuple[int, int]]) -> int | None:
    """The same without places that hold no name: long constants and arrays, in order."""
    for stop, following in [*payloads, (end, end)]:
        found = first(data, begin, stop)
        if found is not None:
            return found
        begin = following
    return None


def _found(part: bytes) -> Iterator[int]:
    for word in _PLAIN:
        at = part.find(word)
        while at >= 0:
            begin = part.rfind(b"__", 0, at + 2) if not word.startswith(b"__") else at
            m = _NAME.match(part, begin) if begin >= 0 else None
            if m and _whole(part, begin, m.end()):
                yield begin
                break
            at = part.find(word, at + 1)
    yield from (at for word in _WIDE if (at := part.find(word)) >= 0)
    if b"\\" in part:
        hits = enumerate(_ESCAPED.finditer(part))
        yield from (m.start() for n, m in hits if n >= MANY or _written(part, m.start()))


def _whole(part: bytes, begin: int, end: int) -> bool:
    """Whether a constant begins and ends there: its length stands in front of it, or a newline or a quote behind."""
    size = end - begin
    counted = begin and part[begin - 1] == size
    wide = any(part[max(begin - n, 0) : begin] == size.to_bytes(n, "little") for n in (4, 8))
    return counted or wide or part[end : end + 1] in (b"\n", b"'", b'"')


def _written(part: bytes, at: int) -> bool:
    """Whether an escaped letter stands in a UNICODE or a STRING that is such a name."""
    end = part.find(b"\n", at, at + FORWARD)
    begins = (i for i in range(max(at - BACK, 0), at) if part[i] in b"VS")
    return end >= 0 and any(_unescaped(part[i : end + 1]) in NAMES for i in begins)


def _unescaped(line: bytes) -> bytes:
    """What UNICODE or STRING pushes, as far as letters go."""
    if line[:1] == b"V":
        return line[1:-1].decode("raw-unicode-escape", "replace").encode("utf-8", "replace")
    return _LETTER.sub(lambda m: bytes([int(m[1], 16) if m[1] else int(m[2], 8) & 255]), line[1:].strip()[1:-1])
