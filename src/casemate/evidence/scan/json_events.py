"""JSON (RFC 8259) as events, by its grammar: nothing is built, so hundreds of megabytes take no memory.

NaN and Infinity are numbers here, because xgboost writes them. Numbers in a list are passed at the speed of C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.evidence.scan.data import Data, keep_small
from casemate.evidence.scan.events import MAX_DEPTH, Event
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.protobuf import Broken

WINDOW = 1 << 16  # bytes that one match passes
LONGEST = 1_000  # bytes of a number
_NUMBER = rb"(?:-?+(?:(?:0|[1-9]\d*+)(?:\.\d++)?+(?:[eE][+-]?+\d++)?+|Infinity)|NaN|true|false|null)"
_SPACE = re.compile(rb"[ \t\r\n]*+")
_VALUE = re.compile(_NUMBER)
_RUN = re.compile(rb"(?:[ \t\r\n]*+%s[ \t\r\n]*+,)++" % _NUMBER)
_TEXT = re.compile(rb'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
OBJECT, LIST = ord("{"), ord("[")
CLOSES = {OBJECT: ord("}"), LIST: ord("]")}


class Json:
    """A walk over one value. `at` is how far it is read; `open` what is not closed yet."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.at = 0
        self.open: list[int] = []
        self.fresh = False  # whether something was just opened

    def events(self) -> Iterator[Event]:
        """Everything, then the white space behind it. Fails with Broken or Enough."""
        yield self.value()
        while self.open:
            yield from self.step()
        self.peek()

    def step(self) -> Iterator[Event]:
        """The next thing in the object or list that is open."""
        inside, begin = self.open[-1], self.at
        if self.peek() == CLOSES[inside]:
            self.open.pop()
            self.at += 1
            self.fresh = False
            yield "close", begin, self.at
            return
        if not self.fresh:
            self.expect(ord(","))
        self.fresh = False
        if inside == LIST:
            yield from self.run()
        else:
            yield "key", *self.text()
            self.expect(ord(":"))
        yield self.value()

    def peek(self) -> int:
        """The next byte that is no white space; -1 at the end."""
        found = _SPACE.match(self.data, self.at)
        self.at = found.end() if found else self.at
        return self.data[self.at] if self.at < len(self.data) else -1

    def expect(self, code: int) -> None:
        """Pass a sign. Fails with Broken where another stands."""
        if self.peek() != code:
            raise Broken("is no JSON any more" if self.at < len(self.data) else "ends inside its JSON", self.at)
        self.at += 1

    def run(self) -> Iterator[Event]:
        """Pass numbers with a comma behind them: behind the last of them stands one more value."""
        while found := _RUN.match(self.data, self.at, self.at + WINDOW):
            begin, self.at = self.at, found.end()
            keep_small(self.data, begin, self.at)
            yield "value", begin, self.at

    def value(self) -> Event:
        """One value, or how an object or a list begins."""
        code, begin = self.peek(), self.at
        if code in CLOSES:
            if len(self.open) >= MAX_DEPTH:
                raise Enough(f"has more than {MAX_DEPTH} objects and lists in each other")
            self.open.append(code)
            self.at += 1
            self.fresh = True
            return "object" if code == OBJECT else "list", begin, self.at
        if code == ord('"'):
            return "text", *self.text()
        found = _VALUE.match(self.data, begin, begin + LONGEST)
        if found is None:
            raise Broken("is no JSON any more" if code >= 0 else "ends inside its JSON", begin)
        self.at = found.end()
        return "value", begin, self.at

    def text(self) -> tuple[int, int]:
        """Where the characters of a text are, as they stand there."""
        self.peek()
        found = _TEXT.match(self.data, self.at)
        if found is None:
            raise Broken("has no text where JSON has one", self.at)
        begin, self.at = self.at, found.end()
        keep_small(self.data, begin, self.at)
        return found.span(1)
