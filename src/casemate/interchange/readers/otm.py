"""otm: Open Threat Model 0.1 and 0.2, as JSON or YAML.

Trust zones become zones, components become components or actors, a dataflow becomes a flow or, when it is
bidirectional, two. Our own exports carry our words under `attributes.casemate`; they are checked like anybody's.
"""

from __future__ import annotations

from typing import Any

from casemate.define.vocabulary import vocabulary
from casemate.interchange import outside
from casemate.interchange.draft import Draft, Entry, Fact, said
from casemate.interchange.loss import BROKEN, CHANGED, CHOSEN, LEFT
from casemate.interchange.names import Names
from casemate.interchange.nesting import circles, roots
from casemate.interchange.node import Node, Unusable
from casemate.interchange.readers import _otm_flows
from casemate.interchange.readers._otm_words import OURS, WHY, called, leftover, text
from casemate.interchange.said import again
from casemate.interchange.tables import looked_up, neutral, normal, tables


def recognise(doc: Any) -> bool:
    """Whether it says that it is one."""
    return isinstance(doc, dict) and "otmVersion" in doc


def read(node: Node) -> Draft:
    """The system. Fails when the document has no project."""
    return _Otm(node).draft()


class _Otm:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.zone_names, self.names = Names(), Names()
        self.trust: dict[str, str] = {}
        self.zones: list[Entry] = []
        self.actors: dict[str, str] = {}
        self.spaces: dict[str, dict[str, str]] = {}
        """Our ids by theirs, for each kind of thing that a reference may name."""
        self.allowed = {k: f for k, f in vocabulary().component.items() if k not in FIELDS}
        self.hollow: set[str] = set()
        """Zones that stand for none: our own exports need them for actors without a zone."""

    def draft(self) -> Draft:
        root = self.root
        project = root.part("project")
        name = project.text("name")
        if name is None:
            raise Unusable("is an Open Threat Model without `project.name`", "name the project")
        purpose = project.text("description")
        assets = {n.raw("id"): n.text("name") for n in root.parts("assets")}
        if assets:
            root.left("assets", WHY["assets"])
        self.read_zones(root.parts("trustZones"))
        components, actors = self.read_components(root.parts("components"))
        named = {k: v for k, v in assets.items() if k and v}
        flows = _otm_flows.read(root, root.parts("dataflows"), self.names, named)
        project.raw("id")
        project.rest(WHY)
        version = root.text("otmVersion") or ""
        root.rest(WHY)
        return Draft(
            Fact(name, "project.name"), tuple(self.zones), tuple(components), tuple(actors), tuple(flows),
            Fact(purpose, "project.description") if purpose else None, version,
        )  # fmt: skip

    # zones

    def read_zones(self, nodes: list[Node]) -> None:
        read = []
        for n in nodes:
            theirs, ours = n.raw("id"), n.part("attributes").part(OURS)
            if theirs and ours.raw("stands for") == "no zone":
                self.hollow.add(theirs)
            else:
                read.append((n, self.zone_names.give(n, theirs, n.text("name"), "zone"), n.part("parent"), ours))
        parents = {z: p for n, z, parent, _ in read if (p := self.zone_around(n, parent)) is not None}
        cut = circles(parents)
        for n, z, _, ours in read:
            if z in cut:
                n.note(BROKEN, "parent", "lies inside itself", parents[z])
            self.zones.append(self.zone(n, z, parents.get(z) if z not in cut else None, ours))
            leftover(n)
        self.root.losses.count("zones", len(read))

    def zone_around(self, n: Node, parent: Node) -> str | None:
        theirs = parent.raw("trustZone")
        if parent.raw("component"):
            n.part("parent").note(LEFT, "component", "a zone does not lie in a component")
        if theirs is not None and theirs not in self.zone_names.known:
            n.part("parent").note(BROKEN, "trustZone", "names no trust zone", theirs[:80])
        return self.zone_names.known.get(theirs or "")

    def zone(self, n: Node, eid: str, around: str | None, ours: Node) -> Entry:
        trust = self.trust_of(n, eid, ours)
        self.trust[eid] = trust.value
        if n.text("description"):
            n.note(LEFT, "description", "a zone has a name and no description")
        return Entry(eid, n.path, said(
            trust=trust,
            in_=Fact(around, n.below("parent")) if around else None,
            owner=text(ours, "owner"),
            name=called(n, eid),
        ))  # fmt: skip

    def trust_of(self, n: Node, eid: str, ours: Node) -> Fact:
        word, type_ = ours.raw("trust"), n.text("type")
        rating = n.part("risk").number("trustRating")
        if word in vocabulary().words["trust"]:
            return Fact(word, ours.below("trust"))
        by_type = looked_up(tables()["otm"]["zone types"], type_)
        if by_type:
            return Fact(by_type, f"{n.below('type')} is {type_}")
        if rating is not None and 0 <= rating <= 100:
            found = [t for t, least in tables()["otm"]["rating"].items() if rating >= int(least)][-1]
            n.part("risk").note(CHANGED, "trustRating", "0 to 100 there, five steps here", f"{rating:g} is {found}")
            return Fact(found, f"{n.below('risk', 'trustRating')} is {rating:g}")
        return outside.trust(n, eid, n.text("name") or "")

    # components

    def read_components(self, nodes: list[Node]) -> tuple[list[Entry], list[Entry]]:
        ids = [self.names.give(n, n.raw("id"), n.text("name"), "component") for n in nodes]
        zone_of = self.where(nodes, ids)
        people = [self.is_actor(n) for n in nodes]
        self.actors = {i: zone_of[i] for i, person in zip(ids, people, strict=True) if person}
        spaces: dict[str, dict[str, str]] = {"actors": {}, "components": {}, "zones": self.zone_names.known}
        for theirs, eid in self.names.known.items():
            spaces["actors" if eid in self.actors else "components"][theirs] = eid
        self.spaces = spaces
        components: list[Entry] = []
        actors: list[Entry] = []
        for n, eid, person in zip(nodes, ids, people, strict=True):
            (actors if person else components).append((self.actor if person else self.component)(n, eid, zone_of[eid]))
            leftover(n)
        self.root.losses.count("components", len(components))
        if actors:
            self.root.losses.count("actors", len(actors))
        return components, actors

    def where(self, nodes: list[Node], ids: list[str]) -> dict[str, str]:
        """The zone of each component, through the components around it; empty where it has none."""
        zones: dict[str, str] = {}
        parents: dict[str, str] = {}
        for n, eid in zip(nodes, ids, strict=True):
            parent = n.part("parent")
            zone, around = parent.raw("trustZone"), parent.raw("component")
            if zone in self.zone_names.known:
                zones[eid] = self.zone_names.known[zone or ""]
            elif zone in self.hollow:
                zones[eid] = ""
            elif zone is not None:
                n.part("parent").note(BROKEN, "trustZone", "names no trust zone", zone[:80])
            if around in self.names.known:
                parents[eid] = self.names.known[around or ""]
                n.part("parent").note(LEFT, "component", "components do not lie in one another; its zone is kept")
            elif around is not None:
                n.part("parent").note(BROKEN, "component", "names no component", around[:80])
        cut = circles(parents)
        found = roots({k: v for k, v in parents.items() if k not in cut}, zones)
        for n, eid in zip(nodes, ids, strict=True):
            if eid not in found:
                found[eid] = self.outside(n)
        return found

    def outside(self, n: Node) -> str:
        n.note(CHOSEN, "parent", "has no trust zone; the zone `outside` is written for it")
        return outside.zone(self.zone_names, self.zones, self.trust)

    def is_actor(self, n: Node) -> bool:
        ours = n.part("attributes").part(OURS)
        if ours.raw("actor") or ours.raw("kind"):
            return ours.raw("actor") == "yes"
        return normal(n.raw("type") or "") in tables()["otm"]["actors"]

    def actor(self, n: Node, eid: str, zone: str) -> Entry:
        ours = n.part("attributes").part(OURS)
        word = ours.raw("trust")
        if word in vocabulary().words["trust"]:
            trust = Fact(word, ours.below("trust"))
        else:
            trust = Fact(self.trust.get(zone) or neutral("actor trust"), "chosen: that of its trust zone")
            n.note(CHOSEN, "type", "has no trust of its own; that of its zone is written", f"{eid} is {trust.value}")
        if n.text("description"):
            n.note(LEFT, "description", "an actor has a name and no description")
        more = again(ours.only(("apart", "accounts").__contains__), vocabulary().file["actors"].fields, {})
        return Entry(eid, f"{n.path}, {n.below('type')} is {n.text('type')}", said(
            trust=trust,
            zone=Fact(zone, n.below("parent")) if zone else None,
            name=called(n, eid),
        ) | {k: Fact(v, ours.below(k)) for k, v in more.items()})  # fmt: skip

    def component(self, n: Node, eid: str, zone: str) -> Entry:
        ours = n.part("attributes").part(OURS)
        kind = self.kind(n, eid, ours)
        properties = ours.only(lambda key: key not in SAID)
        more = again(properties, self.allowed, self.spaces)
        return Entry(eid, n.path, said(
            kind=kind,
            zone=Fact(zone or self.outside(n), n.below("parent")),
            name=called(n, eid),
            means=text(n, "description"),
        ) | {k: Fact(v, ours.below(k)) for k, v in more.items()})  # fmt: skip

    def kind(self, n: Node, eid: str, ours: Node) -> Fact:
        kinds, type_ = vocabulary().kinds, n.text("type") or ""
        if (own := ours.raw("kind")) in kinds:
            return Fact(own, ours.below("kind"))
        known = tables()["otm"]
        found = normal(type_) if normal(type_) in kinds else looked_up(known["types"], type_)
        for word in () if found else reversed(normal(type_).split("-")):
            found = found or known["words"].get(word)
        if found:
            return Fact(found, f"{n.below('type')} is {type_}")
        why = f"is in no table; {neutral('kind')} is written"
        n.note(CHOSEN, "type", why, f"{eid} is {type_[:80]!r}" if type_ else f"{eid} has none")
        return Fact(neutral("kind"), f"chosen: {n.below('type')} is {type_ or 'missing'}, which is in no table")


SAID = ("kind", "actor")
FIELDS = ("kind", "zone", "name", "means")
"""What fields of the format say; an attribute does not say it a second time."""
