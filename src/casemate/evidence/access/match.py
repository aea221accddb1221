"""Principals of exports as actors of the file, and what the file declares of who may write or read.

An actor says under `accounts:` how exports call it. A pattern without a colon is also held against what follows the
last colon of a name, so that `role/etl` fits `arn:aws:iam::123456789012:role/etl`; but not where the exports name
several AWS accounts, because a stranger's role may have the same name. A component is found by `as:`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from casemate.core.digest import of_text
from casemate.define.system import Access, Parties, System
from casemate.define.vocabulary import vocabulary
from casemate.evidence.access.globs import LONGEST, matches
from casemate.evidence.access.right import Right

SIDES = {"writers": ("write", "grant"), "readers": ("read", "grant")}
"""Which rights make somebody a writer or a reader: whoever may grant may grant it to themselves."""
_KEEPS = ("stores", "supplies")
UNKNOWN = "unknown"
LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Declared:
    """Whom the file names on one side: by the component, by `access:`, and where it keeps things by flows of actors."""

    who: tuple[str, ...] = ()
    complete: bool = False
    said: bool = False
    """Whether the file says anything of it at all."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the file says of access beside the components themselves, by component. Worked out once for many."""

    entries: Mapping[str, list[Access]]
    flows: Mapping[str, Mapping[str, list[str]]]
    """By side and component: the other ends of its flows."""


def said_of(system: System) -> Said:
    """The entries of `access:` and the ends of flows."""
    entries: dict[str, list[Access]] = {}
    flows: dict[str, dict[str, list[str]]] = {side: {} for side in SIDES}
    for e in system.access:
        for on in e.on:
            entries.setdefault(on, []).append(e)
    for f in system.flows:
        flows["writers"].setdefault(f.target, []).append(f.source)
        flows["readers"].setdefault(f.source, []).append(f.target)
    return Said(entries, flows)


def declared(system: System, component: str, side: str, said: Said | None = None) -> Declared:
    """What the file says of the writers or readers of a component."""
    said = said or said_of(system)
    c = system.components[component]
    own: Parties = c.props.get(side) or Parties()
    entries = said.entries.get(component, [])
    entitled = [w for e in entries if set(SIDES[side]) & set(e.may) for w in e.who]
    keeps = vocabulary().kinds[c.kind].does in _KEEPS
    by_flow = [a for a in said.flows[side].get(component, []) if keeps and a in system.actors]
    names = tuple(dict.fromkeys([*own.who, *entitled, *by_flow]))
    complete = own.complete or any(e.complete for e in entries)
    return Declared(names, complete, complete or bool(names))


def names_of(
    system: System, component: str, side: str, said: tuple[str, ...], right: Right, short: bool = True
) -> tuple[str, ...]:
    """How a statement calls the principal: ids that the file declares where that fits, else actors, else the account.

    said: whom the file declares on this side. short: whether patterns without a colon may stand for an ARN. Empty for a
    component whose flow says that it does just this.
    """
    short = short or not right.who.startswith("arn:")
    actors = [a.id for a in system.actors.values() if any(called(p, right.who, short) for p in a.accounts)]
    if actors:
        return tuple(dict.fromkeys(_as_declared(system, a, said) for a in actors))
    parts = [c for c in system.components.values() if "as" in c.props and called(c.props["as"], right.who, short)]
    if parts:
        others = said_of(system).flows[side].get(component, [])
        strange = [c for c in parts if c.id not in others]
        return tuple(dict.fromkeys(f"{system.zones[c.zone].trust}: {seen(right.who)}" for c in strange))
    if right.trust is None:
        return (f"{UNKNOWN}: {seen(right.who)}",)
    crowd = [n for n in said if _trust(system, n) <= right.trust]  # declared for those who are trusted as little
    return (crowd[0],) if crowd else (f"{right.trust}: {seen(right.who)}",)


def seen(name: str) -> str:
    """A stranger's text as it may be written down and shown: bounded, and without what moves a cursor."""
    kept = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}... {of_text(name)[:12]}"
    return kept if kept.isprintable() else kept.encode("unicode_escape").decode("ascii")


def called(pattern: str, name: str, short: bool = True) -> bool:
    """Whether a pattern of `accounts:` means this principal."""
    if len(pattern) > LONGEST:
        return False
    names = [name, name.rpartition(":")[2]] if short and ":" not in pattern else [name]
    if "*" not in pattern and "?" not in pattern:
        return pattern in names
    return any(matches(pattern, n) for n in names)


def _as_declared(system: System, actor: str, said: tuple[str, ...]) -> str:
    """The actor, or the zone around it where that is what the file names."""
    zone, seen = system.actors[actor].zone, set[str]()
    while actor not in said and zone is not None and zone not in seen:
        if zone in said:
            return zone
        seen.add(zone)
        zone = system.zones[zone].parent
    return actor


def _trust(system: System, name: str) -> int:
    return int(system.actors[name].trust if name in system.actors else system.zones[name].trust)
