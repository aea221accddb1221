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
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from casemate.core.trust import Trust
from casemate.decompose.access import KEEPS
from casemate.decompose.graph import Ask, Graph
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


Steps: TypeAlias = dict[tuple[str, str], list[tuple[str, _State]]]
"""By component and way: where the richest content goes next, and what it is then. Of poorer, that much at most."""


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
    owner: str | None = None
    """Who owns the component that they run, when it is not we."""


def taint(
    graph: Graph, writers: dict[str, tuple[Thing, ...]], known: Mapping[str, Mapping[str, str]]
) -> dict[str, list[Thing]]:
    """For each component whose content reaches it, least trusted first, those of unknown trust last.

    known: measured facts. A check that is only declared lowers the grade, and leaves the grade in doubt (law 4).
    """
    cleaning = [c.id for c in graph.system.components.values() if not CLEANING.isdisjoint(c.props.get("checks", ()))]
    doubted = frozenset(c for c in cleaning if "checks" not in known.get(c, {}))
    found: dict[str, list[Thing]] = {}
    steps: tuple[Steps, Steps] = {}, {}  # with all checks, and without the doubted ones
    for _, sources in _by_trust(_sources(graph, writers)):
        _spread(graph, sources, found, doubted, steps)
    return found


def _sources(graph: Graph, writers: dict[str, tuple[Thing, ...]]) -> Iterator[_Source]:
    for actor, entry in graph.openings:
        carried = [f.props.get("carries", "bytes") for f in graph.between.get((actor.id, entry), ())]
        way = "request" if graph.kind[entry].name == "model" else _way_at(graph, entry)
        yield _Source(actor.id, actor.trust, entry, max((RANK[g] for g in carried), default=BYTES), way)
    for c in graph.system.components.values():
        way = _way_at(graph, c.id)
        for w in writers[c.id]:
            yield _Source(w.id, w.facts.get("trust"), c.id, BYTES, way, w.asks.get(""))
        zone = graph.system.zones[c.zone]
        people = zone.trust <= Trust.ACCOUNT
        who = zone.owner or f"{'anyone in' if people else 'whoever runs'} {zone.id}"
        yield _Source(who, zone.trust, c.id, RANK[graph.kind[c.id].passes], way, None, False, people, zone.owner)
        yield from _brought(graph, c)


def _brought(graph: Graph, c: Component) -> Iterator[_Source]:
    """What comes from outside without a flow: pages that a tool fetches, files whose making is not shown."""
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


class _Arrival(NamedTuple):
    """Content at a component. `perhaps`: what would say that it gets here at all; `cleaner`: a check left out."""

    state: _State
    source: _Source
    path: Any
    perhaps: Ask | None = None
    cleaner: str | None = None


def _spread(
    graph: Graph,
    sources: list[_Source],
    found: dict[str, list[Thing]],
    doubted: frozenset[str],
    steps: tuple[Steps, Steps],
) -> None:
    """The members that all sources of one trust give. doubted: components whose checks are only declared."""
    most = {_key(x): x for x in _walk(graph, sources, doubted, steps[1])} if doubted else {}
    for x in _walk(graph, sources, frozenset(), steps[0]):
        s = x.source
        facts = {
            "id": s.who, "trust": s.trust, "grade": GRADES[x.state.grade], "way": x.state.way, "people": s.people
        }  # fmt: skip
        ask = x.perhaps or s.asks
        asks = {"": ask} if ask else {}
        soft: frozenset[str] = frozenset()
        unclean = most.get(_key(x))
        if unclean is not None and unclean.state.grade > x.state.grade and unclean.cleaner is not None:
            asks["grade"], soft = (unclean.cleaner, "checks"), frozenset({"grade"})
        known = {k: v for k, v in facts.items() if v is not None}
        who = None if x.perhaps else s.who
        thing = Thing(who, "taint", known, asks=asks, path=x.path, doubted=soft)
        found.setdefault(x.state.component, []).append(thing)


def _key(x: _Arrival) -> tuple[str, str, bool, str | None]:
    """What makes arrivals of one trust alike. Owners are told apart where one's content is no news to the other."""
    return x.state.component, x.state.way, x.source.people, x.source.owner


