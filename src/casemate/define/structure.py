"""Zones, actors, components, flows and access of a file: ids, references, nesting, circles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casemate.core.trust import WORDS, Trust
from casemate.define import system as s
from casemate.define.draft import SYSTEM, Draft
from casemate.define.vocabulary import vocabulary


def zones(b: Draft) -> dict[str, s.Zone]:
    """Its zones, each with who owns it."""
    raw = b.doc.get("zones", {})
    for zid, z in raw.items():
        if "in" in z:
            b.known(z["in"], raw, b.mark("zones", zid, "in"), f"zone {zid}")
    owners: dict[str, str | None] = {}
    for zid in raw:
        _owner(b, raw, zid, owners)
    return {
        zid: s.Zone(zid, WORDS.get(z.get("trust", ""), Trust.PUBLIC), z.get("name", zid), z.get("in"), owners.get(zid))
        for zid, z in raw.items()
    }


def _owner(b: Draft, raw: Mapping[str, Any], zid: str, owners: dict[str, str | None]) -> None:
    """Who owns a zone: itself says, or the zone around it. Each zone is visited once; a circle is an error."""
    way: dict[str, None] = {}
    here = zid
    while here in raw and here not in owners and here not in way:
        way[here] = None
        here = raw[here].get("in", "")
    if here in way:
        for inside in list(way)[list(way).index(here) :]:
            mark = b.mark("zones", inside, "in")
            b.wrong(mark, f"zone {inside} lies inside itself", "let one of them lie outside")
    found = owners.get(here)
    for inside in reversed(way):
        found = owners[inside] = raw[inside].get("owner") or found


def actors(b: Draft) -> dict[str, s.Actor]:
    """Its actors."""
    raw = b.doc.get("actors", {})
    b.once(raw, "actors")
    out = {}
    for aid, a in raw.items():
        if "zone" in a:
            b.known(a["zone"], b.doc.get("zones", {}), b.mark("actors", aid, "zone"), f"actor {aid}")
        trust = WORDS.get(a.get("trust", ""), Trust.PUBLIC)
        out[aid] = s.Actor(aid, trust, a.get("name", aid), a.get("zone"), a.get("apart", False), a.get("accounts", ()))
    return out


def components(b: Draft) -> dict[str, s.Component]:
    """Its components, with what they refer to unchecked: `component_refs` looks when all are known."""
    raw = b.doc.get("components", {})
    b.once(raw, "components")
    out = {}
    for cid, c in raw.items():
        if "zone" in c:
            b.known(c["zone"], b.doc.get("zones", {}), b.mark("components", cid, "zone"), cid)
        if c.pop("from", None) and b.alone:  # otherwise `borrow` has put what it brings into the tree
            todo = "name the file itself"
            b.wrong(b.mark("components", cid, "from"), "from names a file, and here is only a text", todo)
        claims = b.claims(c.pop("controls", {}), "components", cid, "controls")
        out[cid] = s.Component(cid, c.pop("kind", "service"), c.pop("zone", ""), c, claims)
    return out


def component_refs(b: Draft, zones: Any, actors: Any, components: Any) -> None:
    """Whatever components name must be there, and who is named as a party becomes one."""
    spaces: dict[str, Mapping[str, Any]] = {"zones": zones, "actors": actors, "components": components}
    fields = {n: f for n, f in vocabulary().component.items() if f.type in ("refs", "parties") and f.to}
    among = {n: {k for space in f.to for k in spaces[space]} for n, f in fields.items()}
    for cid, c in components.items():
        for name in fields.keys() & c.props.keys():
            value = c.props[name]
            for ref in value["who"] if isinstance(value, dict) else value:
                if ref not in among[name]:
                    b.known(ref, among[name], b.mark("components", cid, name), f"{cid} under {name!r}")
                elif len(fields[name].to) > 1 and ref in zones and ref in actors:
                    what = f"{cid} under {name!r} names {ref!r}, which is a zone and an actor"
                    b.wrong(b.mark("components", cid, name), what, "give one of the two another id")
            if isinstance(value, dict):
                c.props[name] = s.Parties(value["who"], value["complete"])


def flows(b: Draft, actors: Any, components: Any) -> tuple[tuple[s.Flow, ...], dict[str, int]]:
    """Its flows, and where each stands."""
    ends = {**actors, **components}
    out: list[s.Flow] = []
    marks: dict[str, int] = {}
    for raw, at in b.doc.get("flows") or []:
        source, target = raw.pop("from", ""), raw.pop("to", "")
        flow_id = raw.pop("id", f"{source}->{target}")
        fine = [b.known(e, ends, at, f"flow {flow_id}") for e in (source, target) if e]
        if source == target and source:
            b.wrong(at, f"flow {flow_id} goes nowhere", "its ends must differ")
        if not source or not target:
            continue  # the missing end is an error already
        if flow_id in marks:
            there = f"there is a flow {flow_id!r} already{b.elsewhere(marks[flow_id], at)}"
            b.wrong(at, there, "give the second one an `id:` of its own")
        elif flow_id in b.ids or flow_id == SYSTEM:
            said = f"something in {b.ids[flow_id]}" if flow_id in b.ids else "the system itself"
            b.wrong(at, f"{flow_id!r} is the id of {said} already", "give the flow another `id:`")
        elif all(fine):
            out.append(s.Flow(flow_id, source, target, raw.pop("data", ""), raw))
        marks.setdefault(flow_id, at)
    return tuple(out), marks


def access(b: Draft, actors: Any, components: Any) -> tuple[s.Access, ...]:
    """Who may do what on what."""
    out = []
    for raw, at in b.doc.get("access") or []:
        for ref in raw.get("who", ()):
            b.known(ref, actors, at, "an entry of access")
        for ref in raw.get("on", ()):
            b.known(ref, components, at, "an entry of access")
        entry = s.Access(raw.get("who", ()), raw.get("may", ()), raw.get("on", ()), raw.get("complete", False))
        out.append(entry)
    return tuple(out)
