"""What zones, components and dataflows of an Open Threat Model share: names, texts, and what is left of them."""

from __future__ import annotations

from casemate.interchange.draft import Fact
from casemate.interchange.loss import LEFT
from casemate.interchange.node import Node

OURS = "casemate"
THREATS = "threats are found anew from the facts; another tool's rating is no measurement"
WHY = {
    "representations": "pictures are drawn anew from the model",
    "threats": THREATS,
    "mitigations": "a countermeasure counts by its evidence; name it under `controls:` when it is in place",
    "assets": "data is named by the flows that carry it, and described by the components that hold it",
    "tags": "a system file has no tags",
    "attributes": "attributes have no agreed meaning",
    "properties": "properties have no agreed meaning",
}


def called(n: Node, eid: str) -> Fact | None:
    """Its name, where that is more than its id."""
    name = n.text("name")
    return Fact(name, n.below("name")) if name and name != eid else None


def text(n: Node, key: str) -> Fact | None:
    """What stands below a key."""
    found = n.text(key)
    return Fact(found, n.below(key)) if found else None


def leftover(n: Node) -> None:
    """Tell what was not taken over, and why."""
    others = [k for k in n.part("attributes").value if k != OURS]
    if others:
        n.note(LEFT, "attributes", WHY["attributes"])
    n.text("type")
    n.part("parent")
    n.part("risk")
    n.rest(WHY)
