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
from casemate.define.system import Component
from casemate.define.vocabulary import vocabulary

GRADES = tuple(vocabulary().words["grade"])
RANK = {grade: i for i, grade in enumerate(GRADES)}
BYTES, VALUES = RANK["bytes"], RANK["values"]
CLEANING = frozenset({"schema", "range"})
ORIGIN = {"public": Trust.PUBLIC, "partner": Trust.PARTNER}
ANSWERED = frozenset({"endpoint", "gateway", "web-app", "client-app", "log-store", "monitor", "human-review"})
"""What gets a model's answers; anything else that a model is drawn to send to gets the model itself."""
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
    way: str
    asks: tuple[str, str] | None = None
    here: bool = True
    """Whether it taints the place where it enters; whoever runs a component is news only to others."""
    people: bool = True
    """Users and strangers; not those who run something for us."""


def taint(graph: Graph, writers: dict[str, tuple[Thing, ...]]) -> dict[str, list[Thing]]:
    """For each component whose content reaches it, least trusted first, those of unknown trust last."""
    found: dict[str, list[Thing]] = {}
    for _, sources in _by_trust(_sources(graph, writers)):
        _spread(graph, sources, found)
    return found


def _sources(graph: Graph, writers: dict[str, tuple[Thing, ...]]) -> Iterator[_Source]:
    for actor, entry in openings(graph.system):
        carried = [f.props.get("carries", "bytes") for f in graph.out.get(actor.id, ()) if f.target == entry]
        way = "request" if graph.kind[entry].name == "model" else _way_at(graph, entry)
        yield _Source(actor.id, actor.trust, entry, max((RANK[g] for g in carried), default=BYTES), way)
    for c in graph.system.components.values():
        way = _way_at(graph, c.id)
        for w in writers[c.id]:
            yield _Source(w.id, w.facts.get("trust"), c.id, BYTES, way, w.asks.get(""))
        zone = graph.system.zones[c.zone]
        people = zone.trust <= Trust.ACCOUNT
        who = zone.owner or f"{'anyone in' if people else 'whoever runs'} {zone.id}"
        yield _Source(who, zone.trust, c.id, RANK[graph.kind[c.id].passes], way, here=False, people=people)
        yield from _brought(graph, c)


def _brought(graph: Graph, c: Component) -> Iterator[_Source]:
    """What comes from outside without a flow: pages that a tool fetches, files whose making the system does not show."""
    if c.kind == "tool" and "browse" in c.props.get("effect", ("browse",)):
        known = "effect" in c.props
        who = "any page on the web" if known else None
        yield _Source(who, Trust.PUBLIC if known else None, c.id, BYTES, "stored", None if known else (c.id, "effect"))
    if c.kind in ("model", "dataset") and not graph.into.get(c.id) and not _made_here(graph, c):
        origin = c.props.get("origin")
        if origin != "own":
            trust = ORIGIN.get(str(origin))
            who = f"whoever published {c.id}" if trust is not None else None
            yield _Source(who, trust, c.id, BYTES, _way_at(graph, c.id), None if origin else (c.id, "origin"))


def _made_here(graph: Graph, c: Component) -> bool:
    """Whether the file shows where the model comes from: a training that it names, or what its engines are fed with."""
    fed = (f.source for e in graph.run_by.get(c.id, ()) for f in graph.into.get(e, ()))
    return bool(c.props.get("trained by")) or any(graph.does(s, "trains", "supplies") for s in fed)


def _by_trust(sources: Iterator[_Source]) -> list[tuple[int, list[_Source]]]:
    levels: dict[int, list[_Source]] = {}
    for s in sources:
        levels.setdefault(len(Trust) if s.trust is None else int(s.trust), []).append(s)
    return sorted(levels.items())


def _spread(graph: Graph, sources: list[_Source], found: dict[str, list[Thing]]) -> None:
    """One breadth-first walk from all sources of one trust. `best`: the highest grade so far, by component and way."""
    queue: deque[tuple[_State, Thing]] = deque()
    best: dict[tuple[str, str, bool], int] = {}

    def arrive(state: _State, s: _Source, path: object) -> None:
        if not s.here and not _is_news(graph, s.at, state.component):
            return
        key = (state.component, state.way, s.people)
        if best.get(key, -1) >= state.grade:
            return
        best[key] = state.grade
        facts = {"id": s.who, "trust": s.trust, "grade": GRADES[state.grade], "way": state.way, "people": s.people}
        known = {k: v for k, v in facts.items() if v is not None}
        asks = {"": s.asks} if s.asks else None
        thing = Thing(s.who, "taint", known, asks=asks, path=path)
        found.setdefault(state.component, []).append(thing)
        queue.append((state, thing))
        origin[id(thing)] = s

    origin: dict[int, _Source] = {}
    for s in sources:
        path = (s.at, (s.who or "somebody", None)) if s.here else (s.at, None)
        if s.here:
            arrive(_State(s.at, s.grade, s.way), s, path)
        else:
            for there, state in _steps(graph, _State(s.at, s.grade, s.way)):
                arrive(state, s, (there, path))
    while queue:
        state, thing = queue.popleft()
        for there, after in _steps(graph, state):
            arrive(after, origin[id(thing)], (there, thing.path))


def _is_news(graph: Graph, a: str, b: str) -> bool:
    """Whether those who run `a` could not make `b` say it anyway: another owner, or more trusted than they."""
    zones, parts = graph.system.zones, graph.system.components
    return graph.trust[b] > graph.trust[a] or zones[parts[a].zone].owner != zones[parts[b].zone].owner


def _way_at(graph: Graph, at: str) -> str:
    """How content enters: into a registry or a build as code, into a store as data, elsewhere in a request."""
    if graph.kind[at].name in CODE or graph.kind[at].name == "model":
        return "artifact"
    return "stored" if graph.does(at, *KEEPS) else "request"


def _steps(graph: Graph, state: _State) -> Iterator[tuple[str, _State]]:
    """Where the content goes next, what is left of it, and on which way."""
    here = state.component
    if graph.does(here, "watches") or (state.way == "trained" and not graph.does(here, "trains", "supplies", "serves")):
        return
    runs = graph.runs.get(here, ())
    targets = _onward(graph, state)
    for there in targets:
        # A model that an engine runs is what the engine was given: nothing is lost between the two.
        kept = state.grade if there in runs and state.way != "request" else _left(graph, state, there)
        yield there, _State(there, kept, _turn(graph, here, there, state.way))


def _onward(graph: Graph, state: _State) -> list[str]:
    """Where content goes on.

    A changed model changes what its engine answers; that is the model's threat, not one of everything downstream, but
    whoever downloads the file gets it. What came in a request goes back to nobody but the one who asked, who has it.
    """
    here = state.component
    if state.way == "request":
        return graph.requests(here)
    if state.way in ("trained", "artifact") and graph.does(here, "serves"):
        copies = graph.sends(here) if graph.kind[here].name == "model" else []
        return [*graph.runs.get(here, ()), *(c for c in copies if graph.kind[c].name not in ANSWERED)]
    return graph.sends(here)


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
