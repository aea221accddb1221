"""Sightings become a draft: what is the same is put together, kinds and facts that disagree are settled, ids are given.

Rules, in this order, all of them independent of the order of sightings:
  kind       the most telling one of `TELLING`; the others stay as a comment
  a fact     of words in an order of strength the weakest, of yes and no the one that claims less; else the first place
  a zone     the least trusted that somebody names, else our own
  callers    what answers requests and is called by nothing here is called by an actor whom nobody knows: public, until
             somebody says otherwise. A file that leaves the flow out would say that nobody calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from casemate.core.trust import WORDS
from casemate.define.vocabulary import vocabulary
from casemate.discover import flows
from casemate.discover.draft import Area, Draft, Edge, Fact, Part, Person, Place
from casemate.discover.names import Wish, named
from casemate.discover.sighting import ACTOR, CALLED, FLOW, SAME, ZONE, Found, Sighting, Unread

MOST_PARTS = 1_000
OWN, INTERNET = "own", "zone internet"
TELLING = ("agent", "llm", "endpoint", "web-app", "inference", "training", "model", "index", "model-registry",
           "notebook",
           "preprocessing", "dataset", "data-source")  # fmt: skip
LAST = ("store", "service")
GENERAL = frozenset(("api", "assistant", "app", "main", "server", "knowledge", "language-model", "model", "triton"))
"""Wishes of a source that knew no name; a name from elsewhere is better."""
CLAIMS_LESS = {"pinned": "no", "encrypted": "no", "step limit": "no", "version": "floating", "sources": "mixed",
               "updates": "automatic", "sandbox": "none", "sensitivity": "personal", "origin": "public"}  # fmt: skip
NO_PART = (FLOW, ZONE, ACTOR)
LISTS = frozenset(("refs", "words", "texts", "parties"))
RETRAINS = "retrains by"


def merged(name: str, found: Collection[Found], left_out: tuple[str, ...] = ()) -> Draft:
    """The draft that the sightings give."""
    seen = flows.without_unasked(sorted({f for f in found if isinstance(f, Sighting)}))
    unread = sorted({f for f in found if isinstance(f, Unread)})
    groups = _groups(seen)
    groups, dropped = _bounded(groups)
    ids = named([Wish(g.key, g.kind, g.called) for g in groups], taken=[flows.CALLER])
    by_key = {key: ids[g.key] for g in groups for key in g.keys}
    areas = _areas(seen, groups)
    parts = [_part(g, ids[g.key], by_key, areas) for g in groups]
    parts = flows.with_folders(parts, seen)
    parts = _retrained(parts, seen, by_key)
    people = _people(seen, by_key)
    edges = flows.edges(seen, parts, {**by_key, **people})
    assumed = flows.assumed(parts, edges)
    used = {p.zone for p in parts} | {
        z for p in parts for f in ("exposed to", "readers") if f in p.facts for z in p.facts[f].values
    }
    kept = [a for a in areas.values() if a.id in used or a.id in (OWN, "internet")]
    if not parts:
        kept = [areas[OWN_KEY]]
    return Draft(
        name, tuple(sorted(kept, key=lambda a: (WORDS[a.trust], a.id))), tuple(sorted(parts, key=lambda p: p.id)),
        tuple(sorted([*edges, *assumed], key=lambda e: (e.source, e.target))), (*unread, *dropped), left_out,
        _actors(seen, people, edges, bool(assumed)),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ groups


@dataclass(frozen=True, slots=True)
class Group:
    """All that was seen of one element, under its main key."""

    key: str
    keys: tuple[str, ...]
    kind: str
    called: str
    sightings: tuple[Sighting, ...]


def _groups(seen: list[Sighting]) -> list[Group]:
    there = {s.element for s in seen if s.kind not in ("", *NO_PART)}
    root = _joined(seen, there)
    members: dict[str, list[Sighting]] = {}
    for s in seen:
        if s.element in there and s.kind not in NO_PART:
            members.setdefault(root[s.element], []).append(s)
    keys: dict[str, list[str]] = {}
    for element in sorted(there):
        keys.setdefault(root[element], []).append(element)
    return [_group(key, tuple(keys[key]), tuple(found)) for key, found in sorted(members.items())]


def _joined(seen: list[Sighting], there: set[str]) -> dict[str, str]:
    """Each element's main key: what `same as` leads to, as far as that is there."""
    lead: dict[str, str] = {}
    for s in seen:
        if s.field == SAME and s.element in there and s.value in there:
            lead.setdefault(s.element, s.value)
    lead = {**_buckets(seen), **lead}
    out: dict[str, str] = {}
    for element in sorted(there):
        way = {element: None}
        here = element
        while here in lead and lead[here] not in way and here not in out:
            here = lead[here]
            way[here] = None
        end = out.get(here, here if here not in lead else min(way))
        out.update((w, end) for w in way)
    return out


