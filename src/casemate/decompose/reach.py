"""Who reaches what through requests, transitively, and what gets back to them.

A request passes through components that serve; into a store, a person or a training it goes no further, and nothing
but its user calls a client application. Actors are walked by class (trust, apart): those of one class are one attacker
to us, so the walk costs (classes) x (components + flows). The first actor of a class that arrives is its witness; what
limits every request of a class on *all* its ways is asked of `covered`, never of the one path shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from casemate.core.tri import Tri, either
from casemate.decompose.graph import Graph, openings
from casemate.decompose.thing import Facts, Thing
from casemate.define.system import Actor, Component

FRONT = frozenset({"endpoint", "web-app", "gateway", "service", "external-service", "agent", "llm", "tool"})
"""Kinds that limit, size and log requests when anything does. On others silence means that they do not."""

_LOGGED = frozenset({"request", "client"})


def reach(graph: Graph) -> dict[str, list[Thing]]:
    """For each component the classes of actors that reach it, least trusted first."""
    found: dict[str, list[Thing]] = {}
    classes: dict[tuple[int, bool], list[tuple[Actor, str]]] = {}
    for actor, entry in openings(graph.system):
        classes.setdefault((actor.trust, actor.apart), []).append((actor, entry))
    for key in sorted(classes):
        for component, thing in _walk(graph, classes[key]).items():
            found.setdefault(component, []).append(thing)
    return found


def _walk(graph: Graph, starts: list[tuple[Actor, str]]) -> dict[str, Thing]:
    seen: dict[str, Thing] = {}
    queue: deque[str] = deque()
    for actor, entry in starts:
        if entry not in seen:
            seen[entry] = _first(graph, actor, entry)
            queue.append(entry)
    while queue:
        here = queue.popleft()
        if not graph.does(here, "serves", "client"):
            continue
        for there in graph.requests(here):
            if there not in seen:
                seen[there] = _next(graph, seen[here], here, there)
                queue.append(there)
    return seen


def _first(graph: Graph, actor: Actor, entry: str) -> Thing:
    facts: Facts = {"id": actor.id, "trust": actor.trust, "apart": actor.apart, "direct": True}
    facts |= {"limited": False, "sized": False, "logged": False}
    thing = Thing(actor.id, "reach", facts, asks={}, path=(entry, (actor.id, None)))
    return _passing(thing, graph.system.components[entry])


def _next(graph: Graph, before: Thing, here: str, there: str) -> Thing:
    # A client application is the caller's own: what it calls is called by the caller itself.
    facts = {**before.facts, "direct": before.facts["direct"] and graph.does(here, "client")}
    thing = Thing(before.id, "reach", facts, asks=dict(before.asks), path=(there, before.path))
    return _passing(thing, graph.system.components[there])


def _passing(thing: Thing, c: Component) -> Thing:
    """What the way through one more component adds: the outermost `returns` decides, any limit on the way limits."""
    facts, props = thing.facts, c.props
    if "returns" not in facts and "returns" in props:
        facts["returns"] = props["returns"]
    if c.kind == "client-app":
        return thing  # its user owns it: whatever it limits or logs can be left out
    limit = props.get("rate limit")
    _either(thing, c, "limited", None if limit is None else limit == "per-client", "rate limit")
    _either(thing, c, "sized", props.get("size limit"), "size limit")
    _either(thing, c, "logged", set(props["logs"]) >= _LOGGED if "logs" in props else None, "logs")
    if c.kind in FRONT and "returns" not in facts:
        thing.asks.setdefault("returns", (c.id, "returns"))
    return thing


def _either(thing: Thing, c: Component, name: str, here: Tri, asked: str) -> None:
    """On the way so far or here. What no front said stays unknown, and its first silent front is asked."""
    if here is None and c.kind not in FRONT:
        return
    thing.facts[name] = either([thing.facts[name], here])
    if here is None:
        thing.asks.setdefault(name, (c.id, asked))


def covered(graph: Graph, holders: Iterable[str]) -> set[str]:
    """Components that someone less trusted reaches, but nobody less trusted without passing one of the `holders`."""
    blocked = frozenset(holders)
    out: set[str] = set()
    leaks: set[str] = set()
    for level in sorted({a.trust for a, _ in openings(graph.system)}):
        starts = [entry for a, entry in openings(graph.system) if a.trust == level]
        above = {c for c, trust in graph.trust.items() if level < trust}
        out |= _reached(graph, starts, frozenset()) & above
        leaks |= _reached(graph, starts, blocked) & above
    return out - leaks


def _reached(graph: Graph, starts: Iterable[str], blocked: frozenset[str]) -> set[str]:
    seen = {entry for entry in starts if entry not in blocked}
    queue = deque(sorted(seen))
    while queue:
        here = queue.popleft()
        if not graph.does(here, "serves", "client"):
            continue
        for there in graph.requests(here):
            if there not in seen and there not in blocked:
                seen.add(there)
                queue.append(there)
    return seen
