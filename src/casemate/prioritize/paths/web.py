"""What leads where, as a graph that grows linearly: capabilities at components, threats, and the harms they end in.

A node is a capability at a component. A threat leads from what it needs to what it gives; `steps.yaml` says what leads
on without one. What the first threat gives where it stands is held on a first layer, from which no harm is reached:
only a step to another component, or another threat, leads to the second. So every way to a harm is a chain.
What is only possible, because nobody said what is joined, is not followed: a path rests on what is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

from casemate.catalog.steps import Ends, Facts, Leads, Steps
from casemate.decompose.parts import Parts
from casemate.decompose.thing import Thing
from casemate.identify.rule import ACCIDENT, CAPABILITIES
from casemate.prioritize.risk import Risk, Risks
from casemate.prioritize.scenario import assets

Key = tuple[str, str]
"""(outcome, asset)."""
Held = tuple[int, str, str]
"""(layer 0 or 1, component, capability)."""
LIVE = ("open", "assumed")
HOP = 1e-9  # of two ways that are equally likely the shorter one is taken; too little to change which is likelier
_BACK = {"called by": "tools", "known by": "knows", "holds": "stored in"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A threat that takes part: where, and how likely one attempt succeeds."""

    risk: Risk
    at: str
    success: float
    first: int
    """The node at which a chain begins with it."""
    then: int
    """The node at which a chain goes on with it."""

    @property
    def weight(self) -> float:
        """Minus the logarithm of the success."""
        return -log(self.success)


@dataclass(frozen=True, slots=True)
class Web:
    """The graph before anybody enters it; nodes are numbers, and an edge costs minus the logarithm of its success."""

    nodes: tuple[Held | Key | str, ...]
    """What each number stands for: something held, a harm, or a threat by its id."""
    edges: tuple[tuple[int, int, float], ...]
    lines: Mapping[tuple[int, int], Leads | Ends]
    """By edge, the line of the table that it stands for; edges of threats have none."""
    threats: Mapping[str, Entry]
    by_attackers: Mapping[tuple[str, ...], list[Entry]]
    ends: Mapping[Key, int]
    at_once: Callable[[Entry], frozenset[Key]]
    """The harms that follow where a threat stands: no chain has to lead there from it."""


class _Builder:
    def __init__(self) -> None:
        self.nodes: list[Held | Key | str] = []
        self.first: dict[str, int] = {}
        self.then: dict[str, int] = {}
        self.harms: dict[Key, int] = {}
        self.holds: dict[Held, int] = {}
        self.edges: list[tuple[int, int, float]] = []
        self.lines: dict[tuple[int, int], Leads | Ends] = {}

    def node(self, known: dict[Any, int], what: Held | Key | str) -> int:
        number = known.get(what)
        if number is None:
            number = known[what] = len(self.nodes)
            self.nodes.append(what)
        return number

    def harm(self, outcome: str, asset: str) -> int:
        return self.node(self.harms, (outcome, asset))

    def held(self, layer: int, c: str, capability: str) -> int:
        return self.node(self.holds, (layer, c, capability))

    def join(self, a: int, b: int, line: Leads | Ends | None = None, weight: float = 0.0) -> None:
        if line is not None and self.lines.setdefault((a, b), line) is not line:
            return  # an earlier line of the table says the same
        self.edges.append((a, b, weight + HOP))


def web(risks: Risks, steps: Steps) -> Web:
    """The graph of an assessment, in the order of ids, so that the order of the file changes nothing."""
    b = _Builder()
    where = assets(risks.parts.graph)
    ends_at = {c: list(_ends(thing, steps)) for c, thing in _components(risks.parts)}
    entries = {e.risk.id: e for e in _entries(risks, b)}
    gained = {e.at for e in entries.values()}
    for here, there, line in _moves(risks.parts, steps):
        for held in line.held:
            for gives in line.gives:
                _lead(b, here, held, there, gives, line, here in gained)
    for e in entries.values():
        _threat(b, e, where)
    for c, found in ends_at.items():
        for end in found:
            for held in end.held:
                b.join(b.held(1, c, held), b.harm(end.harms, where[c]), end)
    itself = [x for x in steps.leads if x.along == "itself"]

    def at_once(e: Entry) -> frozenset[Key]:
        return _at_once(risks.parts, e, itself, ends_at[e.at], where)

    alike: dict[tuple[str, ...], list[Entry]] = {}
    for e in entries.values():
        alike.setdefault(e.risk.found.attackers, []).append(e)
    return Web(tuple(b.nodes), tuple(b.edges), b.lines, entries, alike, b.harms, at_once)


