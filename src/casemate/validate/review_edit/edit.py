"""One fact more in a text: the new line stands where a person would put it, and nothing else moves.

The text that comes out is read again, and must say what it said before and the new fact; otherwise it is refused.
Nothing is written here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from casemate.core.errors import CasemateError, Where
from casemate.core.yamltree import Map, Seq, Tree, parse
from casemate.define.short import flow_of
from casemate.validate.review_edit.spans import Node, spans

PLAIN = re.compile(r"[^\W_][\w.@/+\-]*( [\w.@/+\-]+)*")  # reads as itself between brackets as well as on a line
ARROW = " -> "
HEAD = ("casemate", "name", "purpose", "currency", "owners", "review", "appetite", "policy", "plan")
"""What stands at the top of a system file, before its parts."""
Answer = str | tuple[str, ...] | dict[str, Any]
"""What is to stand behind the colon: a word, a list of words, or a mapping of both."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The whole text with the fact in it, what was added, and on which line it stands."""

    text: str
    said: str
    line: int


def shown(value: Answer) -> str:
    """The answer as YAML on one line."""
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    return "{" + ", ".join(f"{k}: {shown(v)}" for k, v in value.items()) + "}"


def set_fact(text: str, path: str, keys: tuple[str, ...], value: Answer, asked: str = "") -> Edited:
    """The text in which `keys` have the value: `("components", "api", "auth")`, `("flows", "a->b", "encrypted")`.

    The component or flow must be there; other keys, such as `("review", "last")`, are made. Raises CasemateError where
    it is not, or where the value that is there is written over several lines. asked: the question that is answered;
    the comment in which a draft asks it goes.
    """
    tree, mark = parse(text, path), text.startswith("\ufeff")
    if mark:
        return _marked(set_fact(text[1:], path, keys, value, asked))
    node, at = spans(text), tree
    way = list(keys)
    for key in keys[:2] if keys[0] in ("components", "flows") else ():
        node, at = _step(node, at, key, path)
        way.pop(0)
    made = _flow(text, node, at, way, value, path) if keys[0] == "flows" else _into(text, node, way, value, path)
    made = _answered(made, f"# unknown: {keys[-1]}: {asked}") if asked else made
    _check(tree, parse(made.text, path), keys, value, path)
    return made


def _answered(made: Edited, question: str) -> Edited:
    """Without the draft's question, where it stands below the fact as a line of the same mapping."""
    lines = made.text.split("\n")
    indent = _indent(lines[made.line - 1])
    for i in range(made.line, len(lines)):
        bare = lines[i].strip()
        if bare == question and _indent(lines[i]) == indent:
            return Edited("\n".join(lines[:i] + lines[i + 1 :]), made.said, made.line)
        if bare and _indent(lines[i]) < indent:
            break
    return made


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _marked(made: Edited) -> Edited:
    return Edited("\ufeff" + made.text, made.said, made.line)


def _step(node: Node, tree: Tree, key: str, path: str) -> tuple[Node, Tree]:
    """One level down: by key in a mapping, by the flow's id in a list."""
    if isinstance(tree, Map) and key in tree:
        found = node.get(key)
        if found is not None:
            return found, tree[key]
    if isinstance(tree, Seq):
        for i, entry in enumerate(tree):
            if _flow_id(entry, tree.marks[i]) == key:
                return node.items[i], entry
    raise CasemateError(path, f"has no {key[:80]!r} any more", "begin again")


def _flow_id(entry: Tree, mark: int) -> str | None:
    try:
        made = flow_of(entry, mark)
    except ValueError:
        return None
    return str(made.get("id") or f"{made.get('from')}->{made.get('to')}") if isinstance(made, Map) else None


def _into(text: str, node: Node, way: list[str], value: Answer, path: str) -> Edited:
    """The value under the keys that are left, in a mapping that is there."""
    key, *rest = way
    there = node.get(key)
    if rest and there is not None and there.mapping:
        return _into(text, there, rest, value, path)
    new: Answer = {rest[0]: value} if rest else value
    if there is None:
        return _insert(text, node, key, shown(new))
    if there.text is None and not there.items and there.style == "plain":
        at = text.index(":", _key(node, key).end) + 1
        return _spliced(text, at, at, f" {shown(new)}", f"{key}: {shown(new)}")
    if "\n" in text[there.start : there.end]:
        at = _key(node, key).start
        where = Where(path, _line(text, at), at - _line_start(text, at) + 1)
        raise CasemateError(where, f"{key} is written over several lines", "change it in your editor")
    return _spliced(text, there.start, there.end, shown(new), f"{key}: {shown(new)}")


