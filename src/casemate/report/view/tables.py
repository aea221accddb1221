"""The tables of the report beside the threats: flows, parts and who has access, boundaries, evidence, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from casemate.define.system import System
from casemate.evidence.bind import Record
from casemate.report.view.anchor import anchor
from casemate.report.view.drawing import NOWHERE, label
from casemate.report.view.links import along, by_element, links, worst
from casemate.report.view.words import count, day, joined, plural
from casemate.validate.assessment import Assessment

Link = tuple[str, str]
"""What it says, and the anchor it leads to (without #); no anchor, no link."""

RECORD = {"valid": "pass", "inherited": "warn", "expired": "warn", "early": "warn", "void": "none"}
RULING = {"active": "pass", "expired": "fail", "refused": "fail", "unused": "warn"}
YES = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One flow, or one of the other links of the map."""

    source: Link
    target: Link
    data: str
    kind: str
    boundary: str
    protected: str
    severity: str
    threats: tuple[Link, ...]
    more: int


@dataclass(frozen=True, slots=True)
class PartRow:
    """A component, or somebody who uses or could attack the system."""

    anchor: str
    id: str
    name: str
    kind: str
    open: int
    assumed: int
    severity: str
    worst: Link
    reached: str
    writers: str
    readers: str


@dataclass(frozen=True, slots=True)
class Place:
    """A zone and what lies in it."""

    anchor: str
    label: str
    rows: tuple[PartRow, ...]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record of evidence as it stands today."""

    id: str
    element: Link
    kind: str
    tool: str
    state: str
    tone: str
    standing: str
    digest: str
    measured: str
    says: str


def to(a: Assessment, element: str) -> Link:
    """A link to an element's row."""
    s = a.system
    if element in s.components:
        return s.components[element].name, anchor("c", element)
    if element in s.actors:
        return s.actors[element].name, anchor("a", element)
    return element, ""


def threat(id: str) -> Link:
    """A link to a threat."""
    return id, anchor("t", id)


def flows(a: Assessment) -> list[FlowRow]:
    """Every flow, then the other links of the map; what crosses a boundary says which."""
    found = links(a.system)
    risks = along(a, found)
    crossing = set(a.risks.parts.crossing)
    of = {f.id: f for f in a.system.flows}
    rows = []
    for x in found:
        flow, worst_first = of.get(x.id), risks[x.id]
        said = [f"{name}: {YES[flow.props[name]]}" for name in ("encrypted", "signed") if flow and name in flow.props]
        rows.append(
            FlowRow(
                to(a, x.source), to(a, x.target), x.label, x.kind,
                f"{side(a.system, x.source)} → {side(a.system, x.target)}" if x.id in crossing else "",
                ", ".join(said), worst(worst_first) or "", tuple(threat(r.id) for r in worst_first[:2]),
                max(0, len(worst_first) - 2),
            )
        )  # fmt: skip
    return rows


def side(system: System, end: str) -> str:
    """Which side of a boundary an element is on: `partner (Example Bureau Ltd)`."""
    actor = system.actors.get(end)
    zone = system.zones.get((actor.zone or "") if actor else system.components[end].zone)
    trust = str(actor.trust if actor else zone.trust if zone else "unknown")
    return f"{trust} ({zone.owner})" if zone and zone.owner else trust


def boundaries(a: Assessment) -> list[tuple[str, list[str]]]:
    """Each crossed boundary, and the flows that cross it, in the order of the file."""
    crossing = set(a.risks.parts.crossing)
    out: dict[str, list[str]] = {}
    for f in a.system.flows:
        if f.id in crossing:
            out.setdefault(f"{side(a.system, f.source)} → {side(a.system, f.target)}", []).append(f.id)
    return list(out.items())


def places(a: Assessment) -> list[Place]:
    """All components and actors, by zone."""
    open_, assumed = by_element(a.of("open")), by_element(a.of("assumed"))
    inside: dict[str, list[PartRow]] = {z: [] for z in (*a.system.zones, NOWHERE)}
    for c in a.system.components.values():
        facts = a.risks.parts.things[c.id].facts
        risks = open_.get(c.id, [])
        most = [*risks, *assumed.get(c.id, [])][:1]
        inside[c.zone].append(
            PartRow(
                anchor("c", c.id), c.id, c.name, c.kind, len(risks), len(assumed.get(c.id, ())), worst(risks) or "",
                threat(most[0].id) if most else ("", ""), _ids(facts.get("reached by", ())),
                _ids(facts.get("writers", ())), _ids(facts.get("readers", ())),
            )
        )  # fmt: skip
    for p in a.system.actors.values():
        row = PartRow(anchor("a", p.id), p.id, p.name, f"actor, {p.trust}", 0, 0, "", ("", ""), "", "", "")
        inside[p.zone or NOWHERE].append(row)
    named = {z.id: label(z) for z in a.system.zones.values()} | {NOWHERE: "People in no zone"}
    return [Place(anchor("z", z), named[z], tuple(rows)) for z, rows in inside.items() if rows or z != NOWHERE]


def _ids(things: Iterable[object]) -> str:
    """Who; and that there may be others, where nobody said that this is everybody."""
    ids = [getattr(t, "id", None) for t in things]
    known = joined([str(i) for i in dict.fromkeys(ids) if i is not None], 6)
    unknown = "nobody said who" if not known else "and perhaps others"
    return ", ".join(x for x in (known, unknown if None in ids else "") if x)


def records(a: Assessment) -> list[RecordRow]:
    """Every record of evidence, those that still hold first."""
    found = [r for of in a.risks.parts.records.values() for r in of]
    order = list(RECORD)
    rows = []
    for r in sorted(found, key=lambda r: (order.index(r.state), r.element, r.statement.kind, r.statement.id)):
        s = r.statement
        facts = [_fact(k, v) for k, v in sorted(s.facts.items()) if all(isinstance(x, str) for x in _each(v))]
        trials = [f"{t.threat}: {t.broken} of {t.attempts} {plural(t.unit)} broke it" for t in s.trials]
        rows.append(
            RecordRow(
                s.id, to(a, r.element), s.kind, s.tool, r.state, _tone(r), r.standing, s.digest[:12],
                day(s.measured), joined([*facts, *trials, *(f"control {c.id}" for c in s.controls)], 3),
            )
        )  # fmt: skip
    return rows


def _each(v: object) -> tuple[object, ...]:
    return v if isinstance(v, tuple) else ()


def _fact(name: str, v: object) -> str:
    """A fact as a few words; of a long list its beginning."""
    if isinstance(v, bool):
        return f"{name} is {'yes' if v else 'no'}"
    return f"{name}: {joined(map(str, _each(v)), 4)}" if isinstance(v, tuple) else f"{name} is {v}"


def _tone(r: Record) -> str:
    """A record that nobody signed and this run did not measure is no proof, however valid it is."""
    return "none" if r.state == "valid" and r.standing != "measured" else RECORD[r.state]


def standing(rows: Iterable[RecordRow]) -> str:
    """How many records there are, and how they stand."""
    found = Counter(r.state for r in rows)
    if not found:
        return "Nothing has been measured: every number rests on what the file says and on expert judgement."
    return f"{count(sum(found.values()), 'record')}: " + joined(f"{found[s]} {s}" for s in RECORD if found[s]) + "."
