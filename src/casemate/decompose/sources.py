"""Where content comes from, before it is followed.

Actors that send or may write, those whom a component is exposed to, whoever runs it, and what is brought in without a
flow: pages that a tool opens, files whose making is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from casemate.core.trust import Trust
from casemate.decompose.access import KEEPS
from casemate.decompose.graph import Graph
from casemate.decompose.thing import Thing
from casemate.define.system import Component
from casemate.define.vocabulary import vocabulary

GRADES = tuple(vocabulary().words["grade"])
RANK = {grade: i for i, grade in enumerate(GRADES)}
BYTES = RANK["bytes"]
PAGES = frozenset({"browse", "desktop"})
"""What shows a tool the pages of strangers."""
ORIGIN = {"public": Trust.PUBLIC, "partner": Trust.PARTNER}
CODE = frozenset({"model-registry", "container-registry", "package-registry", "installer", "ci", "scanner", "notebook"})

Crowd: TypeAlias = tuple[bool, str | None]
"""Whether they are people, and whose. Owners are told apart where one's content is no news to the other."""


class Source(NamedTuple):
    """Somebody whose content enters somewhere."""

    who: str | None
    trust: Trust | None
    at: str
    grade: int
    way: str
    asks: tuple[str, str] | None = None
    here: bool = True
    """Whether it taints the place where it enters; whoever runs a component is news only to others."""
    people: bool = True
    """Users and strangers; not those who run something for us."""
    owner: str | None = None
    """Who owns the component that they run, when it is not we."""

    @property
    def crowd(self) -> Crowd:
        """What makes sources of one trust alike."""
        return self.people, self.owner


def sources(graph: Graph, writers: dict[str, tuple[Thing, ...]]) -> Iterator[Source]:
    """All sources of a system, by component."""
    for actor, entry in graph.openings:
        carried = [f.props.get("carries", "bytes") for f in graph.between.get((actor.id, entry), ())]
        way = "request" if graph.kind[entry].name == "model" else way_at(graph, entry)
        yield Source(actor.id, actor.trust, entry, max((RANK[g] for g in carried), default=BYTES), way)
    for c in graph.system.components.values():
        way = way_at(graph, c.id)
        for w in writers[c.id]:
            yield Source(w.id, w.facts.get("trust"), c.id, BYTES, way, w.asks.get(""))
        zone = graph.system.zones[c.zone]
        people = zone.trust <= Trust.ACCOUNT
        who = zone.owner or f"{'anyone in' if people else 'whoever runs'} {zone.id}"
        yield Source(who, zone.trust, c.id, RANK[graph.kind[c.id].passes], way, None, False, people, zone.owner)
        yield from _brought(graph, c)


def _brought(graph: Graph, c: Component) -> Iterator[Source]:
    """What comes from outside without a flow: pages that a tool fetches, files whose making is not shown."""
    if c.kind == "tool" and not PAGES.isdisjoint(c.props.get("effect", PAGES)):
        known = "effect" in c.props
        who = "any page on the web" if known else None
        yield Source(who, Trust.PUBLIC if known else None, c.id, BYTES, "stored", None if known else (c.id, "effect"))
    origin = c.props.get("origin")
    filled = _made_here(graph, c) or any(_fills(graph, f.source, c) for f in graph.into.get(c.id, ()))
    if c.kind in ("model", "dataset") and origin != "own" and not filled:
        trust = ORIGIN.get(str(origin))
        who = f"whoever published {c.id}" if trust is not None else None
        yield Source(who, trust, c.id, BYTES, way_at(graph, c.id), None if origin else (c.id, "origin"))


def _fills(graph: Graph, sender: str, c: Component) -> bool:
    """Whether what it sends may be what is kept there; who asks a model something does not make it."""
    if sender in graph.system.actors:
        return c.kind != "model"
    return not graph.does(sender, "serves", "client", "watches")


def _made_here(graph: Graph, c: Component) -> bool:
    """Whether the file shows where the model comes from: a training that it names, or what its engines are fed with."""
    fed = (f.source for e in graph.run_by.get(c.id, ()) for f in graph.into.get(e, ()))
    return bool(c.props.get("trained by")) or any(graph.does(s, "trains", "supplies") for s in fed)


def way_at(graph: Graph, at: str) -> str:
    """How content enters: into a registry or a build as code, into a store as data, elsewhere in a request."""
    if graph.kind[at].name in CODE or graph.kind[at].name == "model":
        return "artifact"
    return "stored" if graph.does(at, *KEEPS) else "request"
