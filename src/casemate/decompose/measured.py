"""Measured facts overrule declared ones; law 2 names the corrections. Attested bad news counts, good news does not.

A record that was neither measured in this run nor signed only adds what nobody said, as a declared fact would. Of who
may write or read, it adds those whom it found, and takes nobody away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from casemate.define.system import Component, Parties, System
from casemate.define.vocabulary import Field, vocabulary
from casemate.evidence.access.match import SIDES, Said, declared, said_of
from casemate.evidence.bind import Record


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
        for r in reversed(of_element):  # newest last, so that it decides
            if r.usable:
                _take(system, components[cid], props, r, known.setdefault(cid, {}), corrections)
                _take_parties(system, said, components[cid], props, r, known[cid], corrections)
        components[cid] = replace(components[cid], props=props)
    return replace(system, components=components), known, tuple(dict.fromkeys(corrections))


def _take(
    system: System, c: Component, props: dict[str, Any], r: Record, known: dict[str, str], out: list[Correction]
) -> None:
    fields = {**vocabulary().about["component"], **vocabulary().component}
    for name, value in sorted(r.statement.facts.items()):
        if name not in fields or not _fits(system, fields[name], value):
            continue  # a newer tool may say more than this version knows
        if r.standing == "measured":
            known[name] = r.statement.id
        elif name in known or (name in c.props and c.props[name] != value):
            continue
        if name in c.props and c.props[name] != value:
            out.append(Correction(c.id, name, c.props[name], value, r.statement.id))
        props[name] = value


def _take_parties(
    system: System, all_said: Said | None, c: Component, props: dict[str, Any], r: Record,
    known: dict[str, str], out: list[Correction],
) -> None:  # fmt: skip
    """Whom a record found: `writers` lists them, `writers complete` says that it would have found everybody."""
    for side in SIDES:
        found = r.statement.facts.get(side)
        if not isinstance(found, tuple) or not all(isinstance(n, str) for n in found):
            continue
        is_measured = r.standing == "measured"
        if not is_measured and side in known:
            continue
        said = declared(system, c.id, side, all_said)
        whole = is_measured and r.statement.facts.get(f"{side} complete") is True
        if is_measured:
            known[side] = r.statement.id
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
    return f.type == "words" and isinstance(value, tuple) and set(value) <= set(f.words)
