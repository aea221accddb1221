"""Flows that a repository shows and the file does not declare. What the file has come to declare since is left out."""

from __future__ import annotations

from collections.abc import Iterable

from casemate.decompose.graph import Graph
from casemate.decompose.thing import Thing
from casemate.define.vocabulary import relations


def undeclared(g: Graph, told: Iterable[str]) -> tuple[Thing, ...]:
    """told: `source -> target at place` of each, as a record says it; what is not of that form is left out."""
    out = []
    for line in told:
        ends, _, place = line.partition(" at ")
        source, arrow, target = ends.partition(" -> ")
        if arrow and place and not _declared(g, source, target):
            way = f"{source} -> {target}"
            out.append(Thing(way, "way", {"id": way, "seen at": place}))
    return tuple(out)


def _declared(g: Graph, source: str, target: str) -> bool:
    return (source, target) in g.between or _related(g, source, target) or _related(g, target, source)


def _related(g: Graph, one: str, other: str) -> bool:
    c = g.system.components.get(one)
    return c is not None and any(other in c.props.get(name, ()) for name in relations())
