"""Taint: whose content reaches what, how much it can still say, and on which way. The path is kept.

Grades fall along the way: bytes > text > values > volume. A schema check turns anything into values; a kind passes at
most what it can say itself (a classifier answers with values). Ways:

    request    in a request that is passed on
    stored     through a store: data, an index, a memory, a log
    artifact   as a model, a package or code
    trained    through training: any content becomes influence on behaviour, never code

Packages are code too, and stand for `artifact` wherever they get to; but what is installed beside an engine is not the
file of the model that it runs. What a client of federated learning sends is content like any other, its update.

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
from typing import Any, TypeAlias

from casemate.core.trust import Trust
from casemate.decompose.access import KEEPS
from casemate.decompose.federated import CARRIES
from casemate.decompose.graph import Ask, Graph
from casemate.decompose.relations import Relation
from casemate.decompose.sources import BYTES, CODE, GRADES, RANK, Crowd, Source, sources
from casemate.decompose.thing import Thing

VALUES = RANK["values"]
CLEANING = frozenset({"schema", "range"})
ANSWERED = frozenset({"endpoint", "gateway", "web-app", "client-app", "log-store", "monitor", "human-review"})
"""What gets a model's answers; anything else that a model is drawn to send to gets the model itself."""


INSTALLED = "package-registry"
PACKAGES = "packages"
"""The way of packages, told apart inside the walk only."""
MODELS = frozenset({"model", "llm"})
DEEP = frozenset({"trained", "artifact", PACKAGES})
"""Ways that lie behind what a component does, and pass through no answer of it."""

Spot: TypeAlias = tuple[str, str]
"""A component, and the way on which content gets there."""
Steps: TypeAlias = dict[Spot, list[tuple[Spot, int]]]
"""Where the richest content goes next, and what grade it has then. Of poorer, that much at most."""


_Arrival: TypeAlias = tuple[Spot, int, Source, Any, Ask | None, str | None]
"""Content at a spot: its grade, source and path, what would say that it gets here at all, and a check left out.

A plain tuple: a system of a thousand components has tens of thousands.
"""


class _Net:
    """What the walks ask of components again and again, worked out once."""

    def __init__(self, graph: Graph, doubted: frozenset[str], updating: frozenset[str]) -> None:
        zones = graph.system.zones
        self.graph = graph
        self.doubted = doubted
        self.updating = updating
        self.owner = {c.id: zones[c.zone].owner for c in graph.system.components.values()}
        self.may = {c: (*found, c in graph.silent) for c in graph.kind if (found := graph.may_send(c))[1] is not None}
        self._checked: Steps = {}
        self._unchecked: Steps = {}

    def steps(self, spot: Spot, ignored: frozenset[str]) -> list[tuple[Spot, int]]:
        """Where content goes from here. Only where checks are ignored it depends on which walk asks."""
        known = self._unchecked if spot[0] in ignored else self._checked
        if spot not in known:
            known[spot] = list(_steps(self, spot, ignored))
        return known[spot]

    def is_news(self, a: str, b: str) -> bool:
        """Whether those who run `a` could not make `b` say it anyway: another owner, or more trusted than they."""
        return self.graph.trust[b] > self.graph.trust[a] or self.owner[b] != self.owner[a]


def taint(
    graph: Graph, writers: dict[str, tuple[Thing, ...]], known: Mapping[str, Mapping[str, str]], clients: Relation
) -> dict[str, list[Thing]]:
    """For each component whose content reaches it, least trusted first, those of unknown trust last.

    known: measured facts. A check that is only declared lowers the grade, and leaves the grade in doubt (law 4).
    clients: of each training those that send it updates.
    """
    cleaning = [c.id for c in graph.system.components.values() if not CLEANING.isdisjoint(c.props.get("checks", ()))]
    doubted = frozenset(c for c in cleaning if "checks" not in known.get(c, {}))
    found: dict[str, list[Thing]] = {}
    net = _Net(graph, doubted, frozenset(a for found in clients.values() for a in found.ids))
    for _, alike in _by_trust(sources(graph, writers)):
        _spread(net, alike, found)
    return found


def _by_trust(sources: Iterator[Source]) -> list[tuple[int, list[Source]]]:
    levels: dict[int, list[Source]] = {}
    for s in sources:
        levels.setdefault(len(Trust) if s.trust is None else int(s.trust), []).append(s)
    return sorted(levels.items())


def _spread(net: _Net, sources: list[Source], found: dict[str, list[Thing]]) -> None:
    """The members that all sources of one trust give. Where checks are only declared, their grades are in doubt."""
    most = {(x[0], x[2].crowd): x for x in _walk(net, sources, net.doubted)} if net.doubted else {}
    for spot, grade, s, path, perhaps, _ in _walk(net, sources, frozenset()):
        way = "artifact" if spot[1] == PACKAGES else spot[1]
        facts = {"id": s.who, "trust": s.trust, "grade": GRADES[grade], "way": way, "people": s.people}
        known = {k: v for k, v in facts.items() if v is not None}
        ask = perhaps or s.asks
        asks = {"": ask} if ask else {}
        soft: frozenset[str] = frozenset()
        unclean = most.get((spot, s.crowd))
        if unclean is not None and unclean[1] > grade and unclean[5] is not None:
            asks["grade"], soft = (unclean[5], "checks"), frozenset({"grade"})
        who = None if perhaps else s.who
        thing = Thing(who, "taint", known, asks=asks, path=path, doubted=soft)
        found.setdefault(spot[0], []).append(thing)


