"""A paper to write on: one plain, one for a terminal through rich. Both wrap at the width; only colours differ."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
STYLE = {
    "fail": "bold red", "warn": "yellow", "pass": "green", "none": "dim", "dim": "dim", "": "",
    "critical": "bold red", "high": "dark_orange", "medium": "yellow", "low": "dim",
}  # fmt: skip


class Paper:
    """Writes lines of at most `width` characters. `put` gets (style, text) pieces of one line."""

    def __init__(self, put: Callable[[list[tuple[str, str]]], None], width: int = WIDTH) -> None:
        self.put = put
        self.width = max(40, width)

    def blank(self) -> None:
        """An empty line."""
        self.put([])

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        """The text in lines; long words (ids, paths) are never broken inside a line that could hold them."""
        found: list[str] = []
        for part in text.split("\n"):
            found += textwrap.wrap(
                part, self.width, subsequent_indent=indent, initial_indent=indent, break_on_hyphens=False
            ) or [""]
        return found

    def hanging(self, text: str, indent: str) -> list[str]:
        """The text in lines, all but the first indented."""
        return textwrap.wrap(text, self.width, subsequent_indent=indent, break_on_hyphens=False)

    def title(self, name: str, meta: str) -> None:
        """The name of the system, and what was assessed when."""
        for line in self.wrapped(name):
            self.put([("bold", line)])
        for line in self.wrapped(meta):
            self.put([("dim", line)])
        self.put([("dim", "─" * self.width)])

    def verdict(self, word: str, sentence: str, tone: str) -> None:
        """The verdict sentence, its first words in the colour of the verdict."""
        first, *rest = self.wrapped(f"{word} {sentence}")
        self.put([(STYLE[tone], first[: len(word)]), ("bold", first[len(word) :])])
        for line in rest:
            self.put([("bold", line)])

    def heading(self, text: str) -> None:
        """A heading with air above."""
        self.blank()
        self.put([("bold underline", text)])

    def prose(self, text: str, style: str = "") -> None:
        """A paragraph."""
        for line in self.wrapped(text):
            self.put([(STYLE.get(style, style), line)])

    def pair(self, label: str, value: str, mark: str, tone: str) -> None:
        """A label and its value."""
        self.put([(STYLE[tone], f"{mark} "), ("dim", f"{label:20}"), ("bold" if tone == "fail" else "", value)])

    def entry(self, number: str, text: str, below: str) -> None:
        """A numbered line with a quieter one below."""
        for line in self.hanging(f"{number}  {text}", "   "):
            self.put([("bold", line)])
        for line in self.wrapped(below, "   "):
            self.put([("dim", line)])

    def threat(self, severity: str, id: str, price: str, title: str, because: str, said: str, tone: str) -> None:
        """A threat: how bad, which, what it costs a year; then what, why, and what the test said."""
        room = self.width - 10 - len(price) - 1
        shown = id if len(id) <= room else id[: room - 1] + "…"
        self.put([(STYLE[severity], f"{severity.upper():10}"), ("bold", f"{shown:{room}} "), ("bold", price)])
        for text, style in ((title, ""), (because, "dim"), (said, STYLE[tone])):
            for line in self.wrapped(text, " " * 10):
                self.put([(style, line)])


def unbroken(head: str, text: str, width: int = WIDTH) -> list[str]:
    """Both in lines, the head on one however long it is: a path in it can be copied."""
    filled = textwrap.wrap(f"{'.' * min(len(head), width)} {text}", width, break_on_hyphens=False)
    return [head + filled[0][len(head) :], *filled[1:]]


def plain(write: Callable[[Paper], None], width: int = WIDTH) -> str:
    """What is written, as text without colours."""
    out = io.StringIO()
    write(Paper(lambda pieces: _plain_line(out, pieces), width))
    return out.getvalue()


def _plain_line(out: TextIO, pieces: list[tuple[str, str]]) -> None:
    out.write("".join(text for _, text in pieces).rstrip() + "\n")


def on(console: Console) -> Paper:
    """A paper on a terminal."""
    from rich.text import Text

    def put(pieces: list[tuple[str, str]]) -> None:
        console.print(Text.assemble(*((text, style) for style, text in pieces)), soft_wrap=True)

    return Paper(put, min(console.width, 100))
