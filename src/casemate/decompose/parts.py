"""The decomposed system: every element with its facts, said, measured and derived. Linear in components + flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from casemate.core.tri import Tri
from casemate.core.trust import Trust
from casemate.decompose import lines
from casemate.decompose.access import access
from casemate.decompose.controls import Ladder, ladder
from casemate.decompose.federated import clients
from casemate.decompose.fronts import fronts
from casemate.decompose.graph import Graph, graph
from casemate.decompose.holders import holders
from casemate.decompose.inherit import inherit
from casemate.decompose.knows import knows
from casemate.decompose.measured import Correction, measured
from casemate.decompose.owned import whose
from casemate.decompose.reach import reach
from casemate.decompose.relations import Related, Relation, relations
from casemate.decompose.shown import shown_to
from casemate.decompose.taint import taint
from casemate.decompose.thing import Facts, Thing
from casemate.decompose.undeclared import undeclared
from casemate.decompose.vetted import vetted
from casemate.define.system import Component, Flow, System
from casemate.define.vocabulary import vocabulary
from casemate.evidence.bind import Record

RUNS = frozenset({"cluster", "host", "interpreter", "notebook"})
CODE_KINDS = ("supplies",)


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
    updates = clients(g)
    reached, tainted, seen = reach(g, known), taint(g, writers, known, updates), shown_to(g, readers)
    for cid, thing in things.items():
        _derive(g, thing, system.components[cid])
        _flawed(thing, records.get(cid, ()))
        thing.facts["writers"], thing.facts["readers"] = writers[cid], readers[cid]
        thing.facts["reached by"], thing.facts["tainted by"] = tuple(reached.get(cid, ())), tuple(tainted.get(cid, ()))
        thing.facts["shown to"] = tuple(seen.get(cid, ()))
        thing.facts["exposure"] = _least(thing.facts["reached by"], Trust.RESTRICTED) if cid in reached else None
        thing.facts["believed"] = _believed(thing)
    inherit(g, things)
    related = {**relations(g), "fronts": fronts(g), "clients": updates, "knows": knows(g)}
    _relate(related, things)
    for thing in things.values():
        vetted(thing)
        thing.facts["holders"] = holders(g, thing)
    held = ladder(g, related, records)
    things |= _flows(g, things)
    things["system"] = _system(system, things)
    for i, thing in things.items():
        thing.facts["control"] = held.verified(i)
    crossing = tuple(f.id for f in system.flows if things[f.id].facts["crosses"])
    return Parts(system, g, things, crossing, _entries(g), corrections, records, held)


_LISTS = frozenset(name for name, f in vocabulary().about["component"].items() if f.type == "several")


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
    whose(thing, c, zone)
    if c.kind == "model" and zone.trust <= Trust.ACCOUNT:
        facts.setdefault("on client", True)  # it lies where others are at home
    facts["supplies"] = g.does(c.id, *CODE_KINDS)
    provider = c.props.get("provider", {})
    if "trains on ours" in provider:
        facts["provider trains"] = provider["trains on ours"]
    if "version" in provider:
        facts.setdefault("version", "floating" if provider["version"] == "floating" else "pinned")
    if "origin" in c.props.get("base", {}):
        facts["base origin"] = c.props["base"]["origin"]
    if c.kind == "credential-store":
        facts.setdefault("holds", ("credentials",))
        facts.setdefault("sensitivity", "secret")
    facts["runs code"] = True if c.kind in RUNS else _has(c, "effect", "exec")
    facts["remembers"] = True if c.kind == "memory" else _is(c, "keeps memory", "persistent")
    facts["recipe known"] = {"code", "settings", "lock"} <= c.props.get("recipe", {}).keys()
    facts["signature asked"] = "signature" in c.props
    facts["undeclared flows"] = undeclared(g, c.props.get("undeclared flows", ()))


def _flawed(thing: Thing, records: Iterable[Record]) -> None:
    """Flaws that somebody found are news; that nobody found any, or says so, is none."""
    found = [r for r in records if r.usable and r.statement.facts.get("patched") is False]
    if found and thing.facts.get("patched") is False:
        thing.facts["known flaws"] = True
        measured = [r.statement.id for r in found if r.standing == "measured"]
        thing.measured = {**thing.measured, **({"known flaws": measured[0]} if measured else {})}


def _has(c: Component, name: str, word: str) -> Tri:
    return word in c.props[name] if name in c.props else None


def _is(c: Component, name: str, word: str) -> Tri:
    return c.props[name] == word if name in c.props else None


def _believed(thing: Thing) -> Trust | None:
    """Effective trust: the least trusted who can put any bytes or code into it, the zone's own trust at most."""
    return _least((t for t in thing.facts["tainted by"] if t.facts["grade"] == "bytes"), thing.facts["trust"])


