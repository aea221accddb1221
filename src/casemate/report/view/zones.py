"""A large system, one zone at a time: what lies in it one by one, and what lies around it as whole zones.

Above 40 components the map shows zones. The worst dozen of them are drawn once more from within: the zone whose open
threats are the gravest first, then the one whose threats cost most together. Of a zone with more than 40 components the
worst are drawn and the others are one node, so that a picture can be read however large the system is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casemate.define.system import Zone
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.report.svg.graph import Edge, Frame, Graph, Node, Shape
from casemate.report.view.anchor import anchor
from casemate.report.view.drawing import MOST, NOWHERE, component, edge, label, outer, severity, short, threats, whole
from casemate.report.view.links import Link, along, anyone, by_element, links
from casemate.report.view.words import amount, count
from casemate.validate.assessment import Assessment

DOZEN = 12
AROUND = 12  # zones around one that are drawn each by itself
REST, OTHERS = " rest", " others"
"""Nodes of what is not drawn by itself. They begin with a space, as no id does."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One zone, to be drawn."""

    zone: str
    title: str
    says: str
    """How much of it is drawn, and what its open threats cost."""
    graph: Graph


def pictures(a: Assessment) -> tuple[Picture, ...]:
    """The worst dozen zones of a system that is too large for one map; none of a smaller one."""
    if whole(a):
        return ()
    open_ = by_element(a.of("open"))
    found = links(a.system)
    risks = along(a, found)
    joins = tuple(x for x in found if x.kind != "rights" or risks[x.id])
    inside: dict[str, list[str]] = {}
    for c in a.system.components.values():
        inside.setdefault(c.zone, []).append(c.id)
    draw = _Draw(a, open_, {c: len(r) for c, r in by_element(a.of("assumed")).items()}, joins, risks)
    order = sorted(inside, key=lambda z: _gravity([r for c in inside[z] for r in open_.get(c, ())]))
    return tuple(draw.zone(z, inside[z]) for z in order[:DOZEN] if any(c in open_ for c in inside[z]))


def _gravity(risks: Iterable[Risk]) -> tuple[int, float]:
    """Sorts the worst first: by the gravest, then by what all cost together."""
    found = list(risks)
    gravest = min((SEVERITIES.index(r.severity) for r in found), default=len(SEVERITIES))
    return gravest, -sum(r.current for r in found)


@dataclass(frozen=True, slots=True)
class _Draw:
    a: Assessment
    open_: Mapping[str, list[Risk]]
    assumed: Mapping[str, int]
    joins: tuple[Link, ...]
    risks: Mapping[str, list[Risk]]

    def zone(self, zid: str, inside: list[str]) -> Picture:
        s, z = self.a.system, self.a.system.zones[zid]
        shown = sorted(inside, key=lambda c: _gravity(self.open_.get(c, ())))[:MOST]
        people = [p.id for p in s.actors.values() if p.zone == zid]
        at = {**dict.fromkeys(inside, REST), **{x: x for x in (*shown, *people)}}
        joins = [x for x in self.joins if x.target in at or x.source in at]
        joins = [x for x in joins if x.source != anyone(zid)]  # the zone itself is no node of its picture
        at |= self._around(joins, at)
        nodes = [component(s, s.components[c], self.open_.get(c, []), self.assumed.get(c, 0)) for c in sorted(shown)]
        nodes += [Node(p, s.actors[p].name, "actor", zid, href=f"#{anchor('a', p)}") for p in people]
        nodes += self._rest(zid, len(inside) - len(shown), [c for c in inside if at[c] == REST])
        nodes += [self._zone(n) for n in sorted({*at.values()} - {*shown, *people, REST})]
        names = {n.id: n.label for n in nodes}
        name = f"Data flow diagram of the zone {label(z)} of {s.name}: {count(len(inside), 'component')}"
        graph = Graph((Frame(zid, short(z)),), tuple(nodes), tuple(self._edges(joins, at, names)), name)
        return Picture(zid, label(z), self._says(z, inside, len(shown)), graph)

    def _says(self, z: Zone, inside: list[str], shown: int) -> str:
        found = [r for c in inside for r in self.open_.get(c, ())]
        cost = amount(sum(r.current for r in found), self.a.system.currency)
        some = count(len(inside), "component")
        drawn = some if shown == len(inside) else f"the worst {shown} of {some}"
        return f"{drawn}; {threats(found)}; together {cost} a year"

    def _around(self, joins: list[Link], at: Mapping[str, str]) -> dict[str, str]:
        """What stands for each neighbour: its zone; one node for all zones but those with the most flows."""
        s = self.a.system
        zones = {anyone(z): z for z in s.zones}
        ends = {x for j in joins for x in (j.source, j.target) if x not in at}
        home = {x: zones.get(x) or _home(s.components, s.actors, x) for x in ends}
        often = Counter(home[x] for j in joins for x in (j.source, j.target) if x in home)
        near = sorted(often, key=lambda z: (-often[z], z))
        kept = set(near if len(near) <= AROUND else near[: AROUND - 1])
        return {x: f"{OTHERS} {z}" if z in kept else OTHERS for x, z in home.items()}

    def _rest(self, zid: str, left: int, ids: list[str]) -> list[Node]:
        if not left:
            return []
        found = [r for c in ids for r in self.open_.get(c, ())]
        said = f"{count(left, 'component')} that are not drawn: {threats(found)}"
        return [Node(REST, f"{left} more", "process", zid, len(found), severity(found), f"#{anchor('z', zid)}", said)]

    def _zone(self, node: str) -> Node:
        zid = node.removeprefix(f"{OTHERS} ")
        if node == OTHERS:
            return Node(node, "other zones", "process", title="Zones with fewer flows to this one")
        z = self.a.system.zones.get(zid)
        if z is None:
            return Node(node, "People in no zone", "actor", href=f"#{anchor('z', NOWHERE)}")
        shape: Shape = "outside" if outer(z) else "process"
        return Node(node, z.name, shape, None, 0, None, f"#{anchor('z', zid)}", f"The zone {label(z)}")

    def _edges(self, joins: list[Link], at: Mapping[str, str], names: Mapping[str, str]) -> Iterable[Edge]:
        pairs: dict[tuple[str, str], list[Link]] = {}
        for x in joins:
            pairs.setdefault((at[x.source], at[x.target]), []).append(x)
        for pair, found in pairs.items():
            if pair[0] != pair[1]:
                yield edge(pair, found, names, [r for x in found for r in self.risks[x.id]])


def _home(components: Mapping[str, object], actors: Mapping[str, object], id: str) -> str:
    found = components.get(id) or actors.get(id)
    return getattr(found, "zone", None) or NOWHERE
