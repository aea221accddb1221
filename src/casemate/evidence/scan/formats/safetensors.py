"""safetensors: a JSON header of at most 100 MB, then the tensors, one right behind the other to the end of the file.

The format was made so that it can hold nothing else, and its loaders refuse what breaks its rules. So a header that
reads well and breaks a rule on purpose - two tensors of one name, a hole, an overlap, bytes behind the last tensor, a
size that its shape does not give - is suspicious: no library writes it, and somebody may have put something there.
What is cut off, is no such JSON or has a dtype that we do not know is inconclusive.

The header is read entry by entry in bounded memory, never as one JSON value. The bytes of tensors are passed by length.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any, TypeGuard

from casemate.evidence.scan.data import Data, keep_small, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.report import Walk

MAX_HEADER = 100_000_000  # bytes; the format's own limit
MAX_NAME = 4_096  # bytes, escapes included
CHUNK = 1 << 20
# The bits of an element, for each dtype of the format.
BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
_TEXT = rb'"(?:[^"\\\x00-\x1f]|\\.)*+"'
_MARK = re.compile(rb'\{[ \t\r\n]{0,8}["}]')
_SPACE = re.compile(rb"[ \t\r\n]*+")
_KEY = re.compile(rb"[ \t\r\n]*+(" + _TEXT + rb")[ \t\r\n]*+:[ \t\r\n]*+")
_STRING = re.compile(_TEXT)
_TENSOR = re.compile(rb"\{[^{}]{0,4096}+\}")
_METADATA = "__metadata__"


class Odd(Exception):
    """Where the header stops to be one, and why."""


def recognise(data: Data) -> bool:
    """Whether a length stands first that no file exceeds, and a JSON object behind it."""
    return len(data) > 9 and not any(data[5:8]) and _MARK.match(piece(data, 8, 18)) is not None


def walk(data: Data, descend: Descend) -> Walk:
    """The header, then what each tensor's place says."""
    notes = descend.notes()
    end = 8 + int.from_bytes(piece(data, 0, 8), "little")
    if end - 8 > MAX_HEADER:
        notes.add("header-size", "suspicious", f"has a header of {end - 8:,} bytes, which every loader refuses", 0)
        return notes.walk(0)
    if end > len(data):
        notes.add("truncated", "inconclusive", "ends inside the header", len(data))
        return notes.walk(0)
    header = _Header(data, end, notes, descend)
    try:
        header.read()
        _text(data, end)
        return notes.walk(_places(header, notes, descend))
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", header.at)
    except Odd as e:
        notes.add("header", "inconclusive", f"has a header that {e}", header.at)
    return notes.walk(0)


