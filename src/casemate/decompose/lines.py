"""Flows as lines that somebody could listen in on: which are lines of their own, and how delicate what they carry is.

An answer to people goes back on the line of their request, so the request speaks for both. What people do in person, in
front of a sensor, on their own device or at a screen, is no line at all; and what others send to others is not ours.

How delicate a flow is, its sender says, and where nobody said what the sender holds, its receiver: what goes into a
store of personal data is taken for personal. A receiver without delicate data says nothing of a component that sends to
it, for that one may have more than it sends. A front that says nothing passes on what the stores behind it keep.
"""

from __future__ import annotations

from collections.abc import Mapping

from casemate.core.trust import Trust
from casemate.decompose.graph import Graph
from casemate.decompose.thing import Thing
from casemate.define.system import Flow

DELICATE = frozenset({"personal", "secret"})
FRONTS = frozenset({"endpoint", "gateway"})
SCREENS = frozenset({"client-app", "web-app"})
CLIENT = "client-app"


def of_its_own(g: Graph, f: Flow, things: Mapping[str, Thing]) -> bool:
    """Whether it is a line that no other flow speaks for, and that leaves the place where people stand."""
    if _in_person(g, f.source, f.target) or _in_person(g, f.target, f.source):
        return False
    sender, receiver = g.system.actors.get(f.source), things.get(f.target)
    if sender is not None and sender.trust < Trust.STAFF and receiver is not None and receiver.facts["theirs"]:
        return False
    return not (_people(g, f.target) and (f.target, f.source) in g.between)


def delicate(g: Graph, f: Flow, things: Mapping[str, Thing]) -> str | None:
    """The most delicate thing that goes along it, there and back; None where that is not known."""
    there = _one_way(g, f.source, f.target, things)
    if there in DELICATE or not _people(g, f.source) or (f.target, f.source) not in g.between:
        return there
    back = _one_way(g, f.target, f.source, things)
    return back if back is None or back in DELICATE else there


def _one_way(g: Graph, source: str, target: str, things: Mapping[str, Thing]) -> str | None:
    sender, receiver = things.get(source), things.get(target)
    if sender is not None and "sensitivity" in sender.facts:
        return str(sender.facts["sensitivity"])
    if receiver is None:
        return None
    kept = receiver.facts.get("sensitivity")
    if kept is None and receiver.kind in FRONTS:
        behind = (things[c].facts.get("sensitivity") for c in g.requests(target) if g.does(c, "stores"))
        kept = next((found for found in behind if found in DELICATE), None)
    return kept if kept in DELICATE or sender is None else None


def _people(g: Graph, end: str) -> bool:
    return end in g.system.actors or (end in g.kind and g.kind[end].name == CLIENT)


def _in_person(g: Graph, one: str, other: str) -> bool:
    kind = g.kind[other].name if other in g.kind else ""
    if one in g.system.actors:
        return kind in ("sensor", CLIENT, "human-review")
    return kind == "human-review" and g.kind[one].name in SCREENS
