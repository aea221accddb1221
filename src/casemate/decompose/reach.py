"""Who reaches what through requests, transitively, and what gets back to them.

A request passes through components that serve; into a store, a person or a training it goes no further, and nothing
but its user calls a client application. Actors are walked by class (trust, apart): those of one class are one attacker
to us, so the walk costs (classes) x (components + flows). The first actor of a class that arrives is its witness.

What is said of the way holds for all ways of the class, because an attacker takes the best: a limit limits only when
every way has one; what gets back is all that the outermost component of any way gives back. Where such a component says
nothing, there is a second member of whom that is unknown. What an engine or an agent that does not say what it runs or
calls may reach, is reached by members of whom only the existence is possible.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from casemate.core.tri import Tri
from casemate.core.trust import Trust
from casemate.decompose.graph import Graph
from casemate.decompose.thing import Facts, Thing
from casemate.define.system import Actor, Component
from casemate.define.vocabulary import vocabulary

FRONT = frozenset({"endpoint", "web-app", "gateway", "service", "external-service", "agent", "llm", "tool"})
"""Kinds that limit, size and log requests when anything does. On others silence means that they do not."""

_LOGGED = frozenset({"request", "client"})
LIMITS = {"limited": "rate limit", "sized": "size limit", "logged": "logs"}
"""What may be said of a way, and the property of a component on it that says so."""
NO, MAYBE, YES = range(3)
RETURNS = vocabulary().component["returns"].words

Ask = tuple[str, str]
Known = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Ways:
    """All ways of one class to a component. Limits: the worst way's, as said and as far as measured, and who to ask."""

    limits: tuple[tuple[int, int, Ask | None], ...] = ((NO, NO, None),) * len(LIMITS)
    returns: frozenset[str] = frozenset()
    told: Ask | None = None
    """An outermost component that said what it gives back."""
    doubted: Ask | None = None
    """One of which that was not measured."""
    silent: Ask | None = None
    """An outermost component that did not say it."""
    undecided: bool = True
    """Whether some way has passed nothing yet but client applications."""
    direct: bool = True

    @property
    def worth(self) -> object:
        """What other ways can change; whom to ask is no news."""
        sure = tuple((said, proven) for said, proven, _ in self.limits)
        flags = tuple(ask is not None for ask in (self.told, self.doubted, self.silent))
        return sure, self.returns, flags, self.undecided, self.direct

    def joined(self, other: _Ways) -> _Ways:
        """Both ways are open."""
        return _Ways(
            tuple(_worse(a, b) for a, b in zip(self.limits, other.limits, strict=True)),
            self.returns | other.returns,
            self.told or other.told, self.doubted or other.doubted, self.silent or other.silent,
            self.undecided or other.undecided, self.direct or other.direct,
        )  # fmt: skip


def reach(graph: Graph, known: Known) -> dict[str, list[Thing]]:
    """For each component the classes of actors that reach it, least trusted first. known: measured facts."""
    found: dict[str, list[Thing]] = {}
    classes: dict[tuple[int, bool], list[tuple[Actor, str]]] = {}
    for actor, entry in graph.openings:
        classes.setdefault((actor.trust, actor.apart), []).append((actor, entry))
    for key in sorted(classes):
        seen = _walk(graph, classes[key])
        ways = _all_ways(graph, known, seen, dict.fromkeys(entry for _, entry in classes[key]))
        for component, (actor, path) in seen.items():
            found.setdefault(component, []).extend(_members(actor, path, ways[component]))
        for component, thing in _possible(graph, seen).items():
            found.setdefault(component, []).append(thing)
    return found


Seen = dict[str, tuple[Actor, tuple[object, ...]]]


def _walk(graph: Graph, starts: list[tuple[Actor, str]]) -> Seen:
    """Every component that a class reaches, with its witness and the shortest way."""
    seen: Seen = {}
    queue: deque[str] = deque()
    for actor, entry in starts:
        if entry not in seen:
            seen[entry] = actor, (entry, (actor.id, None))
            queue.append(entry)
    while queue:
        here = queue.popleft()
        if not graph.does(here, "serves", "client"):
            continue
        for there in graph.requests(here):
            if there not in seen:
                seen[there] = seen[here][0], (there, seen[here][1])
                queue.append(there)
    return seen


def _all_ways(graph: Graph, known: Known, seen: Seen, entries: Iterable[str]) -> dict[str, _Ways]:
    """What holds of all ways to each component. Each can change a few times only, so the walk is linear."""
    before: dict[str, _Ways] = {}
    after: dict[str, _Ways] = {}
    queue: deque[str] = deque()

    def arrive(there: str, ways: _Ways) -> None:
        joined = before[there].joined(ways) if there in before else ways
        if there in before and joined.worth == before[there].worth:
            return
        before[there] = joined
        queue.append(there)

    for entry in entries:
        arrive(entry, _Ways())
    while queue:
        here = queue.popleft()
        passed = _passing(before[here], graph.system.components[here], known.get(here, {}))
        if here in after and passed.worth == after[here].worth:
            continue
        after[here] = passed
        if graph.does(here, "serves", "client"):
            # A client application is the caller's own: what it calls is called by the caller itself.
            direct = passed.direct and graph.does(here, "client")
            on = _Ways(
                passed.limits, passed.returns, passed.told, passed.doubted, passed.silent, passed.undecided, direct
            )
            for there in graph.requests(here):
                arrive(there, on)
    return after


