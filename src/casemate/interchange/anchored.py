"""YAML of other tools: anchors, aliases and merge keys (`<<`) are allowed, because people use them there.

An alias is the same object again, never a copy, and what it stands for is counted each time: a file that would unfold
into more than MAX_NODES is refused. No tags, no second document, no twins among keys; depth is bounded; events only, so
that no nesting can exhaust the stack. Scalars stay text. Our own files are read by `core.yamltree`, which allows less.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml import events as ev

from casemate.core.errors import CasemateError, Refused, Where

MAX_NODES = 2_000_000
MAX_DEPTH = 64
MERGE = "<<"
_NOTHING = object()


class _Open:
    """A mapping or a sequence whose end has not come yet."""

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: Any = _NOTHING
        self.merged: list[dict[str, Any]] = []
        self.weight = 1


class _Builder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.root: Any = None
        self.documents = 0
        self.nodes = 0
        self.stack: list[_Open] = []
        self.named: dict[str, tuple[Any, int]] = {}

    def refuse(self, event: Any, what: str, todo: str) -> Refused:
        return Refused(Where(self.path, event.start_mark.line + 1, event.start_mark.column + 1), what, todo)

    def feed(self, event: Any) -> None:
        kind = type(event)
        if kind is ev.AliasEvent:
            if event.anchor not in self.named:
                raise self.refuse(event, f"uses the alias {event.anchor[:40]!r} of nothing", "name it before with `&`")
            self.put(*self.named[event.anchor], event)
        elif kind is ev.ScalarEvent:
            self.untagged(event)
            value = None if event.value in ("", "null", "~") and not event.style else event.value
            if event.anchor is not None:
                self.named[event.anchor] = (value, 1)
            self.put(value, 1, event)
        elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
            self.untagged(event)
            if len(self.stack) >= MAX_DEPTH:
                raise self.refuse(event, f"is nested deeper than {MAX_DEPTH}", "flatten it")
            self.stack.append(_Open({} if kind is ev.MappingStartEvent else [], event.anchor))
        elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
            self.close(event)
        elif kind is ev.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise self.refuse(event, "starts a second document", "keep one document in a file")

    def untagged(self, event: Any) -> None:
        if event.tag is not None:
            raise self.refuse(event, f"uses the tag {event.tag[:40]!r}", "leave it out")

    def close(self, event: Any) -> None:
        done = self.stack.pop()
        if isinstance(done.value, dict):
            for base in done.merged:
                for key, value in base.items():
                    done.value.setdefault(key, value)
        if done.anchor is not None:
            self.named[done.anchor] = (done.value, done.weight)
        self.put(done.value, done.weight, event)

    def put(self, value: Any, weight: int, event: Any) -> None:
        # A container that closes here was counted when its members came; an alias counts all that it stands for.
        self.nodes += weight if type(event) is ev.AliasEvent else 1
        if self.nodes > MAX_NODES:
            raise self.refuse(event, f"unfolds into more than {MAX_NODES:,} values", "split the model")
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        top.weight += weight
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is _NOTHING:
            if not isinstance(value, str):
                raise self.refuse(event, "has a key that is not a word", "write `key: value`")
            if value in top.value:
                raise self.refuse(event, f"{value[:60]!r} is given twice", "keep one of the two")
            top.key = value
        else:
            self.pair(top, value, event)

    def pair(self, top: _Open, value: Any, event: Any) -> None:
        assert isinstance(top.value, dict)  # noqa: S101  only a mapping has keys
        if top.key == MERGE:
            bases = value if isinstance(value, list) else [value]
            if not all(isinstance(base, dict) for base in bases):
                raise self.refuse(event, "merges something that is no mapping", "let `<<` name a mapping")
            top.merged += bases
        else:
            top.value[top.key] = value
        top.key = _NOTHING


def parse(text: str, path: str) -> Any:
    """The one document of a YAML text as dicts, lists and text. Fails with CasemateError at its place."""
    build = _Builder(path)
    try:
        next_event = yaml.CSafeLoader(text).get_event
        while (event := next_event()) is not None:
            build.feed(event)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        at = Where(path, mark.line + 1, mark.column + 1) if mark else Where(path)
        raise CasemateError(at, f"is not YAML: {e.problem or e.context}", "check the indentation there") from None
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        raise CasemateError(path, "holds a character that YAML does not allow", "save it as plain UTF-8") from None
    return build.root
