"""Where a countermeasure counts, and how well it is proven (law 4).

    declared    the file says so                    configured  seen in an exported configuration
    attested    a named person and a date           verified    yes/no evidence on this digest
                                                    effective   the adaptive result for this control, threat, element

A control covers an element when it sits on it, on everything that runs, trains or stores it, or when nobody less
trusted reaches the element without passing a component that has it. Records that were neither signed nor measured in
this run raise a claim to `attested` and no further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from casemate.decompose.graph import Graph
from casemate.decompose.reach import covered
from casemate.decompose.relations import relations
from casemate.evidence.bind import Record
from casemate.evidence.statement import ControlResult

LEVELS = ("declared", "attested", "configured", "verified", "effective")
RANK = {level: i for i, level in enumerate(LEVELS)}
PROVEN = RANK["verified"]
SYSTEM = "system"
_AROUND = ("run by", "trained by", "stored in")


@dataclass(frozen=True, slots=True)
class Held:
    """A control as it counts for one element: its level, where it sits, and the record that proves it."""

    control: str
    level: str
    at: tuple[str, ...]
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """For each element (components and flows) the controls that cover it, by control id."""

    held: Mapping[str, Mapping[str, Held]] = field(default_factory=dict)
    results: Mapping[tuple[str, str], tuple[tuple[Record, ControlResult], ...]] = field(default_factory=dict)
    """Tests of a control by (control, element that was tested)."""

    def of(self, element: str) -> Mapping[str, Held]:
        """The controls that cover an element."""
        return self.held.get(element, {})

    def verified(self, element: str) -> tuple[str, ...]:
        """Ids of the controls that cover it and are proven by evidence on this digest."""
        return tuple(sorted(c for c, h in self.of(element).items() if RANK[h.level] >= PROVEN))

    def adaptive(self, control: str, element: str, threat: str) -> tuple[Record, ControlResult] | None:
        """The adaptive test of this control for this threat: on the element itself or where the control sits."""
        held = self.of(element).get(control)
        for at in dict.fromkeys([element, *(held.at if held else ())]):
            for record, result in self.results.get((control, at), ()):
                if result.threat == threat and result.adaptive is not None and record.standing == "measured":
                    return record, result
        return None


def ladder(graph: Graph, records: Mapping[str, tuple[Record, ...]]) -> Ladder:
    """All controls that the file claims or evidence shows, and what each covers."""
    sitting, results = _sitting(graph, records)
    if not sitting:
        return Ladder()
    related = relations(graph)
    held: dict[str, dict[str, Held]] = {}
    for control, at in sorted(sitting.items()):
        for level in LEVELS[: max(RANK[h.level] for h in at.values()) + 1]:
            holders = {c: h for c, h in at.items() if RANK[h.level] >= RANK[level]}
            for element, by in _coverage(graph, related, holders).items():
                evidence = next((holders[c].evidence for c in by if holders[c].evidence), None)
                held.setdefault(element, {})[control] = Held(control, level, tuple(by), evidence)
    return Ladder(held, results)


def _sitting(
    graph: Graph, records: Mapping[str, tuple[Record, ...]]
) -> tuple[dict[str, dict[str, Held]], dict[tuple[str, str], tuple[tuple[Record, ControlResult], ...]]]:
    sitting: dict[str, dict[str, Held]] = {}
    results: dict[tuple[str, str], tuple[tuple[Record, ControlResult], ...]] = {}
    for c in graph.system.components.values():
        for claim in c.controls.values():
            level = "attested" if claim.attested_by and claim.attested_on else "declared"
            sitting.setdefault(claim.id, {})[c.id] = Held(claim.id, level, (c.id,))
    for claim in graph.system.controls.values():
        level = "attested" if claim.attested_by and claim.attested_on else "declared"
        sitting.setdefault(claim.id, {})[SYSTEM] = Held(claim.id, level, (SYSTEM,))
    for cid, of_element in records.items():
        for r in of_element:
            for result in r.statement.controls if r.usable else ():
                results[result.id, cid] = (*results.get((result.id, cid), ()), (r, result))
                _raise(sitting.setdefault(result.id, {}), cid, r, result)
    return {control: at for control, at in sitting.items() if at}, results


def _raise(at: dict[str, Held], cid: str, r: Record, result: ControlResult) -> None:
    level = _level(r, result)
    if level and (cid not in at or RANK[at[cid].level] < RANK[level]):
        at[cid] = Held(result.id, level, (cid,), r.statement.id)


def _level(r: Record, result: ControlResult) -> str | None:
    """What a test shows. A control that a test found absent keeps only what people say of it."""
    if not result.verified and result.adaptive is None:
        return None
    if r.standing != "measured":
        return "attested"
    if result.adaptive is not None:
        return "effective"
    return "configured" if r.statement.kind == "configuration" else "verified"


def _coverage(
    graph: Graph, related: Mapping[str, Mapping[str, tuple[str, ...] | None]], holders: Iterable[str]
) -> dict[str, list[str]]:
    """Element -> the holders through which the control covers it."""
    holders = list(holders)
    out: dict[str, list[str]] = {c: [c] for c in holders}
    for c in graph.system.components:
        for name in _AROUND:
            around = related[name].get(c) or ()
            if around and set(around) <= set(holders):
                out.setdefault(c, []).extend(a for a in around if a not in out.get(c, []))
    for c in sorted(covered(graph, holders)):
        out.setdefault(c, list(holders))
    for f in graph.system.flows:
        ends = [e for e in (f.source, f.target) if e in holders]
        if ends:
            out[f.id] = ends
    return out
