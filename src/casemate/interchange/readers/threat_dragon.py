"""threat-dragon: an OWASP Threat Dragon model, version 2 (JSON).

Actors, processes and stores become actors and components; a boundary box becomes a zone, and what lies in it by its
middle is in that zone. A box that nobody ticked says nothing: only ticked ones are facts. The tool's own samples break
its schema, so everything that is not needed may be missing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from casemate.core.errors import Refused
from casemate.interchange import outside
from casemate.interchange.draft import Draft, Entry, Fact, Flow, said
from casemate.interchange.loss import BROKEN, CHANGED, CHOSEN, LEFT
from casemate.interchange.names import FlowIds, Names
from casemate.interchange.node import Node, Unusable
from casemate.interchange.tables import looked_up, neutral, normal, tables

MOST_LOOKS = 5_000_000  # boxes times cells, over all diagrams; people draw a dozen times some dozens
THREATS = "threats are found anew from the facts; another tool's rating is no measurement"
UNTICKED = "a box that nobody ticked says nothing"
PICTURE = frozenset({
    "attrs", "shape", "zIndex", "visible", "position", "size", "labels", "connector", "vertices", "width", "height",
    "ports", "markup", "tools", "router", "angle", "children", "parent", "source", "target", "id", "data",
})  # fmt: skip
"""Of a cell, what only says how it is drawn, or is read already."""
KNOWN = frozenset(("type", "name", "isTrustBoundary", "hasOpenThreats"))
READ = frozenset(("description", "isWebApplication", "isALog", "storesCredentials", "isEncrypted", "isBidirectional"))
"""Of its data, the same."""
WHY = {
    "threats": THREATS,
    "outOfScope": "nothing is out of scope; dismiss what does not apply, with a reason",
    "reasonOutOfScope": "nothing is out of scope; dismiss what does not apply, with a reason",
    "protocol": "what a protocol protects is said by `encrypted:` and `signed:`",
    "isPublicNetwork": "the zones of its ends tell which network a flow crosses",
    "isSigned": "`signed:` means that a signature is checked before every use, which is not said here",
    "contributors": "who answers for a system is said by role, under `owners:`",
    "reviewer": "who answers for a system is said by role, under `owners:`",
    "owner": "who answers for a system is said by role, under `owners:`",
}


def recognise(doc: Any) -> bool:
    """Whether it has the two halves of one, with diagrams."""
    return isinstance(doc, dict) and "summary" in doc and isinstance(doc.get("detail"), dict)


def read(node: Node) -> Draft:
    """The system. Fails when it has no title, or is of version 1."""
    return _Dragon(node).draft()


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, point: tuple[float, float]) -> bool:
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


class _Dragon:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.zone_names, self.names = Names(), Names()
        self.zones: list[Entry] = []
        self.actors: list[Entry] = []
        self.components: list[Entry] = []
        self.flows: list[Flow] = []
        self.ids = FlowIds(self.names)
        self.boxes_there, self.looks = 0, 0
        self.flows_there, self.flows_taken = 0, 0

    def draft(self) -> Draft:
        summary, detail = self.root.part("summary"), self.root.part("detail")
        title, purpose = summary.text("title"), summary.text("description")
        if title is None:
            raise Unusable("is a Threat Dragon model without `summary.title`", "give it a title")
        diagrams = detail.parts("diagrams")
        if any("diagramJson" in d for d in diagrams):
            raise Unusable("is a Threat Dragon model of version 1", "open it in version 2 and save it again")
        cells = [(d, d.parts("cells")) for d in diagrams]
        boxes = [self.boxes(found) for _, found in cells]
        for (_, found), around in zip(cells, boxes, strict=True):
            self.things(found, around)
        for diagram, found in cells:
            self.draw(found)
            for key in ("id", "version", "title", "diagramType", "thumbnail", "placeholder", "description"):
                diagram.value.pop(key, None)  # about the picture
            diagram.rest(WHY)
        for key in ("id", "diagramTop", "threatTop"):
            (summary if key == "id" else detail).raw(key)
        summary.rest(WHY)
        detail.rest(WHY)
        version = self.root.text("version") or ""
        self.root.rest(WHY)
        losses = self.root.losses
        losses.count("zones", self.boxes_there, len([z for z in self.zones if z.at != outside.AT]))
        losses.count("actors", len(self.actors))
        losses.count("components", len(self.components))
        losses.count("flows", self.flows_there, self.flows_taken, len(self.flows))
        return Draft(
            Fact(title, "summary.title"), tuple(self.zones), tuple(self.components), tuple(self.actors),
            tuple(self.flows), Fact(purpose, "summary.description") if purpose else None, version,
        )  # fmt: skip

    # zones

    def boxes(self, cells: list[Node]) -> list[tuple[_Box, str]]:
        """The boundary boxes of a diagram as zones, smallest first."""
        found = []
        for n in cells:
            if _boundary(n) == "line":
                n.note(LEFT, "", "a line divides, but does not say what lies on which side of it", _called(n))
            elif _boundary(n) == "box":
                self.boxes_there += 1
                place = self.place(n)
                if place is None:
                    n.note(
                        BROKEN, "", "has no position and size that can be read; the boundary is left out", _called(n)
                    )
                else:
                    found.append((place, self.zone_names.give(n, n.raw("id"), _called(n), "zone"), n))
        self.looks += len(found) * len(cells)
        if self.looks > MOST_LOOKS:
            raise Refused(self.root.losses.file, "has more boundary boxes than anybody draws", "split the model")
        by_size = sorted(((place, eid) for place, eid, _ in found), key=lambda f: f[0].area)
        for place, eid, n in found:
            around = next((z for p, z in by_size if p.area > place.area and p.holds(place.middle)), None)
            self.zones.append(self.zone(n, eid, around))
        return by_size

    def zone(self, n: Node, eid: str, around: str | None) -> Entry:
        data = n.part("data")
        if data.text("description"):
            data.note(LEFT, "description", "a zone has a name and no description")
        _leftover(n)
        return Entry(eid, n.path, said(
            trust=outside.trust(n, eid, _called(n)),
            in_=Fact(around, n.below("position")) if around else None,
            name=_name(n, eid),
        ))  # fmt: skip

    def place(self, n: Node) -> _Box | None:
        at, size = n.part("position"), n.part("size")
        x, y, w, h = at.number("x"), at.number("y"), size.number("width"), size.number("height")
        if x is None or y is None or w is None or h is None or w <= 0 or h <= 0:
            return None
        return _Box(x, y, x + w, y + h)

    def zone_of(self, n: Node, boxes: list[tuple[_Box, str]]) -> Fact:
        place = self.place(n)
        if place is None:
            n.note(BROKEN, "position", "has no position and size that can be read", _called(n))
        inside = next((z for box, z in boxes if place and box.holds(place.middle)), None)
        if inside:
            return Fact(inside, n.below("position"))
        n.note(CHOSEN, "", "is drawn in no boundary box; the zone `outside` is written for it", _called(n))
        return Fact(outside.zone(self.zone_names, self.zones), "chosen: it is drawn in no boundary box")

    # actors and components

    def things(self, cells: list[Node], boxes: list[tuple[_Box, str]]) -> None:
        for n in cells:
            type_, shape = n.part("data").raw("type"), n.raw("shape")
            if _boundary(n):
                continue
            kind = looked_up(tables()["threat dragon"]["types"], type_ or f"tm.{shape}")
            if normal(type_ or f"tm.{shape}") == "tm.actor":
                self.actors.append(self.actor(n, boxes))
            elif kind:
                self.components.append(self.component(n, kind, boxes))
            elif shape != "flow" and type_ != "tm.Flow":
                n.note(LEFT, "", "is a text or a shape that we do not know", type_ or shape or "no type")

    def actor(self, n: Node, boxes: list[tuple[_Box, str]]) -> Entry:
        eid, data = self.names.give(n, n.raw("id"), _called(n), "actor"), n.part("data")
        word = neutral("actor trust")
        n.note(CHOSEN, "", f"an actor has no trust there; {word} is written", eid)
        if data.text("description"):
            data.note(LEFT, "description", "an actor has a name and no description")
        trust, zone = Fact(word, "chosen: the source gives actors no trust"), self.zone_of(n, boxes)
        _leftover(n)
        return Entry(eid, n.path, said(trust=trust, zone=zone, name=_name(n, eid)))

    def component(self, n: Node, kind: str, boxes: list[tuple[_Box, str]]) -> Entry:
        eid, data = self.names.give(n, n.raw("id"), _called(n), "component"), n.part("data")
        why = f"{data.below('type')} is {data.raw('type')}"
        if ticked(data, "isWebApplication"):
            kind, why = "web-app", f"{data.below('isWebApplication')} is true"
        elif ticked(data, "isALog"):
            kind, why = "log-store", f"{data.below('isALog')} is true"
        elif kind == neutral("kind"):
            n.note(CHOSEN, "", f"a process may be anything; {kind} is written", eid)
        means = data.text("description")
        keys = ticked(data, "storesCredentials")
        zone = self.zone_of(n, boxes)
        found = Entry(eid, n.path, said(
            kind=Fact(kind, why),
            zone=zone,
            name=_name(n, eid),
            means=Fact(means, data.below("description")) if means else None,
            holds=Fact(["credentials"], data.below("storesCredentials")) if keys else None,
            encrypted=Fact("yes", data.below("isEncrypted")) if ticked(data, "isEncrypted") else None,
        ))  # fmt: skip
        _leftover(n)
        return found

    # flows

    def draw(self, cells: list[Node]) -> None:
        for n in cells:
            if n.raw("shape") == "flow" or n.part("data").raw("type") == "tm.Flow":
                self.flows_there += 1
                self.flow(n)
                _leftover(n)

    def flow(self, n: Node) -> None:
        data = n.part("data")
        ends = self.end(n, "source"), self.end(n, "target")
        n.raw("id")
        label, both = data.text("name"), ticked(data, "isBidirectional")
        if data.text("description"):
            data.note(LEFT, "description", "a flow has a label and no description")
        encrypted = Fact("yes", data.below("isEncrypted")) if ticked(data, "isEncrypted") else None
        if not ends[0] or not ends[1] or ends[0] == ends[1]:
            if ends[0] and ends[0] == ends[1]:
                n.note(LEFT, "", "both ends are the same; a flow joins two things", ends[0])
            return
        self.flows_taken += 1
        self.add(n.path, ends[0], ends[1], label, encrypted, data)
        if both:
            data.note(CHANGED, "isBidirectional", "is written as two flows", f"{ends[0]} and {ends[1]}")
            self.add(data.below("isBidirectional"), ends[1], ends[0], label, encrypted, data)

    def add(self, at: str, a: str, b: str, label: str | None, encrypted: Fact | None, data: Node) -> None:
        eid = self.ids.give((a, b), None, label)
        what = Fact(label, data.below("name")) if label else None
        self.flows.append(Flow(a, b, at, said(id=Fact(eid, at) if eid else None, data=what, encrypted=encrypted)))

    def end(self, n: Node, key: str) -> str | None:
        cell = n.part(key).raw("cell")
        if cell is None:
            n.note(BROKEN, key, "is joined to nothing; the flow is left out", _called(n))
        elif cell not in self.names.known:
            n.note(
                BROKEN, key, "is joined to a cell that is no actor, process or store; the flow is left out", cell[:80]
            )
        return self.names.known.get(cell or "")


def ticked(data: Node, key: str) -> bool:
    """Whether a box was ticked. false is how the tool writes a box that nobody touched."""
    found = data.flag(key)
    if found is False:
        data.note(LEFT, key, UNTICKED)
    return found is True


def _boundary(n: Node) -> str:
    """box, line, or neither. Some versions of the tool misspell the shape, so its end decides."""
    type_, shape = n.part("data").raw("type") or "", n.raw("shape") or ""
    if shape.endswith("-box") or type_ == "tm.BoundaryBox":
        return "box"
    return "line" if shape.endswith("-curve") or type_ == "tm.Boundary" else ""


def _called(n: Node) -> str:
    """Its name; some tools that write this format have it in the picture alone."""
    label, text = n.part("attrs").part("label"), n.part("attrs").part("text")
    return n.part("data").text("name") or label.text("text") or text.text("text") or ""


def _name(n: Node, eid: str) -> Fact | None:
    name = _called(n)
    return (
        Fact(name, n.below("data", "name") if "name" in n.part("data") else n.below("attrs"))
        if name and name != eid
        else None
    )


def _leftover(n: Node) -> None:
    data = n.part("data")
    for key, value in data.value.items():
        if value == "false" and key not in KNOWN:
            ticked(data, key)
    data.only(lambda key: key not in KNOWN | READ and data.value[key] != "false").rest(WHY)
    n.only(lambda key: key not in PICTURE).rest(WHY)
