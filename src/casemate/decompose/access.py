"""Who may write to and read from each component: what it says itself, what `access:` says, who sends or is exposed.

Lists of writers and readers are complete only where they say so. Otherwise a store may have others: one more member of
whom nothing is known stands for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from casemate.decompose.graph import Graph, who
from casemate.decompose.thing import Thing
from casemate.define.system import Actor, Component, Parties

WRITING = frozenset({"write", "grant"})
READING = frozenset({"read", "grant"})
KEEPS = ("stores", "supplies")


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
    graph: Graph, c: Component, side: str, rights: dict[str, tuple[list[str], bool]], by_flow: Iterable[str]
) -> tuple[Thing, ...]:
    said: Parties = c.props.get(side) or Parties()
    entitled, complete = rights.get(c.id, ([], False))
    names = list(dict.fromkeys([*said.who, *entitled, *by_flow]))
    known = tuple(party(who(graph.system, name)) for name in names)
    if complete or said.complete or not graph.does(c.id, *KEEPS):
        return known
    return (*known, somebody(c.id, side))


def party(actor: Actor) -> Thing:
    """An actor as a member of a list."""
    return Thing(actor.id, "party", {"id": actor.id, "trust": actor.trust, "apart": actor.apart})


def somebody(component: str, side: str) -> Thing:
    """Whoever else may be in a list that nobody called complete."""
    return Thing(None, "party", {}, asks={"": (component, side)})
