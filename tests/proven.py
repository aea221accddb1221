"""All that a system file says, as if somebody had measured it today: each provable fact, each control, each file."""

from __future__ import annotations

from casemate.core.trust import Trust
from casemate.decompose.thing import Facts
from casemate.define.system import Component, System
from casemate.define.vocabulary import vocabulary
from casemate.evidence.bind import element_digest
from casemate.evidence.statement import ControlResult, Statement
from casemate.identify.clause import provable
from strategies import TODAY, parts_of

MEASURABLE = {name for name, f in vocabulary().about["component"].items() if provable(f)}
SCANNED = {"contents": "clean"}
"""What no file may declare: a scan of the bytes says it."""


def measured(system: System) -> tuple[Statement, ...]:
    """One record for each component: its provable facts as the file gives them, and its controls verified.

    Facts of flows and of the system as a whole have no records, so they stay what somebody said.
    """
    things = parts_of(system).things
    return tuple(_of(system, c, things[c.id].facts) for c in system.components.values())


def _of(system: System, c: Component, known: Facts) -> Statement:
    said = {name: value for name, value in known.items() if name in MEASURABLE and value is not None}
    facts = {**said, **(SCANNED if "format" in c.props else {})}
    controls = tuple(ControlResult(control, None, True) for control in sorted(c.controls))
    return Statement("probe", c.id, element_digest(system, c), "test 1", TODAY, facts=facts, controls=controls)


def outsiders(system: System) -> list[str]:
    """Actors who are trusted less than staff."""
    return [a.id for a in system.actors.values() if a.trust < Trust.STAFF]
