"""STRIDE by kind of component: each cell holds threats, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casemate.catalog.considered import Cell, Reason, considered
from casemate.define.vocabulary import vocabulary
from casemate.identify.rule import STRIDE, Rule


@dataclass(frozen=True, slots=True)
class Filled:
    """One cell. `reason` is None where there are threats, and where nobody has thought about it."""

    threats: tuple[str, ...]
    reason: Reason | None = None


def rows() -> tuple[str, ...]:
    """Every kind of component, then flows and the system as a whole."""
    return (*vocabulary().kinds, "flow", "system")


def matrix(rules: Iterable[Rule]) -> Mapping[Cell, Filled]:
    """Every cell, row by row."""
    found: dict[Cell, list[str]] = {(word, kind): [] for kind in rows() for word in STRIDE}
    for rule in sorted(rules, key=lambda r: r.id):
        for kind in rule.kinds:
            for word in rule.stride:
                found[word, kind].append(rule.id)
    why = considered()
    return {cell: Filled(tuple(ids), None if ids else why.get(cell)) for cell, ids in found.items()}
