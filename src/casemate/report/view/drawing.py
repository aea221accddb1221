"""The assessed system as a map: zones around components, every flow, and where the open threats are.

Up to 40 components are drawn one by one. Above that nobody can read them: then each zone is one node, and the flows
from zone to zone are one line that says how many they are; flows within a zone are counted in its title. Of rights only
those are drawn that an open attack path uses; the table of who has access lists all.
"""

from __future__ import annotations

from collections import Counter

from casemate.core.trust import Trust
from casemate.define.system import Component, System, Zone
from casemate.define.vocabulary import vocabulary
from casemate.prioritize.risk import Risk
from casemate.report.svg.graph import Edge, Frame, Graph, Node, Severity, Shape
from casemate.report.view.anchor import anchor
from casemate.report.view.links import Link, along, anyone, by_element, links, worst
from casemate.report.view.words import count
from casemate.validate.assessment import Assessment

MOST = 40
ROOM = 40  # characters of a zone's label that the map shows
MODELS = frozenset({"model", "llm"})
NOWHERE = " nowhere"
"""The zone of people of whom no zone is said. It begins with a space, as no id does."""


def whole(a: Assessment) -> bool:
    """Whether every component is drawn, not only zones."""
    return len(a.system.components) <= MOST


def drawing(a: Assessment) -> Graph:
    """The map of a system: of its components, or of its zones where they are too many."""
    return _components(a) if whole(a) else _zones(a)


def label(zone: Zone) -> str:
    """A zone with how far it is trusted, and whose it is."""
    return " · ".join([zone.name, str(zone.trust), *([zone.owner] if zone.owner else [])])


def _short(zone: Zone) -> str:
    """The label on the map; whose it is stands there only where there is room."""
    return label(zone) if len(label(zone)) <= ROOM else f"{zone.name} · {zone.trust}"


def _components(a: Assessment) -> Graph:
    s = a.system
    open_, assumed = by_element(a.of("open")), by_element(a.of("assumed"))
    found = links(s)
    risks = along(a, found)
    joins = [x for x in found if x.kind != "rights" or risks[x.id]]
    nodes = [_component(s, c, open_.get(c.id, []), len(assumed.get(c.id, ()))) for c in s.components.values()]
    people = [Node(p.id, p.name, "actor", p.zone, href=f"#{anchor('a', p.id)}") for p in s.actors.values()]
    crowds = dict.fromkeys(x.source for x in joins if x.kind == "open to" and x.source not in s.actors)
    zone_of = {anyone(z): z for z in s.zones}
    anyones = [Node(name, f"Anyone in {s.zones[zone_of[name]].name}", "actor", zone_of[name]) for name in crowds]
    names = {n.id: n.label for n in (*nodes, *people, *anyones)}
    edges = tuple(_edge(x, names, risks[x.id]) for x in joins)
    return Graph(_frames(s), (*nodes, *people, *anyones), edges, _said(a))


def _said(a: Assessment) -> str:
    s = a.system
    sizes = f"{count(len(s.components), 'component')}, {count(len(s.flows), 'flow')}"
    return f"Data flow diagram of {s.name} with its trust boundaries: {sizes}"


def _frames(s: System) -> tuple[Frame, ...]:
    return tuple(Frame(z.id, _short(z), z.parent) for z in s.zones.values())


def _component(s: System, c: Component, open_: list[Risk], assumed: int) -> Node:
    said = f"{c.name} ({c.kind}): {_threats(open_)}" + (f", {assumed} assumed" if assumed else "")
    return Node(c.id, c.name, shape(s, c), c.zone, len(open_), _severity(open_), f"#{anchor('c', c.id)}", said)


def shape(s: System, c: Component) -> Shape:
    """How a component is drawn: by its kind, and whose its zone is."""
    does = vocabulary().kinds[c.kind].does
    zone = s.zones[c.zone]
    if c.kind in MODELS:
        return "model"
    if does == "person":
        return "actor"
    if zone.owner or zone.trust == Trust.PUBLIC:
        return "outside"
    return "store" if does == "stores" or c.kind.endswith("-registry") else "process"


def _edge(x: Link, names: dict[str, str], risks: list[Risk]) -> Edge:
    what = x.label or "something"
    title = f"{names[x.source]} → {names[x.target]}: {what}; {_threats(risks)}"
    return Edge(x.id, x.source, x.target, x.label, _severity(risks), title)


def _threats(open_: list[Risk]) -> str:
    if not open_:
        return "no open threat"
    return f"{count(len(open_), 'open threat')}, the worst is {worst(open_)}"


def _severity(risks: list[Risk]) -> Severity | None:
    return worst(risks)  # type: ignore[return-value]  # the words of SEVERITIES are those of Severity


def _zones(a: Assessment) -> Graph:
    """One node for each zone in which something lies; a zone around others is a frame too."""
    s = a.system
    at = {c.id: c.zone for c in s.components.values()} | {p.id: p.zone or NOWHERE for p in s.actors.values()}
    around = {z.parent for z in s.zones.values() if z.parent}
    frames = tuple(f for f in _frames(s) if f.id in around)
    flows = tuple(Link(f.id, f.source, f.target, f.data) for f in s.flows)
    risks = along(a, flows)
    pairs: dict[tuple[str, str], list[Link]] = {}
    for x in flows:
        pairs.setdefault((at[x.source], at[x.target]), []).append(x)
    nodes = _zone_nodes(a, Counter(at[c] for c in s.components), at, around, pairs)
    names = {n.id: n.label for n in nodes}
    edges = [
        _merged(pair, found, names, [r for x in found for r in risks[x.id]])
        for pair, found in pairs.items()
        if pair[0] != pair[1]
    ]
    return Graph(frames, nodes, tuple(edges), f"{_said(a)}, drawn by zones")


def _zone_nodes(
    a: Assessment,
    sizes: Counter[str],
    at: dict[str, str],
    around: set[str],
    pairs: dict[tuple[str, str], list[Link]],
) -> tuple[Node, ...]:
    open_: dict[str, list[Risk]] = {}
    for r in a.of("open"):
        if r.found.element in at:
            open_.setdefault(at[r.found.element], []).append(r)
    nodes = []
    for zid in [z for z in (*a.system.zones, NOWHERE) if z in set(at.values())]:
        z = a.system.zones.get(zid)
        name, inside = z.name if z else "People in no zone", len(pairs.get((zid, zid), ()))
        risks = open_.get(zid, [])
        title = f"{label(z) if z else name}: {count(sizes[zid], 'component')}, {count(inside, 'flow')} inside; "
        frame = None if z is None else zid if zid in around else z.parent
        shape: Shape = "actor" if not sizes[zid] else "outside" if z and (z.owner or z.trust == 0) else "process"
        said = f"{name} ({sizes[zid]})" if sizes[zid] else name
        href = f"#{anchor('z', zid)}"
        nodes.append(Node(zid, said, shape, frame, len(risks), _severity(risks), href, title + _threats(risks)))
    return tuple(nodes)


def _merged(pair: tuple[str, str], found: list[Link], names: dict[str, str], risks: list[Risk]) -> Edge:
    distinct = list({r.id: r for r in risks}.values())
    many = count(len(found), "flow")
    title = f"{names[pair[0]]} → {names[pair[1]]}: {many}; {_threats(distinct)}"
    return Edge(f"{pair[0]} -> {pair[1]}", *pair, many, _severity(distinct), title)
