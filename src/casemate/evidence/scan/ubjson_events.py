"""UBJSON as events, as far as xgboost writes it: lengths of 8 bytes, highest byte first, each held against the rest
of the file before anything is passed.

Source: ubjson.org, draft 12; UBJReader and UBJWriter in xgboost's src/common/json.cc.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.scan.data import Data, keep_small, piece
from casemate.evidence.scan.events import MAX_DEPTH, Event, Kind
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.protobuf import Broken

WIDTHS = {ord(c): width for c, width in zip("TFZiUIlLdD", (0, 0, 0, 1, 1, 2, 4, 8, 4, 8), strict=True)}
LENGTH, TEXT, OBJECT, LIST, CLOSED, ENDED, TYPE, COUNT = b"LS{[}]$#"
MEMBERS, ELEMENTS = -2, -1  # an object; a list to its end mark. Else so many elements are to come


class Ubjson:
    """A walk over one value. `at` is how far it is read; `open` what is to come of what is not closed yet."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.at = 0
        self.open: list[int] = []

    def events(self) -> Iterator[Event]:
        """Everything. Fails with Broken or Enough."""
        yield self.value(self.mark())
        while self.open:
            yield from self.step()

    def step(self) -> Iterator[Event]:
        """The next thing in the object or list that is open."""
        begin, left = self.at, self.open[-1]
        if left == 0:
            self.open.pop()
            yield "close", begin, begin
            return
        mark = self.mark()
        if (left, mark) in ((MEMBERS, CLOSED), (ELEMENTS, ENDED)):
            self.open.pop()
            yield "close", begin, self.at
        elif left == MEMBERS:
            self.same(mark, LENGTH)
            yield "key", *self.passed(1)
            yield self.value(self.mark())
        else:
            self.open[-1] -= left > 0
            yield self.value(mark)

    def mark(self) -> int:
        """The next byte."""
        if self.at >= len(self.data):
            raise Broken("ends inside its UBJSON", self.at)
        self.at += 1
        return self.data[self.at - 1]

    def same(self, mark: int, wanted: int) -> None:
        """Fails with Broken where another mark stands than xgboost writes there."""
        if mark != wanted:
            raise Broken(f"has the byte {mark:#04x} where xgboost writes {chr(wanted)!r}", self.at - 1)

    def count(self, width: int) -> int:
        """A length, of what takes `width` bytes each. Fails with Broken when that is more than there is."""
        raw = piece(self.data, self.at, self.at + 8)
        self.at += len(raw)
        found = int.from_bytes(raw, "big")
        if len(raw) < 8 or found * width > len(self.data) - self.at:
            raise Broken("says that it has more than fits into the file", self.at)
        return found

    def passed(self, width: int) -> tuple[int, int]:
        """Pass as many bytes as a length says; where they are."""
        size = self.count(width) * width
        begin, self.at = self.at, self.at + size
        keep_small(self.data, begin, self.at)
        return begin, self.at

    def value(self, mark: int) -> Event:
        """One value, or how an object or a list begins."""
        begin = self.at - 1
        if mark == TEXT:
            self.same(self.mark(), LENGTH)
            return "text", *self.passed(1)
        if mark == OBJECT:
            return self.opened("object", MEMBERS)
        if mark == LIST:
            return self.list()
        if mark not in WIDTHS:
            raise Broken(f"has the byte {mark:#04x} where a value should be", begin)
        if WIDTHS[mark] > len(self.data) - self.at:
            raise Broken("ends inside its UBJSON", begin)
        self.at += WIDTHS[mark]
        return "value", begin, self.at

    def list(self) -> Event:
        """How a list begins; one whose elements are of one width is passed."""
        following = self.data[self.at] if self.at < len(self.data) else -1
        if following == TYPE:
            self.at += 1
            width = WIDTHS.get(kind := self.mark(), 0)
            if not width:
                raise Broken(f"has a list of the type {kind:#04x}, which xgboost does not write", self.at - 1)
            self.same(self.mark(), COUNT)
            self.same(self.mark(), LENGTH)
            return "numbers", *self.passed(width)
        if following != COUNT:
            return self.opened("list", ELEMENTS)
        self.at += 1
        self.same(self.mark(), LENGTH)
        return self.opened("list", self.count(1))

    def opened(self, kind: Kind, left: int) -> Event:
        """Go into an object or a list."""
        if len(self.open) >= MAX_DEPTH:
            raise Enough(f"has more than {MAX_DEPTH} objects and lists in each other")
        self.open.append(left)
        return kind, self.at, self.at
