"""YAML as others write it: several documents, anchors, merges and tags, read from events with the line of each value.

An alias is the very node again, never a copy, and what walks over nodes is bounded, so a billion laughs are one.
Scalars stay text. Templates (`{{ ... }}`) are not YAML; a document that breaks off keeps what came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml import events as ev

DEEPEST = 40
MOST_NODES = 100_000  # of one file
MOST_ITEMS = 2_000  # of one list that is looked at


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar and its line."""

    value: str
    line: int


@dataclass(slots=True)
class Table:
    """A mapping; the last of two equal keys counts, as for those who load it."""

    line: int
    items: dict[str, Node]
    lines: dict[str, int]


@dataclass(slots=True)
class List:
    """A sequence."""

    line: int
    items: list[Node]


Node: TypeAlias = "Text | Table | List"


class _Stop(Exception):
    """Too deep or too much."""


def documents(text: str) -> tuple[list[Node], str]:
    """The documents of a text, and why the rest of it was not read; empty when it was."""
    build = _Builder()
    try:
        next_event = yaml.CSafeLoader(text).get_event
        while (event := next_event()) is not None:
            build.feed(event)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        return build.done, f"is not YAML from line {mark.line + 1 if mark else 1} on"
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        return build.done, "holds characters that YAML does not allow"
    except _Stop as e:
        return build.done, str(e)
    return build.done, ""


class _Builder:
    def __init__(self) -> None:
        self.done: list[Node] = []
        self.anchors: dict[str, Node] = {}
        self.stack: list[Table | List] = []
        self.keys: list[Text | None] = []
        self.nodes = 0

    def feed(self, e: Any) -> None:
        kind, line = type(e), e.start_mark.line + 1
        if kind is ev.ScalarEvent:
            self.put(Text(e.value, line), e.anchor)
        elif kind is ev.MappingStartEvent:
            self.open(Table(line, {}, {}), e.anchor)
        elif kind is ev.SequenceStartEvent:
            self.open(List(line, []), e.anchor)
        elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
            self.stack.pop()
            self.keys.pop()
        elif kind is ev.AliasEvent:
            self.put(self.anchors.get(e.anchor, Text("", line)), None)
        elif kind is ev.DocumentStartEvent:
            self.anchors = {}

    def open(self, node: Table | List, anchor: str | None) -> None:
        if len(self.stack) >= DEEPEST:
            raise _Stop(f"is nested deeper than {DEEPEST}, line {node.line}")
        self.put(node, anchor)
        self.stack.append(node)
        self.keys.append(None)

    def put(self, node: Node, anchor: str | None) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _Stop(f"has more than {MOST_NODES:,} values")
        if anchor:
            self.anchors[anchor] = node
        if not self.stack:
            self.done.append(node)
            return
        top = self.stack[-1]
        if isinstance(top, List):
            top.items.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = node if isinstance(node, Text) else Text("", 0)
        else:
            self.keys[-1] = None
            self.pair(top, key, node)

    def pair(self, top: Table, key: Text, node: Node) -> None:
        if key.value == "<<":
            for merged in node.items if isinstance(node, List) else [node]:
                if isinstance(merged, Table) and merged is not top:
                    self.nodes += len(merged.items)
                    for k, value in merged.items.items():
                        top.items.setdefault(k, value)
                        top.lines.setdefault(k, merged.lines.get(k, merged.line))
        else:
            top.items[key.value] = node
            top.lines[key.value] = key.line


def at(node: Node | None, *keys: str) -> Node | None:
    """What stands below keys; None when there is nothing."""
    for key in keys:
        node = node.items.get(key) if isinstance(node, Table) else None
    return node


def text(node: Node | None, *keys: str) -> str:
    """The text below keys; empty when there is none."""
    found = at(node, *keys)
    return found.value if isinstance(found, Text) else ""


def texts(node: Node | None) -> list[Text]:
    """A text, or the texts of a list."""
    if isinstance(node, Text):
        return [node]
    return [n for n in node.items[:MOST_ITEMS] if isinstance(n, Text)] if isinstance(node, List) else []


def tables(node: Node | None) -> list[Table]:
    """A mapping, or the mappings of a list."""
    if isinstance(node, Table):
        return [node]
    return [n for n in node.items[:MOST_ITEMS] if isinstance(n, Table)] if isinstance(node, List) else []


def entries(node: Node | None) -> list[tuple[str, Node, int]]:
    """(key, value, line of the key) of a mapping."""
    if not isinstance(node, Table):
        return []
    return [(k, v, node.lines.get(k, node.line)) for k, v in list(node.items.items())[:MOST_ITEMS]]


def scalars(node: Node | None, most: int = 5_000) -> Iterator[tuple[str, Text]]:
    """(key above it, text) of all texts below, a bounded number: an alias may stand for many."""
    todo: list[tuple[str, Node]] = [("", node)] if node is not None else []
    while todo and most > 0:
        most -= 1
        key, here = todo.pop()
        if isinstance(here, Text):
            yield key, here
        elif isinstance(here, List):
            todo += [(key, n) for n in reversed(here.items[:MOST_ITEMS])]
        else:
            todo += [(k, n) for k, n in reversed(list(here.items.items())[:MOST_ITEMS])]
