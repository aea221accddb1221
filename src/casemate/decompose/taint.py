"""Taint: whose content reaches what, how much it can still say, and on which way. The path is kept.

Grades fall along the way: bytes > text > values > volume. A schema check turns anything into values; a kind passes at
most what it can say itself (a classifier answers with values). Ways:

    request    in a request that is passed on
    stored     through a store: data, an index, a memory, a log
    artifact   as a model, a package or code
    trained    through training: any content becomes influence on behaviour, never code

Sources: actors that send or may write, whoever a component is exposed to, and the zone that a component stands in (who
runs it can make it say anything that its kind can say). A store whose writers nobody called complete may have others:
they are walked last, as members whose trust is unknown, so that silence never rules a threat out.

Walked once for each level of trust, from the least trusted up; within a level a component is visited again on the same
way only for a higher grade, so the walk is linear in components + flows. Those of one trust are one attacker to us: the
first to arrive is their witness.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from casemate.core.trust import Trust
from casemate.decompose.access import KEEPS
from casemate.decompose.graph import Graph, openings
from casemate.decompose.thing import Thing
from casemate.define.vocabulary import vocabulary

GRADES = tuple(vocabulary().words["grade"])
RANK = {grade: i for i, grade in enumerate(GRADES)}
BYTES, VALUES = RANK["bytes"], RANK["values"]
CLEANING = frozenset({"schema", "range"})
CODE = frozenset({"model-registry", "container-registry", "package-registry", "installer", "ci", "scanner", "notebook"})


class _State(NamedTuple):
    component: str
    grade: int
    way: str


class _Source(NamedTuple):
    who: str | None
    trust: Trust | None
    at: str
    grade: int
    asks: tuple[str, str] | None = None
    actor: bool = True


def taint(graph: Graph, writers: dict[str, tuple[Thing, ...]]) -> dict[str, list[Thing]]:
    """For each component whose content reaches it, least trusted first, those of unknown trust last."""
    found: dict[str, list[Thing]] = {}
    for _, sources in _by_trust(_sources(graph, writers)):
        _spread(graph, sources, found)
    return found


def _sources(graph: Graph, writers: dict[str, tuple[Thing, ...]]) -> Iterator[_Source]:
    for actor, entry in openings(graph.system):
        carried = [f.props.get("carries", "bytes") for f in graph.out.get(actor.id, ()) if f.target == entry]
        yield _Source(actor.id, actor.trust, entry, max((RANK[g] for g in carried), default=BYTES))
    for c in graph.system.components.values():
        for w in writers[c.id]:
            yield _Source(w.id, w.facts.get("trust"), c.id, BYTES, w.asks.get(""))
        zone = graph.system.zones[c.zone]
        grade = RANK[graph.kind[c.id].passes]
        yield _Source(zone.owner or f"whoever runs {zone.id}", zone.trust, c.id, grade, actor=False)


def _by_trust(sources: Iterator[_Source]) -> list[tuple[int, list[_Source]]]:
    levels: dict[int, list[_Source]] = {}
    for s in sources:
        levels.setdefault(len(Trust) if s.trust is None else int(s.trust), []).append(s)
    return sorted(levels.items())


def _spread(graph: Graph, sources: list[_Source], found: dict[str, list[Thing]]) -> None:
    """One breadth-first walk from all sources of one trust. `best`: the highest grade so far, by component and way."""
    queue: deque[tuple[_State, Thing]] = deque()
    best: dict[tuple[str, str], int] = {}

    def arrive(state: _State, s: _Source, path: object) -> None:
        key = (state.component, state.way)
        if best.get(key, -1) >= state.grade:
            return
        best[key] = state.grade
        facts = {"id": s.who, "trust": s.trust, "grade": GRADES[state.grade], "way": state.way}
        known = {k: v for k, v in facts.items() if v is not None}
        asks = {"": s.asks} if s.asks else None
        thing = Thing(s.who, "taint", known, asks=asks, path=path)
        found.setdefault(state.component, []).append(thing)
        queue.append((state, thing))
        origin[id(thing)] = s

    origin: dict[int, _Source] = {}
    for s in sources:
        way = _way_at(graph, s)
        path = (s.at, (s.who or "somebody", None)) if s.actor else (s.at, None)
        # What stands in a zone is tainted by its zone only for others: its own trust is no news to itself.
        if s.actor:
            arrive(_State(s.at, s.grade, way), s, path)
        else:
            for there, state in _steps(graph, _State(s.at, s.grade, way)):
                if graph.trust[there] > graph.trust[s.at] or _foreign(graph, s.at, there):
                    arrive(state, s, (there, path))
    while queue:
        state, thing = queue.popleft()
        for there, after in _steps(graph, state):
            arrive(after, origin[id(thing)], (there, thing.path))


def _foreign(graph: Graph, a: str, b: str) -> bool:
    zones, parts = graph.system.zones, graph.system.components
    return zones[parts[a].zone].owner != zones[parts[b].zone].owner


def _way_at(graph: Graph, s: _Source) -> str:
    """How content enters: into a registry or a build as code, into a store as data, elsewhere in a request."""
    if graph.kind[s.at].name in CODE or graph.kind[s.at].name == "model":
        return "artifact"
    return "stored" if graph.does(s.at, *KEEPS) else "request"


def _steps(graph: Graph, state: _State) -> Iterator[tuple[str, _State]]:
    """Where the content goes next, what is left of it, and on which way."""
    here = state.component
    if graph.does(here, "watches") or (state.way == "trained" and not graph.does(here, "trains", "supplies", "serves")):
        return
    # A changed model changes what its engine answers; that is the model's threat, not one of everything downstream.
    runs = graph.runs.get(here, ())
    if state.way in ("trained", "artifact") and graph.does(here, "serves"):
        targets = list(runs)
    else:
        targets = graph.sends(here)
    for there in targets:
        # A model that an engine runs is what the engine was given: nothing is lost between the two.
        kept = state.grade if there in runs and state.way != "request" else _left(graph, state, there)
        yield there, _State(there, kept, _turn(graph, here, there, state.way))


def _left(graph: Graph, state: _State, there: str) -> int:
    """The grade that is left after the component and the flow that it sends on."""
    here = graph.system.components[state.component]
    grade = min(state.grade, RANK[graph.kind[here.id].passes])
    if state.way != "artifact" and CLEANING & set(here.props.get("checks", ())):
        grade = min(grade, VALUES)
    said = [f.props["carries"] for f in graph.out.get(here.id, ()) if f.target == there and "carries" in f.props]
    return min([grade, *(RANK[g] for g in said)])


def _turn(graph: Graph, here: str, there: str, way: str) -> str:
    """How the way changes between two components."""
    if graph.does(here, "trains"):
        return way if way == "artifact" else "trained"
    if way in ("trained", "artifact"):
        return way
    if graph.kind[here].name in CODE:
        return "artifact"
    return "stored" if graph.does(there, *KEEPS) or graph.does(here, *KEEPS) else way
