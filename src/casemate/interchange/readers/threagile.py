"""threagile: a Threagile model (YAML), with its anchors and merge keys.

Trust boundaries become zones, technical assets become components, a communication link becomes a flow and, where data
is received over it, a second one back. Its trust boundaries have no trust: that is chosen, and the report says so.
"""

from __future__ import annotations

from typing import Any

from casemate.interchange import outside
from casemate.interchange.draft import Draft, Entry, Fact, Flow, said
from casemate.interchange.fit import clean
from casemate.interchange.loss import BROKEN, CHANGED, CHOSEN, LEFT
from casemate.interchange.names import FlowIds, Names
from casemate.interchange.nesting import circles
from casemate.interchange.node import Node, Unusable
from casemate.interchange.tables import looked_up, neutral, tables

THREATS = "threats are found anew from the facts; another tool's rating is no measurement"
RATING = "how much something is worth is priced under `harms:`, in money"
WHY = {
    "includes": "no other file is read; merge them into one first",
    "risk_tracking": "decisions name threats of another tool; decide anew under `accept:` and `dismiss:`",
    "individual_risk_categories": THREATS,
    "custom_risk_categories": THREATS,
    "data_assets": "data is named by the flows that carry it, and described by the components that hold it",
    "data_assets_processed": "what a component handles shows in its flows",
    "data_assets_stored": "what is stored is described by `sensitivity:` and `holds:`; the source has other words",
    "confidentiality": "restricted and above do not tell personal data from secrets",
    "integrity": RATING,
    "availability": RATING,
    "business_criticality": RATING,
    "out_of_scope": "nothing is out of scope; dismiss what does not apply, with a reason",
    "owner": "a zone has an owner, a component has none",
    "tags": "a system file has no tags",
    "tags_available": "a system file has no tags",
    "encryption": "encryption at rest is a fact of what stores data",
    "authentication": "has no counterpart, or the links to it do not agree",
    "vpn": "a tunnel is no fact of a flow",
}


def recognise(doc: Any) -> bool:
    """Whether it has the version or the assets of one."""
    return isinstance(doc, dict) and ("threagile_version" in doc or "technical_assets" in doc)


def read(node: Node) -> Draft:
    """The system. Fails when it has no title."""
    return _Threagile(node).draft()


