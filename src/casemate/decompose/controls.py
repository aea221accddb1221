"""Where a countermeasure counts, and how well it is proven (law 4).

    declared    the file says so                    configured  seen in an exported configuration
    attested    a named person and a date           verified    yes/no evidence on this digest
                                                    effective   the adaptive result for this control, threat, element

A control covers an element when it sits on it, on everything that runs, trains or stores it, or when nobody less
trusted reaches the element without passing a component that has it. Records that were neither signed nor measured in
this run raise a claim to `attested` and no further.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from casemate.decompose.graph import Graph
from casemate.decompose.reach import reached_from_below
from casemate.decompose.relations import Relation
from casemate.evidence.bind import Record
from casemate.evidence.statement import ControlResult, Trial

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

    def adaptive(self, control: str, element: str, threat: str, trusting: bool = False) -> tuple[Record, Trial] | None:
        """The newest adaptive test of this control for this threat, in which anything could be scored.

        trusting: one that is only attested will do where none was measured.
        """
        found = [
            (record, result.adaptive)
            for record, result in self._tests(control, element)
            if result.threat == threat and result.adaptive is not None and _scored(result.adaptive)
        ]
        measured = [x for x in found if x[0].standing == "measured"]
        rated = [*measured, *found] if trusting else measured
        last = [x for x in rated if _rank(x[0]) == _rank(rated[0][0])]  # of one day the worst
        return max(last, key=lambda x: x[1].broken / (x[1].broken + x[1].held), default=None)

    def shown(self, control: str, element: str) -> bool:
        """Whether the newest evidence on this digest says that it is there and works; of one day the worse counts."""
        return _held_up(self._tests(control, element)) is True

    def _tests(self, control: str, element: str) -> Iterator[tuple[Record, ControlResult]]:
        """On the element itself, then where the control sits."""
        held = self.of(element).get(control)
        for at in dict.fromkeys([element, *(held.at if held else ())]):
            yield from self.results.get((control, at), ())


def ladder(graph: Graph, related: Mapping[str, Relation], records: Mapping[str, tuple[Record, ...]]) -> Ladder:
    """All controls that the file claims or evidence shows, and what each covers."""
    sitting, results = _sitting(graph, records)
    if not sitting:
        return Ladder()
    below = reached_from_below(graph)
    held: dict[str, dict[str, Held]] = {}
    for control, at in sorted(sitting.items()):
        for level in LEVELS[: max(RANK[h.level] for h in at.values()) + 1]:
            holders = {c: h for c, h in at.items() if RANK[h.level] >= RANK[level]}
            proven = {c: h.evidence for c, h in holders.items() if h.evidence}
            for element, by in _coverage(graph, related, below, holders).items():
                evidence = next((proven[c] for c in by if c in proven), None) if proven else None
                held.setdefault(element, {})[control] = Held(control, level, by, evidence)
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
    for (control, cid), tests in results.items():
        refuted = _held_up(tests) is False
        for r, result in tests:
            _raise(sitting.setdefault(control, {}), cid, r, replace(result, verified=False) if refuted else result)
    return {control: at for control, at in sitting.items() if at}, results


def _raise(at: dict[str, Held], cid: str, r: Record, result: ControlResult) -> None:
    level = _level(r, result)
    if level and (cid not in at or RANK[at[cid].level] < RANK[level]):
        at[cid] = Held(result.id, level, (cid,), r.statement.id)


def _held_up(tests: Iterable[tuple[Record, ControlResult]]) -> bool | None:
    """What the tests of the newest day say, the worse of them; None when none says anything. An export is no test."""
    said = [
        (r.statement.measured, bool(result.verified))
        for r, result in tests
        if result.verified is not None and r.standing == "measured" and r.statement.kind != "configuration"
    ]
    last = max((day for day, _ in said), default=None)
    return all(good for day, good in said if day == last) if said else None


def _rank(r: Record) -> tuple[bool, int]:
    return r.standing == "measured", r.statement.measured.toordinal()


def _level(r: Record, result: ControlResult) -> str | None:
    """What a test shows. A control that a test found absent keeps only what people say of it."""
    tested = result.adaptive is not None and _scored(result.adaptive)
    if not result.verified and not tested:
        return None
    if r.standing != "measured":
        return "attested"
    if tested:
        return "effective"
    return "configured" if r.statement.kind == "configuration" else "verified"


def _scored(trial: Trial) -> bool:
    """Whether anything came out. What errored or was skipped is no result (law 3)."""
    return trial.broken + trial.held > 0


def _coverage(
    graph: Graph, related: Mapping[str, Relation], below: set[str], holders: Mapping[str, Held]
) -> dict[str, tuple[str, ...]]:
    """Element -> the holders through which the control covers it. below: what someone less trusted reaches."""
    out: dict[str, tuple[str, ...]] = {c: (c,) for c in holders}
    for name in _AROUND:
        for c, found in related[name].items():
            if found.ids and found.asks is None and all(a in holders for a in found.ids):
                out[c] = tuple(dict.fromkeys([*out.get(c, ()), *found.ids]))
    everywhere = tuple(holders)
    for c in sorted(below - reached_from_below(graph, holders, perhaps=True)):
        out.setdefault(c, everywhere)
    for f in graph.system.flows:
        ends = tuple(e for e in (f.source, f.target) if e in holders)
        if ends:
            out[f.id] = ends
    return out