def _components(parts: Parts) -> Iterator[tuple[str, Thing]]:
    return ((c, parts.things[c]) for c in sorted(parts.graph.kind))


def _entries(risks: Risks, b: _Builder) -> Iterator[Entry]:
    """The threats that take part: open or assumed, at a component or on its way in, somebody's attempt, and joined."""
    flows, kinds = risks.parts.graph.flows, risks.parts.graph.kind
    for r in sorted(risks.risks, key=lambda r: r.id):
        flow = flows.get(r.found.element)
        at = next((e for e in (flow.target, flow.source) if e in kinds), "") if flow else r.found.element
        if r.found.outcome not in LIVE or r.id in risks.aside or at not in kinds or r.found.attackers == (ACCIDENT,):
            continue
        if not (r.found.rule.gives or r.found.rule.needs):
            continue  # nothing leads there, and it leads nowhere
        s = r.views["current"]
        yield Entry(r, at, s.belief.mean * s.factor, b.node(b.first, r.id), b.node(b.then, r.id))


def _threat(b: _Builder, e: Entry, where: Mapping[str, str]) -> None:
    rule = e.risk.found.rule
    for gives in rule.gives:
        b.join(e.first, b.held(0, e.at, gives))
        b.join(e.then, b.held(1, e.at, gives))
    b.join(e.then, b.harm(rule.harms, e.risk.asset))
    for needs in rule.needs:
        b.join(b.held(0, e.at, needs), e.then, weight=e.weight)
        b.join(b.held(1, e.at, needs), e.then, weight=e.weight)


def _lead(b: _Builder, here: str, held: str, there: str, gives: str, line: Leads, gained: bool) -> None:
    b.join(b.held(1, here, held), b.held(1, there, gives), line)
    if gained:
        b.join(b.held(0, here, held), b.held(int(here != there), there, gives), line)


def _moves(parts: Parts, steps: Steps) -> Iterator[tuple[str, str, Leads]]:
    """(from, to, line of the table), wherever the kinds and facts of both ends fit."""
    back = {name: _backwards(parts, of) for name, of in _BACK.items()}
    of_kind: dict[str, list[Leads]] = defaultdict(list)
    for kind in set(parts.graph.kind.values()):
        of_kind[kind.name] = [x for x in steps.leads if not x.at or kind.name in x.at]
    for c, thing in _components(parts):
        joined: dict[str, list[str]] = {}
        for line in of_kind[thing.kind]:
            if not _fit(thing, line.here):
                continue
            if line.along not in joined:
                joined[line.along] = _joined(parts, thing, line.along, back)
            for to in joined[line.along]:
                other = parts.things[to]
                if (not line.into or other.kind in line.into) and _fit(other, line.there):
                    yield c, to, line


def _joined(parts: Parts, thing: Thing, along: str, back: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    c = str(thing.id)
    if along == "itself":
        return [c]
    if along in back:
        return back[along].get(c, [])
    if along == "asks":
        return sorted(set(parts.graph.requests(c)))
    if along == "opens" and "opens" in thing.facts:
        return sorted(set(thing.facts["opens"]))
    name = "feeds" if along == "opens" and thing.kind == "credential-store" else along
    return sorted({m.id for m in thing.facts.get(name, ()) if m.id is not None and m.id != c})


def _backwards(parts: Parts, relation: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for c, thing in _components(parts):
        for m in thing.facts.get(relation, ()):
            if m.id is not None:
                out.setdefault(m.id, []).append(c)
    return out


def _fit(thing: Thing, wanted: Facts) -> bool:
    """Whether each fact is known to be one of the words."""
    return not wanted or all(not _said(thing.facts.get(name)).isdisjoint(words) for name, words in wanted.items())


def _said(value: object) -> set[str]:
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    return {str(v) for v in value} if isinstance(value, tuple) else {str(value)}


def _ends(thing: Thing, steps: Steps) -> Iterator[Ends]:
    for line in steps.ends:
        if (not line.at or thing.kind in line.at) and _fit(thing, line.here):
            yield line


def _at_once(
    parts: Parts, e: Entry, itself: Iterable[Leads], ends: Iterable[Ends], where: Mapping[str, str]
) -> frozenset[Key]:
    """What the threat is by itself: its own harm, and what it is to hold what it gives."""
    held, thing = set(e.risk.found.rule.gives), parts.things[e.at]
    lines = [x for x in itself if (not x.at or thing.kind in x.at) and _fit(thing, x.here)]
    for _ in CAPABILITIES:
        held |= {g for x in lines if held & set(x.held) for g in x.gives}
    keys = {(x.harms, where[e.at]) for x in ends if held & set(x.held)}
    return frozenset(keys | {(e.risk.found.rule.harms, e.risk.asset)})
