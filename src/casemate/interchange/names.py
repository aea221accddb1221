"""Ids of other tools as ids of ours: kept where they can be, made from the name where they are numbers or UUIDs."""

from __future__ import annotations

import re

from casemate.define.draft import SYSTEM
from casemate.define.values import ID
from casemate.interchange.fit import clean
from casemate.interchange.loss import BROKEN, CHANGED
from casemate.interchange.node import Node

LONGEST = 80
_MEANINGLESS = re.compile(r"[0-9]+|[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def slug(text: str, otherwise: str) -> str:
    """An id from what people call it."""
    found = re.sub(r"[^\w]+", "-", text.lower()).strip("-_")[:LONGEST].strip("-_")
    return found if ID.fullmatch(found) else otherwise


class Names:
    """The ids of one space: none is given twice, and references find them by the id of the source."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        """Ours by theirs."""
        self._taken: set[str] = {SYSTEM}
        self._next: dict[str, int] = {}

    def give(self, node: Node, theirs: str | None, name: str | None, word: str) -> str:
        """An id for the thing at a node. word: what it is called when it has neither id nor name."""
        meant = theirs if theirs and ID.fullmatch(theirs) and not _MEANINGLESS.fullmatch(theirs) else None
        ours = self.free(meant or slug(name or theirs or "", word))
        if theirs is None:
            node.note(BROKEN, "id", "is missing", f"it is {ours} here")
        elif theirs in self.known:
            node.note(BROKEN, "id", f"another {word} has it already; references mean the first", f"it is {ours} here")
        elif ours != theirs:
            node.note(CHANGED, "id", "is written in another way", f"{clean(theirs)[:80]!r} is {ours}")
        if theirs is not None:
            self.known.setdefault(theirs, ours)
        return ours

    def free(self, wanted: str) -> str:
        """The id itself, or the first of it with a number behind that nobody has."""
        found, short = wanted, wanted[:LONGEST]
        while found in self._taken:
            self._next[short] = self._next.get(short, 1) + 1
            found = f"{short}-{self._next[short]}"
        self._taken.add(found)
        return found


class FlowIds:
    """Which flows need an id: the second with the same ends, and those that have one that people made."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._ends: set[tuple[str, str]] = set()

    def give(self, ends: tuple[str, str], theirs: str | None, name: str | None = None) -> str | None:
        """The id that the flow is to be given; None where its ends tell it."""
        first = ends not in self._ends
        self._ends.add(ends)
        if theirs and ID.fullmatch(theirs) and not _MEANINGLESS.fullmatch(theirs):
            return self._names.free(theirs)
        return None if first else self._names.free(slug(name or "", "flow"))
