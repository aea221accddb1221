"""What a capability leads to without another threat, and which harms it is to hold one (`steps.yaml`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from casemate.catalog.load import HERE, tree_of

Facts = Mapping[str, tuple[str, ...]]
RELATIONS = (
    "itself", "feeds", "fed by", "asks", "runs", "run by", "tools", "called by", "knows", "known by", "holds", "trains",
    "opens",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leads:
    """Holding one capability at a component gives others at those it is joined with. No kinds: all of them."""

    held: tuple[str, ...]
    at: frozenset[str]
    here: Facts
    along: str
    into: frozenset[str]
    there: Facts
    gives: tuple[str, ...]
    atlas: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Ends:
    """Holding a capability at a component is a harm."""

    held: tuple[str, ...]
    at: frozenset[str]
    here: Facts
    harms: str
    says: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The whole table."""

    leads: tuple[Leads, ...]
    ends: tuple[Ends, ...]
    impact: Mapping[str, tuple[str, ...]]
    people: tuple[str, ...]
    """Impacts where people are hurt."""


@cache
def steps() -> Steps:
    """The table that came with this version."""
    t = tree_of(HERE / "steps.yaml")
    groups = {name: frozenset(kinds) for name, kinds in t["groups"].items()}
    leads = tuple(
        Leads(
            _words(x["with"]), _kinds(x.get("at"), groups), _facts(x.get("while")), x["along"],
            _kinds(x.get("into"), groups), _facts(x.get("where")), _words(x["gives"]), _words(x.get("atlas")),
            x.get("says", ""),
        )
        for x in t["steps"]
    )  # fmt: skip
    ends = tuple(
        Ends(_words(x["with"]), _kinds(x.get("at"), groups), _facts(x.get("where")), x["harms"], x["says"])
        for x in t["ends"]
    )
    return Steps(leads, ends, {k: tuple(v) for k, v in t["impact"].items()}, _words(t["people"]))


def _words(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _kinds(value: Any, groups: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset(kind for word in _words(value) for kind in groups.get(word, (word,)))


def _facts(value: Any) -> Facts:
    return {name: _words(words) for name, words in (value or {}).items()}