def _passing(ways: _Ways, c: Component, known: Mapping[str, str]) -> _Ways:
    """What one more component adds: any limit on a way limits it, the outermost that answers decides what gets back."""
    if c.kind == "client-app":
        return ways  # its user owns it: whatever it limits, hides or logs can be left out
    limits = tuple(
        _limited(c, so_far, prop, _limit(c, prop), prop in known)
        for so_far, prop in zip(ways.limits, LIMITS.values(), strict=True)
    )
    told, doubted, silent, returns = ways.told, ways.doubted, ways.silent, ways.returns
    if ways.undecided and "returns" in c.props:
        here = (c.id, "returns")
        told, returns = told or here, returns | set(c.props["returns"])
        doubted = doubted if "returns" in known else doubted or here
    elif ways.undecided:
        silent = silent or (c.id, "returns")
    return _Ways(limits, returns, told, doubted, silent, False, ways.direct)


def _limit(c: Component, prop: str) -> Tri:
    if prop not in c.props:
        return None if c.kind in FRONT else False
    value = c.props[prop]
    if prop == "logs":
        return set(value) >= _LOGGED
    return value == "per-client" if prop == "rate limit" else bool(value)


def _limited(
    c: Component, so_far: tuple[int, int, Ask | None], prop: str, here: Tri, known: bool
) -> tuple[int, int, Ask | None]:
    """On the way so far or here. `proven` counts what is only said as unknown."""
    said, proven, ask = so_far
    if here is False and prop not in c.props:
        return so_far
    rank = MAYBE if here is None else YES if here else NO
    now = max(said, rank), max(proven, rank if known else MAYBE)
    return *now, (c.id, prop) if ask is None or now[0] > said else ask


def _worse(a: tuple[int, int, Ask | None], b: tuple[int, int, Ask | None]) -> tuple[int, int, Ask | None]:
    return min(a[0], b[0]), min(a[1], b[1]), b[2] if b[0] < a[0] else a[2] or b[2]


def _members(actor: Actor, path: object, ways: _Ways) -> Iterable[Thing]:
    """One member with what is known to get back, one more where somebody did not say it."""
    facts: Facts = {"id": actor.id, "trust": actor.trust, "apart": actor.apart, "direct": ways.direct}
    asks: dict[str, Ask] = {}
    doubted = []
    for name, (said, proven, ask) in zip(LIMITS, ways.limits, strict=True):
        if said != MAYBE:
            facts[name] = said == YES
        if ask is not None and said != proven:
            doubted.append(name)
        if ask is not None:
            asks[name] = ask
    if ways.told is not None:
        told = {**facts, "returns": tuple(w for w in RETURNS if w in ways.returns)}
        unsure = frozenset([*doubted, *(["returns"] if ways.doubted else [])])
        yield Thing(
            actor.id, "reach", told, asks={**asks, "returns": ways.doubted or ways.told}, path=path, doubted=unsure
        )
    if ways.silent is not None or ways.told is None:
        missing = {"returns": ways.silent} if ways.silent else {}
        yield Thing(actor.id, "reach", facts, asks={**asks, **missing}, path=path, doubted=frozenset(doubted))


def _possible(graph: Graph, seen: Seen) -> dict[str, Thing]:
    """Components that the class reaches if those that are silent run or call them. Nothing is known of such ways."""
    found: dict[str, Thing] = {}
    queue = deque(c for c in seen if c in graph.silent)
    told: set[str] = set()

    def arrive(here: str, there: str, ask: Ask) -> None:
        if there not in found:
            actor, path = seen.get(here) or (None, found[here].path)
            facts = dict(found[here].facts) if actor is None else {
                "id": actor.id, "trust": actor.trust, "apart": actor.apart, "direct": False
            }  # fmt: skip
            found[there] = Thing(None, "reach", facts, asks={"": ask}, path=(there, path))
            queue.append(there)

    while queue:
        here = queue.popleft()
        if here in found and graph.does(here, "serves"):
            for there in graph.requests(here):
                arrive(here, there, found[here].asks[""])
        asked = graph.silent.get(here)
        if asked is not None and asked not in told:
            told.add(asked)
            for there in graph.could[asked]:
                arrive(here, there, (here, asked))
    return found


def reached_from_below(graph: Graph, blocked: Container[str] = (), perhaps: bool = False) -> set[str]:
    """Components that someone less trusted reaches without passing one of those that are `blocked`.

    perhaps: those too that are reached if what does not say what it runs or calls runs or calls them.
    """
    lowest: dict[str, Trust] = {}  # the least trusted who reach it; they are walked first
    told: set[str] = set()
    for actor, entry in sorted(graph.openings, key=lambda opening: opening[0].trust):
        queue = deque([entry])
        while queue:
            here = queue.popleft()
            if here in lowest or here in blocked:
                continue
            lowest[here] = actor.trust
            if graph.does(here, "serves", "client"):
                queue.extend(graph.requests(here))
                if perhaps and here in graph.silent and graph.silent[here] not in told:
                    told.add(graph.silent[here])
                    queue.extend(graph.could[graph.silent[here]])
    return {c for c, trust in lowest.items() if trust < graph.trust[c]}