def _buckets(seen: list[Sighting]) -> dict[str, str]:
    """Addresses of stores within a store that infrastructure declares: they are that one."""
    resources = [s for s in seen if s.field == "resource"]
    declared = {s.value: s.element for s in reversed(resources) if s.element.startswith("tf ")}
    apart = {s.element for s in seen if s.kind not in ("", "store", *NO_PART)}
    inside = [s for s in resources if "://" in s.element and s.element not in apart]
    return {s.element: declared[s.value] for s in inside if s.value in declared}


def _group(key: str, keys: tuple[str, ...], found: tuple[Sighting, ...]) -> Group:
    kinds = sorted({s.kind for s in found if s.kind}, key=_telling)
    called = sorted((s.value in GENERAL, s.element != key, s.value) for s in found if s.field == CALLED)
    return Group(key, keys, kinds[0], called[0][2] if called else key.rpartition("/")[2], found)


def _telling(kind: str) -> tuple[int, str]:
    if kind in LAST:
        return len(TELLING) + 1 + LAST.index(kind), kind
    return (TELLING.index(kind) if kind in TELLING else len(TELLING)), kind


def _bounded(groups: list[Group]) -> tuple[list[Group], list[Unread]]:
    """At most MOST_PARTS, the most telling kinds first."""
    if len(groups) <= MOST_PARTS:
        return groups, []
    ordered = sorted(groups, key=lambda g: (_telling(g.kind), g.key))
    left = ordered[MOST_PARTS:]
    return sorted(ordered[:MOST_PARTS], key=lambda g: g.key), [
        Unread(left[0].key.partition("#")[0], f"is one of {len(left):,} elements beyond the first {MOST_PARTS:,}")
    ]


# ------------------------------------------------------------------------------------------------------------- zones

OWN_KEY = "zone own"


def _areas(seen: list[Sighting], groups: list[Group]) -> dict[str, Area]:
    """Zones by their keys: ours, the internet, and those that sightings name."""
    nowhere = Place("", 0, "")
    out = {OWN_KEY: Area(OWN, "staff", "", nowhere), INTERNET: Area("internet", "public", "", nowhere)}
    said: dict[str, dict[str, Sighting]] = {}
    for s in seen:
        if s.kind == ZONE:
            said.setdefault(s.element, {}).setdefault(s.field, s)
    wishes = [Wish(key, "zone", fields[CALLED].value if CALLED in fields else key[5:]) for key, fields in said.items()]
    ids = named(wishes, taken=[OWN, "internet", flows.CALLER])
    for key, fields in said.items():
        if "trust" in fields and key not in out:
            owner = fields["owner"].value if "owner" in fields else ""
            out[key] = Area(ids[key], fields["trust"].value, owner, _place(fields["trust"]))
    return out


def _place(s: Sighting) -> Place:
    return Place(s.file, s.line, s.why)


def _people(seen: list[Sighting], by_key: Mapping[str, str]) -> dict[str, str]:
    """Ids of actors by their keys."""
    keys = sorted({s.element for s in seen if s.kind == ACTOR})
    return dict(named([Wish(k, "actor", k.partition(" ")[2]) for k in keys], taken=[*by_key.values(), flows.CALLER]))