class _Threagile:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.zone_names, self.names = Names(), Names()
        self.zones: list[Entry] = []
        self.zone_of: dict[str, Fact] = {}
        """By a technical asset's eid in the source."""
        self.internet: str | None = None

    def draft(self) -> Draft:
        root = self.root
        title = root.text("title")
        if title is None:
            raise Unusable("is a Threagile model without `title`", "give it a title")
        overview = root.part("business_overview")
        purpose = overview.text("description")
        data = {n.raw("id"): key for key, n in root.table("data_assets")}
        for _, n in root.table("data_assets"):
            n.note(LEFT, "", WHY["data_assets"])
        assets = root.table("technical_assets")
        boundaries = root.table("trust_boundaries")
        self.read_zones(boundaries)
        ids = [self.names.give(n, n.raw("id"), key, "component") for key, n in assets]
        links = [
            (eid, key, n) for eid, (_, a) in zip(ids, assets, strict=True) for key, n in a.table("communication_links")
        ]
        auth = self.authentication([n for _, _, n in links])
        components = [self.component(n, key, eid, auth) for eid, (key, n) in zip(ids, assets, strict=True)]
        root.losses.count("zones", len(boundaries))
        root.losses.count("components", len(components))
        flows = self.read_flows(links, {k: v for k, v in data.items() if k})
        for theirs, at in self.zone_of.items():
            if theirs not in self.names.known:
                root.losses.note(BROKEN, at.at, "names no technical asset", theirs[:80])
        overview.rest(WHY)
        version = root.text("threagile_version") or ""
        root.rest(WHY)
        return Draft(
            Fact(title, "title"), tuple(self.zones), tuple(components), (), tuple(flows),
            Fact(purpose, overview.below("description")) if purpose else None, version,
        )  # fmt: skip

    # zones

    def read_zones(self, boundaries: list[tuple[str, Node]]) -> None:
        ids = [self.zone_names.give(n, n.raw("id"), key, "zone") for key, n in boundaries]
        around = self.nesting(ids, [n for _, n in boundaries])
        for eid, (key, n) in zip(ids, boundaries, strict=True):
            for asset in n.words("technical_assets_inside"):
                if asset.value in self.zone_of:
                    n.note(BROKEN, "technical_assets_inside", "lies in two boundaries; the first counts", asset.value)
                self.zone_of.setdefault(asset.value, Fact(eid, asset.path))
            trust = outside.trust(n, eid, key)
            self.zones.append(
                Entry(eid, n.path, said(trust=trust, in_=around.get(eid), name=_unlike(key, eid, n.path)))
            )
            n.rest(WHY)

    def nesting(self, ids: list[str], nodes: list[Node]) -> dict[str, Fact]:
        around: dict[str, Fact] = {}
        for eid, n in zip(ids, nodes, strict=True):
            for inner in n.words("trust_boundaries_nested"):
                child = self.zone_names.known.get(inner.value)
                if child is None or child in around:
                    why = "names no trust boundary" if child is None else "lies in two boundaries; the first counts"
                    n.note(BROKEN, "trust_boundaries_nested", why, inner.value[:80])
                else:
                    around[child] = Fact(eid, inner.path)
        for child in circles({k: f.value for k, f in around.items()}):
            self.root.losses.note(BROKEN, around.pop(child).at, "lies inside itself", child)
        return around

    def world(self, at: str) -> str:
        """The zone of what the source calls the internet."""
        if self.internet is None:
            self.internet = self.zone_names.free("internet")
            self.zones.append(Entry(self.internet, at, said(trust=Fact("public", "internet: true"))))
        return self.internet

    # components

    def component(self, n: Node, key: str, eid: str, auth: dict[str, Fact]) -> Entry:
        online = n.flag("internet")
        known = self.zone_of.get(n.raw("id") or "")
        zone = known or self.zone(n, eid, online)
        found = Entry(eid, n.path, said(
            kind=self.kind(n, eid),
            zone=zone,
            name=_unlike(key, eid, n.path),
            means=_fact(n, n.text("description"), "description"),
            exposed_to=Fact([self.world(n.path)], f"{n.below('internet')} is true") if online and known else None,
            auth=auth.get(n.raw("id") or ""),
            encrypted=self.encrypted(n),
            sensitivity=self.sensitivity(n),
        ))  # fmt: skip
        n.rest(WHY)
        return found

    def zone(self, n: Node, eid: str, online: bool | None) -> Fact:
        if online:
            return Fact(self.world(n.path), f"{n.below('internet')} is true, and it is in no boundary")
        n.note(CHOSEN, "", "lies in no trust boundary; the zone `outside` is written for it", eid)
        return Fact(outside.zone(self.zone_names, self.zones), "chosen: it is in no trust boundary")

    def kind(self, n: Node, eid: str) -> Fact:
        known = tables()["threagile"]
        several = n.words("technologies")
        technology, type_ = n.text("technology") or (several[0].value if several else None), n.raw("type")
        found = looked_up(known["technologies"], technology)
        if found:
            return Fact(found, f"{n.below('technology')} is {technology}")
        found = looked_up(known["types"], type_)
        why = f"is in no table; {'its type' if found else neutral('kind')} is written"
        n.note(CHOSEN, "technology", why, f"{eid} is {technology!r}, so {found or neutral('kind')}")
        return Fact(found or neutral("kind"), f"chosen: {n.below('type')} is {type_}, technology is {technology}")

    def encrypted(self, n: Node) -> Fact | None:
        if n.raw("type") != "datastore" or "encryption" not in n:
            return None
        said_ = n.text("encryption")
        return Fact("no" if said_ == "none" else "yes", f"{n.below('encryption')} is {said_}")

    def sensitivity(self, n: Node) -> Fact | None:
        table = tables()["threagile"]["confidentiality"]
        if n.raw("type") != "datastore" or n.peek("confidentiality") not in table:
            return None
        return Fact(table[n.text("confidentiality")], n.below("confidentiality"))

    def authentication(self, links: list[Node]) -> dict[str, Fact]:
        """By target: how its callers prove who they are, where all the links to it agree and we have the word."""
        into: dict[str, list[Node]] = {}
        for n in links:
            into.setdefault(n.raw("target") or "", []).append(n)
        out = {}
        for target, all_ in into.items():
            words = {n.peek("authentication") for n in all_}
            ours = looked_up(tables()["threagile"]["authentication"], words.pop()) if len(words) == 1 else None
            if ours:
                said_ = [n.text("authentication") for n in all_]
                out[target] = Fact(ours, f"{all_[0].below('authentication')} is {said_[0]}")
        return out

    # flows

    def read_flows(self, links: list[tuple[str, str, Node]], data: dict[str, str]) -> list[Flow]:
        ids, taken = FlowIds(self.names), 0
        out: list[Flow] = []
        for source, key, n in links:
            target = self.names.known.get(n.raw("target") or "")
            if target is None:
                n.note(BROKEN, "target", "names no technical asset; the flow is left out", (n.raw("target") or "")[:80])
            elif target == source:
                n.note(LEFT, "", "both ends are the same; a flow joins two things", source)
            else:
                out += self.flow(n, key, (source, target), ids, data)
                taken += 1
            n.rest(WHY)
        self.root.losses.count("flows", len(links), taken, len(out))
        return out

    def flow(self, n: Node, key: str, ends: tuple[str, str], ids: FlowIds, data: dict[str, str]) -> list[Flow]:
        encrypted = self.in_transit(n)
        if n.text("description"):
            n.note(LEFT, "description", "a flow has a label and no description")
        eid = ids.give(ends, None, key)
        sent, received = self.named(n, "data_assets_sent", data), self.named(n, "data_assets_received", data)
        label = Fact(" ".join(f"{key} ({', '.join(sent)})".split()) if sent else key, n.path)
        there = said(id=Fact(eid, n.path) if eid else None, data=_cleaned(label), encrypted=encrypted)
        out = [Flow(*ends, n.path, there)]
        if received:
            n.note(CHANGED, "data_assets_received", "is written as a flow back", f"{ends[1]} to {ends[0]}")
            at = n.below("data_assets_received")
            back = ids.give((ends[1], ends[0]), None, f"{key}-back")
            what = _cleaned(Fact(", ".join(received), at))
            facts = said(id=Fact(back, at) if back else None, data=what, encrypted=encrypted)
            out.append(Flow(ends[1], ends[0], at, facts))
        return out

    def in_transit(self, n: Node) -> Fact | None:
        known, protocol = tables()["threagile"], n.text("protocol")
        if protocol in known["encrypted protocols"]:
            return Fact("yes", f"{n.below('protocol')} is {protocol}")
        if protocol in known["plain protocols"] and not n.flag("vpn"):
            return Fact("no", f"{n.below('protocol')} is {protocol}")
        if protocol:
            n.note(LEFT, "protocol", "does not tell whether it is encrypted on the way", protocol[:80])
        return None

    def named(self, n: Node, key: str, data: dict[str, str]) -> list[str]:
        out = []
        for word in n.words(key):
            if word.value not in data:
                n.note(BROKEN, key, "names no data asset", word.value[:80])
            else:
                out.append(data[word.value])
        return out


def _fact(n: Node, text: str | None, key: str) -> Fact | None:
    return Fact(text, n.below(key)) if text else None


def _cleaned(fact: Fact) -> Fact | None:
    text = clean(fact.value)
    return Fact(text, fact.at) if text else None


def _unlike(name: str, eid: str, at: str) -> Fact | None:
    text = clean(name)
    return Fact(text, at) if text and text != eid else None
