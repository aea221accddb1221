"""The decomposed system: every element with its facts, said, measured and derived. Linear in components + flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from casemate.core.tri import Tri
from casemate.core.trust import Trust
from casemate.decompose.access import access
from casemate.decompose.controls import Ladder, ladder
from casemate.decompose.graph import Graph, graph, openings
from casemate.decompose.measured import Correction, measured
from casemate.decompose.reach import reach
from casemate.decompose.relations import relations
from casemate.decompose.taint import taint
from casemate.decompose.thing import Facts, Thing
from casemate.define.system import Component, Flow, System
from casemate.define.vocabulary import vocabulary
from casemate.evidence.bind import Record

CODE_KINDS = ("supplies",)
ORDER = ("public", "internal", "personal", "secret")


@dataclass(frozen=True, slots=True)
class Parts:
    """What step 2 found out."""

    system: System
    graph: Graph
    things: Mapping[str, Thing]
    """Components and flows by id, and the system under its own name `system`."""
    crossing: tuple[str, ...]
    """Ids of the flows that cross a trust boundary."""
    entries: tuple[str, ...]
    """Components that somebody less trusted reaches directly."""
    corrections: tuple[Correction, ...]
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    ladder: Ladder = field(default_factory=Ladder)


def decompose(system: System, records: Mapping[str, tuple[Record, ...]]) -> Parts:
    """Work out all derived facts. Measured facts overrule declared ones; each contradiction is a correction."""
    system, known, corrections = measured(system, records)
    g = graph(system)
    things = _components(g, known)
    writers, readers = access(g)
    reached, tainted = reach(g), taint(g, writers)
    for cid, thing in things.items():
        _derive(g, thing, system.components[cid])
        thing.facts["writers"], thing.facts["readers"] = writers[cid], readers[cid]
        thing.facts["reached by"], thing.facts["tainted by"] = tuple(reached.get(cid, ())), tuple(tainted.get(cid, ()))
        if cid in reached:
            thing.facts["exposure"] = min(r.facts["trust"] for r in reached[cid])
        thing.facts["believed"] = _believed(thing)
    _relate(g, things)
    held = ladder(g, records)
    things |= _flows(g, things)
    things["system"] = _system(system)
    for i, thing in things.items():
        thing.facts["control"] = held.verified(i)
    crossing = tuple(f.id for f in system.flows if things[f.id].facts["crosses"])
    return Parts(system, g, things, crossing, _entries(g), corrections, records, held)


def _components(g: Graph, known: Mapping[str, Mapping[str, str]]) -> dict[str, Thing]:
    out = {}
    for c in g.system.components.values():
        facts: Facts = {k: v for k, v in c.props.items() if k not in _REPLACED}
        facts["id"], facts["kind"] = c.id, c.kind
        out[c.id] = Thing(c.id, "component", facts, kind=c.kind, measured=known.get(c.id))
    return out


_REPLACED = frozenset({"runs", "tools", "trained by", "trained on", "writers", "readers", "exposed to"})
"""Properties that stand in the file as ids and in rules as lists of Things."""


def _derive(g: Graph, thing: Thing, c: Component) -> None:
    zone = g.system.zones[c.zone]
    facts = thing.facts
    facts["trust"] = zone.trust
    facts["foreign"] = zone.owner is not None
    facts["supplies"] = g.does(c.id, *CODE_KINDS)
    provider = c.props.get("provider", {})
    if "trains on ours" in provider:
        facts["provider trains"] = provider["trains on ours"]
    if "version" in provider:
        facts.setdefault("version", "floating" if provider["version"] == "floating" else "pinned")
    if "origin" in c.props.get("base", {}):
        facts["base origin"] = c.props["base"]["origin"]
    facts["runs code"] = True if c.kind == "interpreter" else _has(c, "effect", "exec")
    facts["remembers"] = True if c.kind == "memory" else _is(c, "keeps memory", "persistent")
    facts["recipe known"] = {"code", "settings", "lock"} <= c.props.get("recipe", {}).keys()


def _has(c: Component, name: str, word: str) -> Tri:
    return word in c.props[name] if name in c.props else None


def _is(c: Component, name: str, word: str) -> Tri:
    return c.props[name] == word if name in c.props else None


def _believed(thing: Thing) -> Trust:
    """Effective trust: the least trusted who can put any bytes or code into it, the zone's own trust at most."""
    can = [t.facts["trust"] for t in thing.facts["tainted by"] if "trust" in t.facts and t.facts["grade"] == "bytes"]
    trust: Trust = thing.facts["trust"]
    lowest: Trust = min([trust, *can])
    return lowest


def _relate(g: Graph, things: Mapping[str, Thing]) -> None:
    for name, relation in relations(g).items():
        for cid, members in relation.items():
            unknown = Thing(None, "component", {}, asks={"": (cid, name)})
            things[cid].facts[name] = (unknown,) if members is None else tuple(things[m] for m in members)
    for thing in things.values():
        # A model whose training the file shows was tuned from another one only where the file says so.
        if thing.kind == "model" and "base" not in thing.facts and thing.facts["trained by"][0].id is not None:
            thing.facts["base origin"] = "own"


def _flows(g: Graph, things: Mapping[str, Thing]) -> dict[str, Thing]:
    return {f.id: Thing(f.id, "flow", _flow_facts(g, f, things), kind="flow") for f in g.system.flows}


def _flow_facts(g: Graph, f: Flow, things: Mapping[str, Thing]) -> Facts:
    facts: Facts = {**f.props, "id": f.id, "data": f.data, "crosses": crosses(g.system, f)}
    for side, end in (("from", f.source), ("to", f.target)):
        actor = g.system.actors.get(end)
        facts[f"{side} trust"] = actor.trust if actor else g.trust[end]
        facts[f"{side} kind"] = "actor" if actor else g.kind[end].name
    if f.source in things and "sensitivity" in things[f.source].facts:
        facts["sensitivity"] = things[f.source].facts["sensitivity"]
    return facts


def crosses(system: System, f: Flow) -> bool:
    """A flow crosses a boundary when its ends differ in trust or in owner, or when the sender's members are apart."""
    return _side(system, f.source) != _side(system, f.target)


def _side(system: System, end: str) -> tuple[Any, ...]:
    actor = system.actors.get(end)
    zone = system.zones.get((actor.zone or "") if actor else system.components[end].zone)
    trust = actor.trust if actor else zone.trust if zone else None
    return trust, zone.owner if zone else None, actor.apart if actor else False


def _entries(g: Graph) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for a, c in openings(g.system) if a.trust < g.trust[c]))


def _system(system: System) -> Thing:
    kinds = tuple(sorted({c.kind for c in system.components.values()}))
    facts: Facts = {"id": "system", "roles": tuple(sorted(system.owners)), "kinds": kinds}
    facts["all roles"] = system.owners.keys() >= vocabulary().words["roles"].keys()
    facts["reviewed"] = system.review_every is not None
    return Thing("system", "system", facts, kind="system")
