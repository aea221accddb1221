"""A system as another tool describes it, in our words: every fact with the place that it came from. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """What is said (text, or lists and mappings of text), and where: `components[2].type`, with a remark."""

    value: Any
    at: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A zone, an actor or a component."""

    id: str
    at: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """Something that is sent from one entry to another."""

    source: str
    target: str
    at: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """All that was taken over. version: of the source's form, as it says."""

    name: Fact
    zones: tuple[Entry, ...]
    components: tuple[Entry, ...]
    actors: tuple[Entry, ...] = ()
    flows: tuple[Flow, ...] = ()
    purpose: Fact | None = None
    version: str = ""


def said(**facts: Fact | None) -> dict[str, Fact]:
    """The facts that somebody states, in the order given; `_` in a name stands for a space, one at the end for none."""
    return {k.rstrip("_").replace("_", " "): f for k, f in facts.items() if f is not None}