def _walk(graph: Graph, sources: list[_Source], ignored: frozenset[str], steps: Steps) -> Iterator[_Arrival]:
    """One breadth-first walk from all sources of one trust; every arrival with a higher grade than any before.

    What only may be sent is walked after all that is. ignored: components whose checks do not count.
    """
    queue: deque[_Arrival] = deque()
    later: deque[_Arrival] = deque()
    best: dict[tuple[str, str, bool, str | None], int] = {}
    opened: dict[tuple[str, ...], int] = {}
    for s in sources:
        who = s.who or "somebody"
        start = _Arrival(_State(s.at, s.grade, s.way), s, (s.at, (who, None)) if s.here else (s.at, None))
        if s.here:
            queue.append(start)
        else:
            queue.extend(_next(graph, start, ignored, steps))
            later.extend(_perhaps(graph, start, opened, ignored))
    while queue or later:
        here = (queue or later).popleft()
        s, at = here.source, here.state.component
        if best.get(_key(here), -1) >= here.state.grade or not (s.here or _is_news(graph, s.at, at)):
            continue
        best[_key(here)] = here.state.grade
        yield here
        (later if here.perhaps else queue).extend(_next(graph, here, ignored, steps))
        later.extend(_perhaps(graph, here, opened, ignored))


def _next(graph: Graph, here: _Arrival, ignored: frozenset[str], steps: Steps) -> Iterator[_Arrival]:
    (at, grade, way), path = here.state, here.path
    cleaner = here.cleaner or (at if at in ignored and grade > VALUES else None)
    if (at, way) not in steps:
        steps[at, way] = list(_steps(graph, _State(at, BYTES, way), ignored))
    for there, after in steps[at, way]:
        state = after if after.grade <= grade else _State(there, grade, after.way)
        yield _Arrival(state, here.source, (there, path), here.perhaps, cleaner)


def _perhaps(
    graph: Graph, here: _Arrival, opened: dict[tuple[str, ...], int], ignored: frozenset[str]
) -> Iterator[_Arrival]:
    """What a silent engine or agent may run or call gets it too. All the silent share what they open: linear."""
    state = here.state
    targets, ask = graph.may_send(state.component)
    if ask is None or (state.way in ("trained", "artifact") and ask[1] != "runs"):
        return
    calls = state.component in graph.silent
    if state.way == "request" and not calls:
        return
    key = (ask[1], str(calls), state.way, str(here.source.people), str(here.source.owner))
    kept = state.grade if state.way != "request" and ask[1] == "runs" else _passed(graph, state, ignored)
    if opened.get(key, -1) >= kept:
        return
    opened[key] = kept
    for there in targets:
        after = _State(there, kept, _turn(graph, state.component, there, state.way))
        yield _Arrival(after, here.source, (there, here.path), here.perhaps or ask, here.cleaner)


def _is_news(graph: Graph, a: str, b: str) -> bool:
    """Whether those who run `a` could not make `b` say it anyway: another owner, or more trusted than they."""
    zones, parts = graph.system.zones, graph.system.components
    return graph.trust[b] > graph.trust[a] or zones[parts[a].zone].owner != zones[parts[b].zone].owner


def _way_at(graph: Graph, at: str) -> str:
    """How content enters: into a registry or a build as code, into a store as data, elsewhere in a request."""
    if graph.kind[at].name in CODE or graph.kind[at].name == "model":
        return "artifact"
    return "stored" if graph.does(at, *KEEPS) else "request"


def _steps(graph: Graph, state: _State, ignored: frozenset[str]) -> Iterator[tuple[str, _State]]:
    """Where the content goes next, what is left of it, and on which way."""
    here = state.component
    if graph.does(here, "watches") or (state.way == "trained" and not graph.does(here, "trains", "supplies", "serves")):
        return
    runs = graph.runs.get(here, ())
    targets = _onward(graph, state)
    for there in targets:
        # A model that an engine runs is what the engine was given: nothing is lost between the two.
        kept = state.grade if there in runs and state.way != "request" else _left(graph, state, there, ignored)
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


def _left(graph: Graph, state: _State, there: str, ignored: frozenset[str]) -> int:
    """The grade that is left after the component and the flow that it sends on."""
    grade = _passed(graph, state, ignored)
    for f in graph.between.get((state.component, there), ()):
        grade = min(grade, RANK[f.props.get("carries", "bytes")])
    return grade


def _passed(graph: Graph, state: _State, ignored: frozenset[str]) -> int:
    """The grade that is left after the component."""
    here = graph.system.components[state.component]
    grade = min(state.grade, RANK[graph.kind[here.id].passes])
    if here.id not in ignored and state.way != "artifact" and not CLEANING.isdisjoint(here.props.get("checks", ())):
        grade = min(grade, VALUES)
    return grade


def _turn(graph: Graph, here: str, there: str, way: str) -> str:
    """How the way changes between two components."""
    if graph.does(here, "trains"):
        return way if way == "artifact" else "trained"
    if way in ("trained", "artifact"):
        return way
    if graph.kind[here].name in CODE:
        return "artifact"
    return "stored" if graph.does(there, *KEEPS) or graph.does(here, *KEEPS) else way
