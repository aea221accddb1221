"""Measured facts overrule declared ones; law 2 names the corrections. Attested bad news counts, good news does not.

A record that was neither measured in this run nor signed only adds what nobody said, as a declared fact would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from casemate.define.system import Component, System
from casemate.define.vocabulary import Field, vocabulary
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
    for cid, of_element in records.items():
        props = dict(components[cid].props)
        for r in reversed(of_element):  # newest last, so that it decides
            if r.usable:
                _take(components[cid], props, r, known.setdefault(cid, {}), corrections)
        components[cid] = replace(components[cid], props=props)
    return replace(system, components=components), known, tuple(dict.fromkeys(corrections))


def _take(c: Component, props: dict[str, Any], r: Record, known: dict[str, str], out: list[Correction]) -> None:
    fields = vocabulary().about["component"]
    for name, value in sorted(r.statement.facts.items()):
        if name not in fields or not _fits(fields[name], value):
            continue  # a newer tool may say more than this version knows
        if r.standing == "measured":
            known[name] = r.statement.id
        elif name in known or (name in c.props and c.props[name] != value):
            continue
        if name in c.props and c.props[name] != value:
            out.append(Correction(c.id, name, c.props[name], value, r.statement.id))
        props[name] = value


def _fits(f: Field, value: Any) -> bool:
    if f.type == "flag":
        return isinstance(value, bool)
    if f.type in ("word", "egress"):
        return isinstance(value, str) and (not f.words or value in f.words)
    return f.type == "words" and isinstance(value, tuple) and set(value) <= set(f.words)
