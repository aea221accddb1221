"""The outputs of a scan: each takes records one by one and gives text as it goes, so that none holds them all.

What a format says last is said once everything was taken. The same records give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Protocol

from casemate import __version__
from casemate.evidence.scan.record import Record, line
from casemate.evidence.scan.tell import Tally, lines


class Writer(Protocol):
    """One format."""

    def add(self, r: Record) -> str:
        """What can be written now that this record came."""
        ...

    def end(self, t: Tally) -> str:
        """What comes last."""
        ...


class Text:
    """For people: everything comes at the end, because the worst comes first."""

    def add(self, r: Record) -> str:
        """Nothing yet."""
        return ""

    def end(self, t: Tally) -> str:
        """All of it, without colours."""
        return "".join("".join(text for _, text in pieces).rstrip() + "\n" for pieces in lines(t))


class Lines:
    """jsonl: a line for each file."""

    def add(self, r: Record) -> str:
        """The line."""
        return line(r) + "\n"

    def end(self, t: Tally) -> str:
        """Nothing more."""
        return ""


class Document:
    """json: one object; a file stands on a line of its own."""

    def __init__(self) -> None:
        self.before = f'{{"casemate": {json.dumps(__version__)}, "files": [\n'

    def add(self, r: Record) -> str:
        """The file, behind the comma of the one before it."""
        text, self.before = self.before + line(r), ",\n"
        return text

    def end(self, t: Tally) -> str:
        """The sums."""
        start = "" if self.before == ",\n" else self.before
        return f'{start}\n], "summary": {json.dumps(t.plain())}}}\n'


class Results:
    """sarif: everything comes at the end, because only the worst may stay."""

    def __init__(self, named: Iterable[str], here: PurePath) -> None:
        from casemate.evidence.scan.sarif import Sarif  # the other outputs need nothing of it

        self.made = Sarif(named, here)

    def add(self, r: Record) -> str:
        """Nothing yet."""
        self.made.add(r)
        return ""

    def end(self, t: Tally) -> str:
        """The document."""
        return self.made.text()


WRITERS: Mapping[str, Callable[[Iterable[str], PurePath], Writer]] = {
    "text": lambda named, here: Text(),
    "json": lambda named, here: Document(),
    "jsonl": lambda named, here: Lines(),
    "sarif": Results,
}
