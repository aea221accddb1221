"""What a draft is: the parts, flows, zones and actors of a system, each with the places that show it. Frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from casemate.discover.sighting import Unread


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something was seen and what: `file:line` and a few words. An empty file: it was assumed, not seen."""

    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A property: its values (one, unless it is a list), the place of each, and what other places say instead."""

    values: tuple[str, ...]
    places: tuple[Place, ...]
    also: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A component. `facts` holds properties by the names of the vocabulary, those that name others by their ids."""

    id: str
    key: str
    kind: str
    zone: str
    seen: Place
    facts: Mapping[str, Fact] = field(default_factory=dict)
    also: tuple[tuple[str, Place], ...] = ()
    """Other kinds that places show."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A flow between ids. assumed: no place shows it; it is there because silence would say that nobody calls."""

    source: str
    target: str
    data: str
    seen: Place
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A zone; owner is empty where it is ours."""

    id: str
    trust: str
    owner: str
    seen: Place


@dataclass(frozen=True, slots=True)
class Person:
    """An actor; one that no place shows is whoever calls what nobody else is seen to call."""

    id: str
    trust: str
    zone: str
    seen: Place


@dataclass(frozen=True, slots=True)
class Draft:
    """All of it. Everything is in the order in which it is written."""

    name: str
    areas: tuple[Area, ...] = ()
    parts: tuple[Part, ...] = ()
    edges: tuple[Edge, ...] = ()
    unread: tuple[Unread, ...] = ()
    left_out: tuple[str, ...] = ()
    actors: tuple[Person, ...] = ()
