"""YAML as plain text with positions, read from libyaml's event stream.

Rules: one document; no anchors, aliases, tags or duplicate keys; bounded size, depth and number of nodes; keys are
words. Scalars stay text, because the *field* decides the type (`no` is text where text is due, `1:30` never 90).
The C composer crashes on 200,000 nested brackets, so no tree is ever composed by libyaml: events only, no recursion.
Meaning is left to `define`.
"""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from yaml import events as ev

from casemate.core import files
from casemate.core.errors import CasemateError, Refused, Where

MAX_BYTES = 20_000_000  # 10,000 components with two flows each take 2 MB
MAX_DEPTH = 24  # our example files nest 5 deep
MAX_NODES = 3_000_000
_LINE = 20  # a position is line << 20 | column
_NO_YAML = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")  # YAML 1.1, 5.1


class Map(dict[str, Any]):
    """A mapping that knows where it, its keys and its values stand (`marks`: key, value, key, value, ...)."""

    __slots__ = ("at", "marks", "order")
    at: int
    marks: array[int]
    order: dict[str, int]

    def key_at(self, key: str) -> int:
        """Position of a key; of the mapping when the key is not there."""
        return self._mark(key, 0)

    def value_at(self, key: str) -> int:
        """Position of a key's value; of the mapping when the key is not there."""
        return self._mark(key, 1)

    def _mark(self, key: str, offset: int) -> int:
        if key not in self:
            return self.at
        order = getattr(self, "order", {})
        if len(order) != len(self):  # worked out when somebody asks first, so that asking for all of them is linear
            order = self.order = {k: i for i, k in enumerate(self)}
        mark: int = self.marks[2 * order[key] + offset]
        return mark


class Seq(list[Any]):
    """A sequence that knows where it and its items stand."""

    __slots__ = ("at", "marks")
    at: int
    marks: array[int]


Tree: TypeAlias = "Map | Seq | str | None"
"""None is an empty scalar (`key:` with nothing behind it)."""


def where(path: str, mark: int) -> Where:
    """The place that a packed position stands for."""
    return Where(path, mark >> _LINE, mark & ((1 << _LINE) - 1))


def read_text(path: Path) -> str:
    """The file's text. Fails when it is no file, too large, or not UTF-8."""
    return decode(files.read(path, MAX_BYTES + 1), str(path))


def decode(data: bytes, path: str) -> str:
    """UTF-8 text; an error names the first bad byte."""
    if len(data) > MAX_BYTES:
        raise Refused(path, f"is larger than {MAX_BYTES // 1_000_000} MB", "split the system into smaller files")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        column = e.start - data.rfind(b"\n", 0, e.start)
        raise CasemateError(Where(path, line, column), "is not UTF-8", "save the file as UTF-8") from None


class _Builder:
    """Puts events together into one tree."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: Tree = None
        self.documents = 0
        self.nodes = 0
        self.stack: list[Map | Seq] = []
        self.keys: list[tuple[str, int] | None] = []

    def fail(self, mark: int, what: str, todo: str) -> Refused:
        return Refused(where(self.path, mark), what, todo)

    def feed(self, e: Any) -> None:
        kind = type(e)
        if kind is ev.ScalarEvent:
            value = e.value
            # A plain empty scalar is "nothing said"; a quoted one is empty text.
            self.put(None if value == "" and not e.style else value, self.check(e))
        elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
            self.open(Map() if kind is ev.MappingStartEvent else Seq(), self.check(e))
        elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
            self.stack.pop()
            self.keys.pop()
        elif kind is ev.AliasEvent:
            raise self.fail(_pack(e.start_mark), "uses an alias", "write the value out")
        elif kind is ev.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise self.fail(_pack(e.start_mark), "starts a second document", "keep one document in a file")

    def check(self, e: Any) -> int:
        start = e.start_mark
        column = start.column + 1  # `_pack`, written out: every value of a file comes by
        mark: int = (start.line + 1) << _LINE | (column if column < 1 << _LINE else (1 << _LINE) - 1)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.fail(mark, "has too many nodes", "split the file")
        if e.anchor is not None:
            raise self.fail(mark, f"uses the anchor {e.anchor[:40]!r}", "write the value out")
        if e.tag is not None:
            raise self.fail(mark, f"uses the tag {e.tag[:40]!r}", "leave it out; the field decides the type")
        return mark

    def open(self, container: Map | Seq, mark: int) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self.fail(mark, f"is nested deeper than {MAX_DEPTH}", "flatten it")
        container.at = mark
        container.marks = array("q")
        self.put(container, mark)
        self.stack.append(container)
        self.keys.append(None)

    def put(self, value: Any, mark: int) -> None:
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if isinstance(top, Seq):
            top.append(value)
            top.marks.append(mark)
            return
        key = self.keys[-1]
        if key is None:
            self.keys[-1] = self.key(top, value, mark)
        else:
            top[key[0]] = value
            top.marks.append(key[1])
            top.marks.append(mark)
            self.keys[-1] = None

    def key(self, top: Map, value: Any, mark: int) -> tuple[str, int]:
        if not isinstance(value, str):
            raise self.fail(mark, "has a key that is not a word", "write `key: value`")
        if value in top:
            raise self.fail(mark, f"{value[:60]!r} is given twice", "keep one of the two")
        return value, mark


def _pack(mark: Any) -> int:
    return int((mark.line + 1) << _LINE | min(mark.column + 1, (1 << _LINE) - 1))


def parse(text: str, path: str) -> Tree:
    """The one document of a YAML text. Fails with the place of the first thing that is not allowed."""
    build = _Builder(path)
    try:
        next_event = yaml.CSafeLoader(text).get_event
        while (event := next_event()) is not None:
            build.feed(event)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        at = min(where(path, _pack(mark)), _place(text, len(text), path)) if mark else Where(path)
        raise CasemateError(at, f"is not YAML: {e.problem or e.context}", _advice(str(e.problem))) from None
    except yaml.reader.ReaderError:
        bad = _NO_YAML.search(text)  # libyaml counts bytes, and has read ahead
        at = _place(text, bad.start(), path) if bad else Where(path)
        what = f"holds the character {bad[0]!a}, which YAML does not allow" if bad else "is not readable as YAML"
        raise CasemateError(at, what, "remove it") from None
    except UnicodeEncodeError as e:
        raise CasemateError(_place(text, e.start, path), "holds half a character", "save the file as UTF-8") from None
    return build.root


def _place(text: str, offset: int, path: str) -> Where:
    """The place of one character."""
    return Where(path, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _advice(problem: str) -> str:
    if "tab" in problem or "cannot start any token" in problem:
        return "indent with spaces, and quote text that begins with a special character"
    if "mapping values are not allowed" in problem or "could not find expected ':'" in problem:
        return "quote text that holds `: `, and check the indentation"
    return "check the indentation and the brackets before this place"
