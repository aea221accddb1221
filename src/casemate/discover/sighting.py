"""What a source gives: facts with their places, and what it could not read.

An element is called as the repository calls it, by a key that sources share: a file by its path, a part of what a file
does by `path#part`, everything else by a word and a name such as `service web`. `merge` makes components of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

FLOW, ZONE, ACTOR = "flow", "zone", "actor"
SAME, CALLED = "same as", "called"
IN_MEMORY = "in memory"


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """One fact.

    element: a key. kind: a kind of the vocabulary, `zone`, `actor`, or `flow` from `element` to the element `value`
    with `field` as what is sent; empty where this fact does not tell.
    field: a property of the vocabulary, `provider.model` for one in a mapping; `same as` (value: another key),
    `called` (value: the id it would like), `in memory` (value: the file whose process holds it; it counts where a
    program that answers requests holds or imports that file), or empty: that it is there.
    value: one value; a list is several sightings. Where the property names components or zones, a key.
    line: counted from 1; 0 is the file as a whole. why: what was seen there, in a few words.
    """

    element: str
    kind: str
    field: str
    value: str
    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """What was not read, and why. It is told, because a draft that is silent about it looks complete."""

    path: str
    why: str


Found: TypeAlias = "Sighting | Unread"


@dataclass(frozen=True, slots=True)
class At:
    """A place, from which sightings are made."""

    file: str
    line: int = 0

    def is_a(self, element: str, kind: str, why: str, called: str = "") -> list[Sighting]:
        """That an element is there, of which kind, and how it would like to be called."""
        found = [Sighting(element, kind, "", "", self.file, self.line, why)]
        return [*found, Sighting(element, "", CALLED, called, self.file, self.line, why)] if called else found

    def has(self, element: str, field: str, value: str, why: str) -> Sighting:
        """A property of an element."""
        return Sighting(element, "", field, value, self.file, self.line, why)

    def flow(self, source: str, target: str, data: str, why: str) -> Sighting:
        """Something that is sent. It counts once both ends are seen to be there."""
        return Sighting(source, FLOW, data, target, self.file, self.line, why)

    def actor(self, element: str, trust: str, why: str) -> Sighting:
        """Somebody, as `actor <name>`, with how far they are trusted."""
        return Sighting(element, ACTOR, "trust", trust, self.file, self.line, why)

    def zone(self, element: str, trust: str, owner: str = "", called: str = "") -> list[Sighting]:
        """A zone with its trust, and its owner when that is somebody else."""
        why = f"run by {owner}" if owner else "named here"
        found = [Sighting(element, ZONE, "trust", trust, self.file, self.line, why)]
        if owner:
            found.append(Sighting(element, ZONE, "owner", owner, self.file, self.line, why))
        return [*found, Sighting(element, ZONE, CALLED, called, self.file, self.line, why)] if called else found