def _actors(seen: list[Sighting], people: Mapping[str, str], edges: list[Edge], assumed: bool) -> tuple[Person, ...]:
    """The actors that flows need."""
    used = {e.source for e in edges} | {e.target for e in edges}
    out = [Person(flows.CALLER, "public", "internet", Place("", 0, ""))] if assumed else []
    for key, actor in people.items():
        s = next(s for s in seen if s.element == key and s.kind == ACTOR)
        if actor in used:
            out.append(Person(actor, s.value, "", _place(s)))
    return tuple(sorted(out, key=lambda p: (WORDS[p.trust], p.id)))


# ------------------------------------------------------------------------------------------------------------- parts


def _part(g: Group, id: str, by_key: Mapping[str, str], areas: Mapping[str, Area]) -> Part:
    kinds = sorted((s for s in g.sightings if s.kind), key=lambda s: (_telling(s.kind), s.element != g.key, _place(s)))
    named_zones = sorted((areas[s.value] for s in g.sightings if s.field == "zone" and s.value in areas),
                         key=lambda a: (WORDS[a.trust], a.id))  # fmt: skip
    zone = named_zones[0].id if named_zones else OWN
    facts = {
        f: made for f in sorted({s.field for s in g.sightings}) if (made := _fact(g, f, id, by_key, areas)) is not None
    }
    also: dict[str, Place] = {}
    for s in kinds:
        if s.kind != g.kind:
            also.setdefault(s.kind, _place(s))
    return Part(id, g.key, g.kind, zone, _place(kinds[0]), facts, tuple(also.items()))


def _fact(g: Group, field: str, id: str, by_key: Mapping[str, str], areas: Mapping[str, Area]) -> Fact | None:
    """One property of a group; None where it is none, or nothing that can be written is left of it."""
    known = vocabulary().component.get(field.partition(".")[0])
    if known is None or field in ("kind", "zone"):
        return None
    said = [s for s in g.sightings if s.field == field]
    said.sort(key=lambda s: (s.element != g.key, s.file, s.line, s.value))
    values: dict[str, Place] = {}
    for s in said:
        value = _named(s.value, known.to, by_key, areas) if known.to else s.value
        if value and (value != id or not known.to):
            values.setdefault(value, _place(s))
    if not values:
        return None
    if known.type in LISTS:
        return Fact(tuple(sorted(values)), tuple(values[v] for v in sorted(values)))
    chosen = _weakest(field, list(values))
    return Fact((chosen,), (values[chosen],), tuple((v, p) for v, p in values.items() if v != chosen))


def _named(key: str, to: tuple[str, ...], by_key: Mapping[str, str], areas: Mapping[str, Area]) -> str:
    """The id of what a key names, where the property may name such a thing; empty otherwise."""
    if "components" in to and key in by_key:
        return by_key[key]
    return areas[key].id if "zones" in to and key in areas else ""


def _weakest(field: str, values: list[str]) -> str:
    """The value that claims least; the first place's where that cannot be told."""
    if CLAIMS_LESS.get(field) in values:
        return CLAIMS_LESS[field]
    if field == "auth":
        words = vocabulary().component[field].words
        return min(values, key=lambda v: words.index(v) if v in words else len(words))
    return values[0]


def _retrained(parts: list[Part], seen: list[Sighting], by_key: Mapping[str, str]) -> list[Part]:
    """How often a model is trained anew, from the schedule of the program that makes it."""
    often = {by_key[s.element]: s for s in reversed(seen) if s.field == RETRAINS and s.element in by_key}
    out = []
    for p in parts:
        by = [often[t] for t in p.facts.get("trained by", Fact((), ())).values if t in often]
        fact = {"retrains": Fact((by[0].value,), (_place(by[0]),))} if by else {}
        out.append(Part(p.id, p.key, p.kind, p.zone, p.seen, {**p.facts, **fact}, p.also))
    return out
