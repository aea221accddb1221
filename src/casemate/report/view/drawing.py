"""The assessed system as a map: zones around components, every flow, and where the open threats are.

Up to 40 components are drawn one by one. Above that nobody can read them: then each zone is one node, and the flows
from zone to zone are one line that says how many they are; flows within a zone are counted in its title. More than 40
zones are drawn as the zones around them; `zones` draws the worst from within. Of rights only those are drawn that an
open attack path uses; the table of who has access lists all.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def outer(zone: Zone) -> bool:
    """Whether it is not ours, or anybody's."""
    return bool(zone.owner) or zone.trust == Trust.PUBLIC


def short(zone: Zone) -> str:
    """The label on the map; whose it is stands there only where there is room."""
    return label(zone) if len(label(zone)) <= ROOM else f"{zone.name} · {zone.trust}"


def _components(a: Assessment) -> Graph:
    s = a.system
    open_, assumed = by_element(a.of("open")), by_element(a.of("assumed"))
    found = links(s)
    risks = along(a, found)
    joins = [x for x in found if x.kind != "rights" or risks[x.id]]
    nodes = [component(s, c, open_.get(c.id, []), len(assumed.get(c.id, ()))) for c in s.components.values()]
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
    return tuple(Frame(z.id, short(z), z.parent) for z in s.zones.values())


def component(s: System, c: Component, open_: list[Risk], assumed: int) -> Node:
    """A component with the count of its open threats and the worst of them."""
    said = f"{c.name} ({c.kind}): {threats(open_)}" + (f", {assumed} assumed" if assumed else "")
    return Node(c.id, c.name, shape(s, c), c.zone, len(open_), severity(open_), f"#{anchor('c', c.id)}", said)


def shape(s: System, c: Component) -> Shape:
    """How a component is drawn: by its kind, and whose its zone is."""
    does = vocabulary().kinds[c.kind].does
    zone = s.zones[c.zone]
    if c.kind in MODELS:
        return "model"
    if does == "person":
        return "actor"
    if outer(zone):
        return "outside"
    return "store" if does == "stores" or c.kind.endswith("-registry") else "process"


def _edge(x: Link, names: dict[str, str], risks: list[Risk]) -> Edge:
    what = x.label or "something"
    title = f"{names[x.source]} → {names[x.target]}: {what}; {threats(risks)}"
    return Edge(x.id, x.source, x.target, x.label, severity(risks), title)


def threats(open_: list[Risk]) -> str:
    """How many open threats, and how severe the worst is."""
    if not open_:
        return "no open threat"
    return f"{count(len(open_), 'open threat')}, the worst is {worst(open_)}"


def severity(risks: list[Risk]) -> Severity | None:
    """The worst of them; None of none."""
    return worst(risks)  # type: ignore[return-value]  # the words of SEVERITIES are those of Severity


def _zones(a: Assessment) -> Graph:
    """One node for each zone in which something lies; a zone around others is a frame too."""
    s = a.system
    home = homes(s)
    at = {c.id: home[c.zone] for c in s.components.values()}
    at |= {p.id: home[p.zone] if p.zone else NOWHERE for p in s.actors.values()}
    around = {s.zones[z].parent for z in home.values()}
    flows = tuple(Link(f.id, f.source, f.target, f.data) for f in s.flows)
    risks = along(a, flows)
    pairs: dict[tuple[str, str], list[Link]] = {}
    for x in flows:
        pairs.setdefault((at[x.source], at[x.target]), []).append(x)
    inner = {z: len(found) for (z, other), found in pairs.items() if z == other}
    nodes = tuple(_zone(a, z, at, inner.get(z, 0), z in around) for z in dict.fromkeys(sorted(at.values())))
    names = {n.id: n.label for n in nodes}
    edges = tuple(
        _merged(pair, found, names, [r for x in found for r in risks[x.id]])
        for pair, found in pairs.items()
        if pair[0] != pair[1]
    )
    return Graph(tuple(f for f in _frames(s) if f.id in around), nodes, edges, f"{_said(a)}, drawn by zones")


def homes(s: System) -> dict[str, str]:
    """The zone that stands for each zone: itself, or the one around it where there would be more than 40 of them."""
    above: dict[str, list[str]] = {}
    for z in s.zones:
        way: list[str] = [z]
        while (parent := s.zones[way[-1]].parent) is not None:
            way.append(parent)
        above[z] = way[::-1]
    levels = range(max(map(len, above.values()), default=1), 0, -1)
    made = [{z: way[:level][-1] for z, way in above.items()} for level in levels]
    return next((home for home in made if len(set(home.values())) <= MOST), made[-1])


def _zone(a: Assessment, zid: str, at: dict[str, str], inner: int, frame: bool) -> Node:
    z = a.system.zones.get(zid)
    name, size = z.name if z else "People in no zone", sum(at[c] == zid for c in a.system.components)
    risks = [r for r in a.of("open") if at.get(r.found.element) == zid]
    said = f"{label(z) if z else name}: {count(size, 'component')}, {count(inner, 'flow')} inside; {threats(risks)}"
    shape: Shape = "actor" if not size else "outside" if z and outer(z) else "process"
    inside = None if z is None else zid if frame else z.parent
    text = f"{name} ({size})" if size else name
    return Node(zid, text, shape, inside, len(risks), severity(risks), f"#{anchor('z', zid)}", said)


def _merged(pair: tuple[str, str], found: list[Link], names: Mapping[str, str], risks: list[Risk]) -> Edge:
    distinct = list({r.id: r for r in risks}.values())
    many = count(len(found), "flow" if all(x.kind == "flow" for x in found) else "link")
    return _line(pair, many, many, names, distinct)


def _line(pair: tuple[str, str], label: str, said: str, names: Mapping[str, str], risks: list[Risk]) -> Edge:
    title = f"{names[pair[0]]} → {names[pair[1]]}: {said}; {threats(risks)}"
    return Edge(f"{pair[0]} -> {pair[1]}", *pair, label, severity(risks), title)


def edge(pair: tuple[str, str], found: list[Link], names: Mapping[str, str], risks: list[Risk]) -> Edge:
    """All links from one node to another as one line: a single one says what is sent, several how many they are."""
    if len(found) > 1:
        return _merged(pair, found, names, risks)
    return _line(pair, found[0].label, found[0].label or "something", names, risks)
