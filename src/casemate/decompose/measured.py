"""Measured facts overrule declared ones; law 2 names the corrections. Attested bad news counts, good news does not.

A record that was neither measured in this run nor signed adds what nobody said, as a declared fact would, and makes
worse what somebody said. Of who may write or read, it adds those whom it found, and takes nobody away. Of measured
records the newest counts; of those of one day that contradict each other the worse, whatever their ids are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from casemate.define.system import Component, Parties, System
from casemate.define.vocabulary import Field, vocabulary
from casemate.evidence.access.match import SIDES, Said, declared, said_of
from casemate.evidence.bind import Record
from casemate.evidence.worse import worse


@dataclass(frozen=True, slots=True)
class Correction:
    """A declared fact that a measurement contradicts."""

    element: str
    field: str
    declared: Any
    measured: Any
    evidence: str


def measured(
    system: System, records: Mapping[str, tuple[Record, ...]]
) -> tuple[System, dict[str, dict[str, str]], tuple[Correction, ...]]:
    """The system with measured facts in place, which they are (by record id), and what they corrected."""
    components = dict(system.components)
    known: dict[str, dict[str, str]] = {}
    corrections: list[Correction] = []
    said = said_of(system) if records else None
    for cid, of_element in records.items():
        props = dict(components[cid].props)
        settled: dict[str, Record] = {}
        for r in reversed(of_element):  # newest last, so that it decides
            if r.usable:
                _take(system, components[cid], props, r, settled)
                _take_parties(system, said, components[cid], props, r, settled, corrections)
        known[cid] = {name: r.statement.id for name, r in settled.items() if r.standing == "measured"}
        corrections += _corrected(components[cid], props, settled)
        components[cid] = replace(components[cid], props=props)
    return replace(system, components=components), known, tuple(dict.fromkeys(corrections))


def _take(system: System, c: Component, props: dict[str, Any], r: Record, settled: dict[str, Record]) -> None:
    """Facts of one record. settled: which record each fact rests on so far."""
    fields = {**vocabulary().about["component"], **vocabulary().component}
    for name, value in sorted(r.statement.facts.items()):
        if name not in fields or not _fits(system, fields[name], value):
            continue  # a newer tool may say more than this version knows
        before = settled.get(name)
        if before is not None and _outranked(r, before):
            continue
        if before is not None and _rivals(r, before):
            value = worse(name, props[name], value)
        elif r.standing != "measured" and name in c.props and worse(name, c.props[name], value) != value:
            continue
        if before is None or value != props[name] or not _rivals(r, before):
            settled[name] = r
        props[name] = value


def _outranked(r: Record, before: Record) -> bool:
    return r.standing != "measured" and before.standing == "measured"


def _rivals(r: Record, before: Record) -> bool:
    """Neither is newer or worth more, so the worse counts. Good news that is only attested takes no bad news away."""
    same_day = r.statement.measured == before.statement.measured
    return r.standing == before.standing and (same_day or r.standing != "measured")


def _corrected(c: Component, props: Mapping[str, Any], settled: Mapping[str, Record]) -> list[Correction]:
    return [
        Correction(c.id, name, c.props[name], props[name], r.statement.id)
        for name, r in sorted(settled.items())
        if name not in SIDES and name in c.props and c.props[name] != props[name]
    ]


def _take_parties(
    system: System, all_said: Said | None, c: Component, props: dict[str, Any], r: Record,
    settled: dict[str, Record], out: list[Correction],
) -> None:  # fmt: skip
    """Whom a record found: `writers` lists them, `writers complete` says that it would have found everybody."""
    for side in SIDES:
        found = r.statement.facts.get(side)
        if not isinstance(found, tuple) or not all(isinstance(n, str) for n in found):
            continue
        before = settled.get(side)
        if before is not None and _outranked(r, before):
            continue
        is_measured = r.standing == "measured"
        whole = is_measured and r.statement.facts.get(f"{side} complete") is True
        if before is not None and _rivals(r, before):  # two exports of one day: whom either found
            whole = whole and props[side].all_found and set(found) == set(props[side].found)
            found = tuple(dict.fromkeys([*props[side].found, *found]))
        settled[side] = r
        said = declared(system, c.id, side, all_said)
        if is_measured:
            missing = set(said.who) - set(found) if whole else set()
            if said.said and (missing or (said.complete and set(found) - set(said.who))):
                out.append(Correction(c.id, side, said.who, found, r.statement.id))
        own = c.props.get(side) or Parties()
        props[side] = Parties(own.who, own.complete, found, whole)


def _fits(system: System, f: Field, value: Any) -> bool:
    if f.type == "flag":
        return isinstance(value, bool)
    if f.type in ("word", "egress"):
        return isinstance(value, str) and (not f.words or value in f.words)
    if f.type == "refs":
        return isinstance(value, tuple) and set(value) <= system.components.keys()
    if f.type == "texts" and f.only_measured:
        return isinstance(value, tuple) and all(isinstance(v, str) for v in value)
    return f.type == "words" and isinstance(value, tuple) and set(value) <= set(f.words)
