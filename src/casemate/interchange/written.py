"""A draft as the text of a system file: one fact on a line, and behind it the place that it came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from casemate.interchange.draft import Draft, Entry, Fact, Flow
from casemate.interchange.fit import clean

_PLAIN = re.compile(r"\w(?:[\w ./()+-]*[\w./()+-])?")  # safe without quotes, in a flow collection too
COMMENT = 160


def text_of(draft: Draft, source: str, format_: str) -> str:
    """The file. source: the name of the file that was read."""
    return "\n".join(_lines(draft, source, format_)) + "\n"


def _lines(draft: Draft, source: str, format_: str) -> Iterator[str]:
    yield f"# Taken over from {_remark(source)} ({_remark(f'{format_} {draft.version}'.strip())}). Behind each fact"
    yield "# stands where it came from. What the source does not say is left out, and so stays unknown."
    yield "casemate: 1"
    yield _fact("", "name", draft.name)
    if draft.purpose:
        yield _fact("", "purpose", draft.purpose)
    for section, entries in (("zones", draft.zones), ("actors", draft.actors), ("components", draft.components)):
        if entries or section != "actors":
            yield ""
            yield f"{section}:" if entries else f"{section}: {{}}"
            yield from _entries(entries)
    if draft.flows:
        yield ""
        yield "flows:"
        yield from _flows(draft.flows)


def _entries(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield _end(f"  {entry.id}:", entry.at)
        yield from (_fact("    ", name, fact) for name, fact in entry.facts.items())


def _flows(flows: Iterable[Flow]) -> Iterator[str]:
    for flow in flows:
        yield _end(f"  - {flow.source} -> {flow.target}{':' if flow.facts else ''}", flow.at)
        yield from (_fact("      ", name, fact) for name, fact in flow.facts.items())


def _fact(indent: str, name: str, fact: Fact) -> str:
    return _end(f"{indent}{name}: {value(fact.value)}", fact.at)


def _end(line: str, at: str) -> str:
    return f"{line}  # {_remark(at)}" if at else line


def _remark(text: str) -> str:
    return clean(text)[:COMMENT]


def value(said: Any) -> str:
    """Text, lists and mappings on one line of YAML."""
    if isinstance(said, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {value(v)}" for k, v in said.items()) + "}"
    if isinstance(said, list | tuple):
        return "[" + ", ".join(value(v) for v in said) + "]"
    return _scalar(said)


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)