def _walk(net: _Net, sources: list[Source], ignored: frozenset[str]) -> Iterator[_Arrival]:
    """One breadth-first walk from all sources of one trust; every arrival with a higher grade than any before.

    What only may be sent is walked after all that is. ignored: components whose checks do not count.
    """
    queue: deque[_Arrival] = deque()
    later: deque[_Arrival] = deque()
    best: dict[Crowd, dict[Spot, int]] = {s.crowd: {} for s in sources}
    opened: dict[tuple[object, ...], int] = {}
    for s in sources:
        who = s.who or "somebody"
        way = PACKAGES if net.graph.kind[s.at].name == INSTALLED else s.way
        start = ((s.at, way), s.grade, s, (s.at, (who, None)) if s.here else (s.at, None), None, None)
        if s.here:
            queue.append(start)
        else:
            queue.extend(_next(net, start, ignored, best[s.crowd]))
            later.extend(_perhaps(net, start, opened, ignored))
    while queue or later:
        here = (queue or later).popleft()
        spot, grade, s, _, perhaps, _ = here
        seen = best[s.crowd]
        if seen.get(spot, -1) >= grade:
            continue
        seen[spot] = grade
        yield here
        (later if perhaps else queue).extend(_next(net, here, ignored, seen))
        later.extend(_perhaps(net, here, opened, ignored))


def _next(net: _Net, here: _Arrival, ignored: frozenset[str], seen: dict[Spot, int]) -> Iterator[_Arrival]:
    """Where content is sent, as far as that is news. seen: the best grade of its crowd so far, by spot."""
    spot, grade, s, path, perhaps, cleaner = here
    if cleaner is None and spot[0] in ignored and grade > VALUES:
        cleaner = spot[0]
    for after, most in net.steps(spot, ignored):
        left = most if most <= grade else grade
        if seen.get(after, -1) < left and (s.here or net.is_news(s.at, after[0])):
            yield after, left, s, (after[0], path), perhaps, cleaner


def _perhaps(
    net: _Net, here: _Arrival, opened: dict[tuple[object, ...], int], ignored: frozenset[str]
) -> Iterator[_Arrival]:
    """What a silent engine or agent may run or call gets it too. All the silent share what they open: linear."""
    (at, way), grade, s, path, perhaps, cleaner = here
    if at not in net.may:
        return
    targets, ask, calls = net.may[at]
    if ask is None or way == PACKAGES or (way in DEEP and ask[1] != "runs") or (way == "request" and not calls):
        return
    kept = grade if way != "request" and ask[1] == "runs" else min(grade, _passed(net.graph, at, way, ignored))
    key = (ask[1], calls, way, s.crowd)
    if opened.get(key, -1) >= kept:
        return
    opened[key] = kept
    for there in targets:
        if s.here or net.is_news(s.at, there):
            yield (there, _turn(net, at, there, way)), kept, s, (there, path), perhaps or ask, cleaner


def _steps(net: _Net, spot: Spot, ignored: frozenset[str]) -> Iterator[tuple[Spot, int]]:
    """Where the richest content goes next, on which way, and what is left of it."""
    graph, (here, way) = net.graph, spot
    if graph.does(here, "watches") or (way == "trained" and not graph.does(here, "trains", "supplies", "serves")):
        return
    runs = graph.runs.get(here, ()) if way != "request" else ()
    passed = _passed(graph, here, way, ignored)
    for there in _onward(graph, here, way):
        # A model that an engine runs is what the engine was given: nothing is lost between the two.
        kept = BYTES if there in runs else min(passed, _carried(graph, here, there))
        yield (there, _turn(net, here, there, way)), kept


def _onward(graph: Graph, here: str, way: str) -> list[str]:
    """Where content goes on.

    A changed model changes what its engine answers; that is the model's threat, not one of everything downstream, but
    whoever downloads the file gets it. What came in a request goes back to nobody but the one who asked, who has it.
    """
    if way == "request":
        return graph.requests(here)
    if way == PACKAGES:
        return [] if graph.does(here, "serves") else [c for c in graph.sends(here) if graph.kind[c].name not in MODELS]
    if way in DEEP and graph.does(here, "serves"):
        copies = graph.sends(here) if graph.kind[here].name == "model" else []
        return [*graph.runs.get(here, ()), *(c for c in copies if graph.kind[c].name not in ANSWERED)]
    return graph.sends(here)


def _carried(graph: Graph, here: str, there: str) -> int:
    """The highest grade that the flows between two components let through."""
    return min((RANK[f.props.get("carries", "bytes")] for f in graph.between.get((here, there), ())), default=BYTES)


def _passed(graph: Graph, at: str, way: str, ignored: frozenset[str]) -> int:
    """The highest grade that the component passes on. A model's file is passed on as it is, whatever the model says."""
    grade = BYTES if way == "artifact" and graph.kind[at].name == "model" else RANK[graph.kind[at].passes]
    checks = graph.system.components[at].props.get("checks", ())
    return (
        grade if at in ignored or way in ("artifact", PACKAGES) or CLEANING.isdisjoint(checks) else min(grade, VALUES)
    )


def _turn(net: _Net, here: str, there: str, way: str) -> str:
    """How the way changes between two components."""
    graph = net.graph
    if graph.does(here, "trains"):
        return "artifact" if way in ("artifact", PACKAGES) else _learned(net, here, there)
    if way in DEEP:
        return way
    if graph.kind[here].name in CODE:
        return PACKAGES if graph.kind[here].name == INSTALLED else "artifact"
    return "stored" if graph.does(there, *KEEPS) or graph.does(here, *KEEPS) else way


def _learned(net: _Net, here: str, there: str) -> str:
    """What a training sends is a model, and from a client of federated learning an update."""
    kind = net.graph.kind[there]
    if here not in net.updating or not (kind.name in CARRIES or kind.does == "trains"):
        return "trained"
    return "stored" if kind.does in KEEPS else "request"
