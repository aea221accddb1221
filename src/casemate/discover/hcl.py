"""The blocks of a Terraform file, by a small reader of HCL's outer form: enough to see what is there, no evaluation.

A block has its type, labels, attributes and inner blocks. An attribute is kept as the texts in it, and raw: what refers
to other things stays the reference's words. Whatever does not fit is passed over to the next line, and `left` says how
many lines were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DEEPEST = 30
MOST_BLOCKS = 20_000
_OPEN = re.compile(r'\s*([\w-]+)((?:\s+(?:"[^"\n]{0,200}"|[\w-]+))*)\s*\{\s*(\})?\s*$')
_GIVEN = re.compile(r'\s*"?([\w.\-/]+)"?\s*[=:]\s*(.*)$')
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HEREDOC = re.compile(r"<<[-~]?\s*([A-Za-z_]\w*)\s*$")


@dataclass(slots=True)
class Block:
    """`type "label" "label" { ... }`. given: attribute -> (text as written, line)."""

    type: str
    labels: tuple[str, ...]
    line: int
    given: dict[str, tuple[str, int]] = field(default_factory=dict)
    inner: list[Block] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The one constant text or word of an attribute; empty when it is not constant."""
        raw = self.given.get(name, ("", 0))[0].strip().rstrip(",")
        found = _TEXT.fullmatch(raw)
        if found:
            return "" if "${" in found[1] else found[1]
        return raw if re.fullmatch(r"[\w.-]+", raw) and "." not in raw else ""

    def texts(self, name: str) -> list[str]:
        """The constant texts in an attribute."""
        return _TEXT.findall(self.given.get(name, ("", 0))[0])[:100]

    def line_of(self, name: str) -> int:
        """The line of an attribute; the block's when it has none."""
        return self.given.get(name, ("", self.line))[1]


def blocks(text: str) -> tuple[list[Block], int]:
    """The outermost blocks, and how many lines were not understood."""
    root = Block("", (), 0)
    stack, left, made = [root], 0, 0
    lines = _plain(text)
    i = 0
    while i < len(lines):
        number, line = i + 1, lines[i]
        i += 1
        if not line.strip():
            continue
        opened = _OPEN.match(line) if len(line) < 2_000 else None
        if opened and len(stack) < DEEPEST and made < MOST_BLOCKS:
            labels = tuple(part.strip('"') for part in re.findall(r'"[^"]*"|[\w-]+', opened[2]))
            block = Block(opened[1], labels, number)
            made += 1
            stack[-1].inner.append(block)
            if not opened[3]:
                stack.append(block)
        elif line.strip() == "}":
            if len(stack) > 1:
                stack.pop()
        elif given := _GIVEN.match(line):
            value, i = _value(lines, i, given[2])
            stack[-1].given[given[1]] = (value, number)
        else:
            left += 1
    return root.inner, left


def _value(lines: list[str], i: int, value: str) -> tuple[str, int]:
    """An attribute's value, which goes on until its brackets close or its heredoc ends."""
    if here := _HEREDOC.search(value):
        kept: list[str] = []
        while i < len(lines) and lines[i].strip() != here[1]:
            kept.append(lines[i])
            i += 1
        return "\n".join(kept)[:20_000], i + 1
    depth = _depth(value)
    kept = [value]
    while depth > 0 and i < len(lines):
        depth += _depth(lines[i])
        kept.append(lines[i])
        i += 1
    return "\n".join(kept)[:20_000], i


def _depth(line: str) -> int:
    bare = _TEXT.sub("", line)
    return sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")


def _plain(text: str) -> list[str]:
    """The lines without comments."""
    out, inside = [], False
    for line in text.split("\n"):
        if inside:
            _, end, line = line.partition("*/")
            inside = not end
            line = "" if inside else line
        begin = line.find("/*")
        if begin >= 0 and '"' not in line[:begin]:
            rest, end, after = line[:begin], *line[begin + 2 :].partition("*/")[1:]
            inside = not end
            line = f"{rest} {after}"
        out.append(_uncommented(line))
    return out


def _uncommented(line: str) -> str:
    for found in re.finditer(r"#|//", line):
        if line.count('"', 0, found.start()) % 2 == 0:
            return line[: found.start()]
    return line