class _Header:
    """The tensors that a header names: (begin, end, place in the header, name). `at` is how far it is read."""

    def __init__(self, data: Data, end: int, notes: Notes, descend: Descend) -> None:
        self.data = data
        self.end = end
        self.notes = notes
        self.descend = descend
        self.at = 8
        self.tensors: list[tuple[int, int, int, str]] = []

    def read(self) -> None:
        """Every entry. Fails with Odd or Enough."""
        self.entries(self.entry)
        self.space()
        if self.at != self.end:
            raise Odd("goes on behind its JSON object")

    def entries(self, read: Any) -> None:
        """An object: `read` is given each key, and its value is next."""
        names: set[str] = set()
        self.expect(b"{")
        self.space()
        if self.next(b"}"):
            return
        while True:
            self.descend.entries()
            key = self.key()
            if key in names:
                said = f"names {key[:200]!a} twice, and readers differ in which of them counts"
                self.notes.add("duplicate-key", "suspicious", said, self.at)
            names.add(key)
            read(key)
            self.space()
            if self.next(b"}"):
                return
            self.expect(b",")

    def entry(self, key: str) -> None:
        """One tensor, or the metadata."""
        if key == _METADATA:
            self.entries(self.metadata)
            return
        begin, found = self.at, _TENSOR.match(self.data, self.at, self.end)
        if found is None:
            raise Odd("has an entry that describes no tensor")
        self.at = found.end()
        self.tensor(key, _value(found[0]), begin)

    def metadata(self, key: str) -> None:
        """A value of the metadata: a text, whatever it says."""
        found = _STRING.match(self.data, self.at, self.end)
        if found is None:
            raise Odd("has metadata that is no text")
        self.at = found.end()

    def tensor(self, name: str, said: dict[str, Any], at: int) -> None:
        """What an entry says of a tensor."""
        kind, shape, place = said.get("dtype"), said.get("shape"), said.get("data_offsets")
        if not isinstance(kind, str) or not _counts(shape) or not _counts(place) or len(place) != 2:
            raise Odd("has an entry that describes no tensor")
        if len(said) > 3:
            self.notes.add("unknown-key", "inconclusive", "says more of a tensor than the format knows", at)
        begin, end = place
        if kind not in BITS:
            self.notes.add("dtype", "inconclusive", f"has a tensor of the dtype {kind[:40]!a}, which is not known", at)
        elif begin > end or math.prod(shape) * BITS[kind] != (end - begin) * 8:
            said_so = f"has a tensor {name[:200]!a} whose place is not as long as its shape and dtype are"
            self.notes.add("size", "suspicious", said_so, at)
        if begin <= end:
            self.tensors.append((self.end + begin, self.end + end, at, name))

    def key(self) -> str:
        """A key and its colon."""
        found = _KEY.match(self.data, self.at, self.end)
        if found is None or len(found[1]) > MAX_NAME:
            raise Odd("is no JSON object")
        self.at = found.end()
        try:
            return str(json.loads(found[1]))
        except ValueError:
            raise Odd("has a name that is no text") from None

    def space(self) -> None:
        """Pass white space."""
        begin, found = self.at, _SPACE.match(self.data, self.at, self.end)
        self.at = found.end() if found else begin
        keep_small(self.data, begin, self.at)

    def next(self, what: bytes) -> bool:
        """Whether this comes next; passes it."""
        there = piece(self.data, self.at, min(self.at + 1, self.end)) == what
        self.at += there
        return there

    def expect(self, what: bytes) -> None:
        """Pass this. Fails with Odd."""
        if not self.next(what):
            raise Odd("is no JSON object")


def _value(raw: bytes) -> dict[str, Any]:
    """A JSON object without a key twice."""
    try:
        pairs = json.loads(raw, object_pairs_hook=list, parse_constant=str)
    except (ValueError, RecursionError):
        raise Odd("has an entry that is no JSON") from None
    if len({key for key, _ in pairs}) < len(pairs):
        raise Odd("has an entry with a key twice")
    return dict(pairs)


def _counts(said: Any) -> TypeGuard[list[int]]:
    """Whether it is a list of sizes, each below 2 ** 64."""
    return isinstance(said, list) and len(said) <= 64 and all(type(n) is int and 0 <= n < 1 << 64 for n in said)


def _text(data: Data, end: int) -> None:
    """Fails with Odd where the header is no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(8, end, CHUNK):
            decoder.decode(piece(data, at, min(at + CHUNK, end)), at + CHUNK >= end)
    except UnicodeDecodeError:
        raise Odd("is no UTF-8") from None


def _places(header: _Header, notes: Notes, descend: Descend) -> int:
    """Hand every tensor on, and what lies between them; gives how far the file is accounted for."""
    data, at = header.data, header.end
    for begin, end, said, name in sorted(header.tensors):
        if end > len(data):
            notes.add("truncated", "inconclusive", f"ends before the tensor {name[:200]!a} does", said)
            return at
        if begin > at:
            notes.add("hole", "suspicious", f"has {begin - at:,} bytes that belong to no tensor", at)
            descend(window(data, at, begin), "the hole between tensors")
        if begin < at and end > begin:
            notes.add("overlap", "suspicious", "has tensors that lie over each other", begin)
        if begin >= at and end > begin:
            descend(window(data, begin, end), f"tensor {name}", RAW)
        keep_small(data, begin, end)
        at = max(at, end)
    if at < len(data):
        said_so = f"has {len(data) - at:,} bytes behind its last tensor, where the format allows none"
        notes.add("trailing-bytes", "suspicious", said_so, at)
        descend(window(data, at, len(data)), "the bytes behind the last tensor")
    return len(data)