def _key(node: Node, key: str) -> Node:
    return next(k for k in node.keys if k.text == key)


def _insert(text: str, node: Node, key: str, value: str) -> Edited:
    """A new entry of a mapping: behind the last one between brackets, on a line of its own in a block."""
    said = f"{key}: {value}"
    if node.style == "flow":
        at = node.items[-1].end if node.items else node.start + 1
        return _spliced(text, at, at, f", {said}" if node.items else said, said)
    # Behind the last entry of one line: what a person adds stands with the short facts, not below a nested list.
    head = [v for k, v in zip(node.keys, node.items, strict=True) if k.text in HEAD and node.get(HEAD[0])]
    short = [v for v in head or node.items if not (v.style == "block" and v.items)]
    end = (short or node.items)[-1].end
    at = _line_end(text, len(text[:end].rstrip()))
    first = node.keys[0].start
    indent = " " * (first - _line_start(text, first))
    ends = "\r\n" if text[:at].endswith("\r\n") or (at == len(text) and "\r\n" in text) else "\n"
    before = "" if text[:at].endswith("\n") else ends
    made = _spliced(text, at, at, f"{before}{indent}{said}{ends}", said)
    return Edited(made.text, said, made.line + (1 if before else 0))


def _flow(text: str, node: Node, entry: Tree, way: list[str], value: Answer, path: str) -> Edited:
    """A fact of a flow, in whichever of the three forms it is written."""
    said = f"{way[0]}: {shown(value)}"
    if isinstance(entry, str):  # - a -> b
        return _spliced(text, node.end, node.end, f": {{{said}}}", said)
    if len(node.keys) == 1 and ARROW in (node.keys[0].text or ""):
        inner = node.items[0]
        if inner.mapping:  # - a -> b: {data: what}
            return _into(text, inner, way, value, path)
        label = "" if inner.text is None else f"data: {shown(inner.text)}, "  # - a -> b: what
        if inner.text is None:
            at = text.index(":", node.keys[0].end) + 1
            return _spliced(text, at, at, f" {{{said}}}", said)
        return _spliced(text, inner.start, inner.end, f"{{{label}{said}}}", said)
    return _into(text, node, way, value, path)  # - {from: a, to: b}


def _spliced(text: str, start: int, end: int, new: str, said: str) -> Edited:
    return Edited(text[:start] + new + text[end:], said, _line(text, start))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Behind the line break of the line in which `at` stands."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _check(old: Tree, new: Tree, keys: tuple[str, ...], value: Answer, path: str) -> None:
    """What is read again must be what was there and the new fact: an edit that says anything else is never written."""
    wanted = _with(meaning(old), list(keys), _plain_answer(value))
    if meaning(new) != wanted:
        raise CasemateError(path, f"is written in a way that {keys[-1]!r} cannot be added to", "add it in your editor")


def _plain_answer(value: Answer) -> Any:
    return meaning(parse(f"a: {shown(value)}", "answer"))["a"]


def meaning(tree: Tree) -> Any:
    """The tree as plain data without places, its flows in their long form."""
    if not isinstance(tree, Map):
        return _data(tree)
    return {k: _flows(v) if k == "flows" and isinstance(v, Seq) else _data(v) for k, v in tree.items()}


def _flows(found: Seq) -> list[Any]:
    return [_long(entry, mark) for entry, mark in zip(found, found.marks, strict=True)]


def _long(entry: Tree, mark: int) -> Any:
    try:
        return _data(flow_of(entry, mark))
    except ValueError:
        return _data(entry)


def _data(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {k: _data(v) for k, v in tree.items()}
    return [_data(v) for v in tree] if isinstance(tree, list) else tree


def _with(doc: Any, keys: list[str], value: Any) -> Any:
    """The data with one fact more."""
    key, *rest = keys
    if isinstance(doc, list):
        return [_with(e, rest, value) if _is(e, key) else e for e in doc]
    inner = doc.get(key) if isinstance(doc, dict) else None
    return {**(doc or {}), key: _with(inner, rest, value) if rest else value}


def _is(entry: Any, id: str) -> bool:
    return isinstance(entry, dict) and (entry.get("id") or f"{entry.get('from')}->{entry.get('to')}") == id