def _least(members: Iterable[Thing], most: Trust) -> Trust | None:
    """The lowest trust of the members; None when one of whom only the existence is possible may be trusted less."""
    sure, maybe = most, most
    for m in members:
        trust = m.facts.get("trust", Trust.PUBLIC)
        if m.id is None or "trust" not in m.facts:
            maybe = min(maybe, trust)
        else:
            sure = min(sure, trust)
    return sure if maybe >= sure else None


def _relate(related: Mapping[str, Relation], things: Mapping[str, Thing]) -> None:
    common: dict[int, Facts] = {}
    for name, relation in related.items():
        for cid, found in relation.items():
            members = tuple([things[m] for m in found.ids])
            things[cid].facts[name] = (*members, _another(things, found, common)) if found.asks else members
    for thing in things.values():
        # A model whose training the file shows was tuned from another one only where the file says so.
        if thing.kind == "model" and "base" not in thing.facts and _all_known(thing.facts["trained by"]):
            thing.facts["base origin"] = "own"


def _all_known(members: tuple[Thing, ...]) -> bool:
    return bool(members) and all(m.id is not None for m in members)


def _another(things: Mapping[str, Thing], related: Related, common: dict[int, Facts]) -> Thing:
    """The member that a list may have besides those known. Known of it is what all that it could be have in common."""
    if id(related.could) not in common:
        some = [things[c].facts for c in related.could]
        shared = [k for k in (some[0] if some else ()) if k not in _LISTS and all(f.get(k) == some[0][k] for f in some)]
        common[id(related.could)] = {k: some[0][k] for k in shared if some[0][k] is not None}
    only = things[related.could[0]].measured if len(related.could) == 1 else None
    asks = {"": related.asks} if related.asks else {}
    return Thing(None, "component", common[id(related.could)], measured=only, asks=asks)


def _flows(g: Graph, things: Mapping[str, Thing]) -> dict[str, Thing]:
    return {f.id: _flow(g, f, things) for f in g.system.flows}


def _flow(g: Graph, f: Flow, things: Mapping[str, Thing]) -> Thing:
    told = {"sensitivity": (f.source if f.source in things else f.target, "sensitivity")}
    return Thing(f.id, "flow", _flow_facts(g, f, things), kind="flow", asks=told)


def _flow_facts(g: Graph, f: Flow, things: Mapping[str, Thing]) -> Facts:
    facts: Facts = {**f.props, "id": f.id, "data": f.data, "crosses": crosses(g.system, f)}
    for side, end in (("from", f.source), ("to", f.target)):
        actor = g.system.actors.get(end)
        facts[f"{side} trust"] = actor.trust if actor else g.trust[end]
        facts[f"{side} kind"] = "actor" if actor else g.kind[end].name
    facts["line"] = lines.of_its_own(g, f, things)
    delicate = lines.delicate(g, f, things)
    if delicate is not None:
        facts["sensitivity"] = delicate
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
    return tuple(dict.fromkeys(c for a, c in g.openings if a.trust < g.trust[c]))


def _system(system: System, things: Mapping[str, Thing]) -> Thing:
    kinds = tuple(sorted({c.kind for c in system.components.values()}))
    facts: Facts = {"id": "system", "roles": tuple(sorted(system.owners)), "kinds": kinds}
    facts["all roles"] = system.owners.keys() >= vocabulary().words["roles"].keys()
    facts["reviewed"] = system.review_every is not None
    facts["publishes"] = tuple(_published(things.values()))
    return Thing("system", "system", facts, kind="system")


def _published(things: Iterable[Thing]) -> Iterator[Thing]:
    """What people from outside can read: it lies outside, or those who get it are trusted less than staff.

    Where nobody said who else reads it, one more of which only the existence is possible.
    """
    for d in things:
        if d.kind != "documentation":
            continue
        readers = (*d.facts["shown to"], *d.facts["readers"])
        if d.facts["trust"] < Trust.STAFF or any(r.facts.get("trust", Trust.STAFF) < Trust.STAFF for r in readers):
            yield d
        elif unknown := next((r for r in readers if r.id is None), None):
            yield Thing(None, "component", d.facts, kind=d.kind, asks=dict(unknown.asks))
