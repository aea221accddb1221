"""Where each value of a YAML text begins and ends, in characters. `core.yamltree` knows beginnings; an edit needs both.

Read from the same events. The text must have been accepted by `core.yamltree.parse` before: no anchors, tags or
duplicate keys are left then, and depth and size are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events as ev


@dataclass(slots=True)
class Node:
    """A value. `end` of a block is the end of the last thing in it, without the comments that follow."""

    start: int
    end: int
    style: str = "plain"
    """plain, quoted, block (a mapping, list or text over several lines) or flow (in brackets)."""
    text: str | None = None
    """Of a scalar; None where nothing is said."""
    keys: list[Node] = field(default_factory=list)
    """Of a mapping, in order; `items` are their values."""
    items: list[Node] = field(default_factory=list)
    mapping: bool = False

    def get(self, key: str) -> Node | None:
        """The value of a key."""
        return next((v for k, v in zip(self.keys, self.items, strict=True) if k.text == key), None)


def spans(text: str) -> Node:
    """The document with the places of its values. Linear; no recursion."""
    root = Node(0, 0)
    stack: list[Node] = [root]
    pending: list[Node | None] = [None]
    next_event: Callable[[], Any] = yaml.CSafeLoader(text).get_event
    while (event := next_event()) is not None:
        kind = type(event)
        if kind is ev.ScalarEvent:
            _put(stack, pending, _scalar(event))
        elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
            style = "flow" if event.flow_style else "block"
            node = Node(event.start_mark.index, event.end_mark.index, style, mapping=kind is ev.MappingStartEvent)
            _put(stack, pending, node)
            stack.append(node)
            pending.append(None)
        elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
            node = stack.pop()
            pending.pop()
            node.end = event.end_mark.index if node.style == "flow" else max([node.end, *(i.end for i in node.items)])
    return root.items[0] if root.items else root


def _scalar(event: Any) -> Node:
    style = {"'": "quoted", '"': "quoted", "|": "block", ">": "block"}.get(event.style or "", "plain")
    said = None if event.value == "" and style == "plain" else event.value
    return Node(event.start_mark.index, event.end_mark.index, style, said)


def _put(stack: list[Node], pending: list[Node | None], node: Node) -> None:
    top = stack[-1]
    if not top.mapping:
        top.items.append(node)
    elif pending[-1] is None:
        pending[-1] = node
    else:
        top.keys.append(pending[-1])
        top.items.append(node)
        pending[-1] = None
