"""Who may write to and read from each component: what it says itself, what `access:` says, who sends or is exposed.

Lists of writers and readers are complete only where they say so. Otherwise a store may have others: one more member of
whom nothing is known stands for them, except at a sensor. What evidence found overrules what was declared: all of it
where the evidence would have found everybody, else beside it. A list that was called complete and is not is no longer
believed.
"""

from __future__ import annotations

from collections.abc import Container

from casemate.core.trust import WORDS
from casemate.decompose.graph import Graph, who
from casemate.decompose.thing import Thing
from casemate.define.system import Actor, Component, Parties, System

WRITING = frozenset({"write", "grant"})
READING = frozenset({"read", "grant"})
KEEPS = ("stores", "supplies")
SEES = "sensor"
"""What it sees nobody writes: who can alter that is asked of its scene."""


def access(graph: Graph) -> tuple[dict[str, tuple[Thing, ...]], dict[str, tuple[Thing, ...]]]:
    """Writers and readers of every component."""
    written, read = _rights(graph, WRITING), _rights(graph, READING)
    writers, readers = {}, {}
    for c in graph.system.components.values():
        sending = [f.source for f in graph.into.get(c.id, ()) if f.source in graph.system.actors]
        receiving = [f.target for f in graph.out.get(c.id, ()) if f.target in graph.system.actors]
        writers[c.id] = _parties(graph, c, "writers", written, sending if graph.does(c.id, *KEEPS) else [])
        readers[c.id] = _parties(graph, c, "readers", read, receiving if graph.does(c.id, *KEEPS) else [])
    return writers, readers


def _rights(graph: Graph, may: frozenset[str]) -> dict[str, tuple[list[str], bool]]:
    out: dict[str, tuple[list[str], bool]] = {}
    for entry in graph.system.access:
        for on in entry.on:
            who, complete = out.get(on, ([], False))
            out[on] = (who + (list(entry.who) if may & set(entry.may) else []), complete or entry.complete)
    return out


def _parties(
    graph: Graph, c: Component, side: str, rights: dict[str, tuple[list[str], bool]], by_flow: list[str]
) -> tuple[Thing, ...]:
    said: Parties = c.props.get(side) or Parties()
    entitled, complete = rights.get(c.id, ([], False))
    declared = dict.fromkeys([*said.who, *entitled, *by_flow])
    complete = complete or said.complete
    kept = [name for name in declared if not said.all_found or name in by_flow]
    known = tuple(party(who(graph.system, name)) for name in kept)
    if said.found is not None:
        news = {n: _news(graph.system, n, declared, complete) for n in said.found if n not in kept}
        known += tuple(found(graph.system, n, side, c.id, new) for n, new in news.items())
        complete = said.all_found or (complete and not any(news.values()))
    if complete or not graph.does(c.id, *KEEPS) or c.kind == SEES:
        return known
    return (*known, somebody(c.id, side))


def _news(system: System, name: str, declared: Container[str], complete: bool) -> bool:
    """Whether the file did not say so: it does not know the account at all, or named others."""
    known = name in system.actors or name in system.zones
    return name not in declared and (not known or complete or bool(declared))


def found(system: System, name: str, side: str, component: str, undeclared: bool) -> Thing:
    """Somebody whom evidence found. Of an account that no actor has, we know the trust only where the name gives it."""
    if name in system.actors or name in system.zones:
        member = party(who(system, name))
        member.facts["undeclared"] = undeclared
        return member
    trust, _, account = name.partition(": ")
    facts = {"id": account or name, "undeclared": undeclared, **({"trust": WORDS[trust]} if trust in WORDS else {})}
    return Thing(account or name, "party", facts, asks={"": (component, side)})


def party(actor: Actor) -> Thing:
    """An actor as a member of a list."""
    return Thing(actor.id, "party", {"id": actor.id, "trust": actor.trust, "apart": actor.apart, "undeclared": False})


def somebody(component: str, side: str) -> Thing:
    """Whoever else may be in a list that nobody called complete."""
    return Thing(None, "party", {"undeclared": False}, asks={"": (component, side)})
