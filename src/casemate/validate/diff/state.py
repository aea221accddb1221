"""One assessment as a comparison sees it: what each threat is and rests on. From an assessment, or a saved one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from casemate.decompose.parts import Parts
from casemate.identify.attested import facts
from casemate.prioritize.risk import Risk
from casemate.validate.assessment import SHOWN, Assessment


@dataclass(frozen=True, slots=True)
class State:
    """A threat on one side, with its derivation as far as that side tells it."""

    id: str
    title: str
    outcome: str
    """As shown: open, countered, assumed, accepted, dismissed or declared."""
    was: str
    """As found: before anybody accepted or dismissed it."""
    severity: str
    status: str
    current: float
    """Expected yearly loss as evidence has it, in the file's currency."""
    danger: float | None
    because: str
    where: str
    path: tuple[str, ...] = ()
    attackers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """`fact@element` that nobody has said."""
    doubted: tuple[str, ...] = ()
    countered_by: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A record of evidence at one element, and what it counts as."""

    id: str
    element: str
    kind: str
    tool: str
    state: str
    standing: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the gate."""

    rule: str
    what: str
    exit: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two assessments. `controls` is None where a saved one does not tell them."""

    label: str
    name: str
    digest: str
    policy: tuple[str, str]
    """Its name and digest."""
    currency: str
    owned: bool
    threats: Mapping[str, State]
    evidence: tuple[Bound, ...]
    reasons: tuple[Reason, ...]
    current: float
    claimed: float
    target: float
    controls: Mapping[tuple[str, str], tuple[str, str | None]] | None = None
    """By (control, where it sits), its level and the record that proves it."""
    version: str = ""
    """Of the tool that saved it; empty for one that was made now."""
    assessed: str = ""
    assessment: Assessment | None = field(default=None, repr=False)

    @property
    def exit_code(self) -> int:
        """Of its gate: 0 passed; 1 failed; 3 when only evidence is missing, stale or unreadable."""
        return min((r.exit for r in self.reasons), default=0)


def side(a: Assessment, label: str = "") -> Side:
    """An assessment that was made now."""
    records = [r for found in a.risks.parts.records.values() for r in found]
    return Side(
        label=label or a.system.path,
        name=a.system.name,
        digest=a.system.digest,
        policy=(a.policy.name, a.policy.digest),
        currency=a.system.currency,
        owned=a.owned,
        threats={r.id: _state(a, r) for r in sorted(a.of(*SHOWN, "declared"), key=lambda r: r.id)},
        evidence=tuple(
            Bound(r.statement.id, r.element, r.statement.kind, r.statement.tool, r.state, r.standing) for r in records
        ),
        reasons=tuple(Reason(r.rule, r.what, r.exit) for r in a.gate.reasons),
        current=a.risks.years["current"].mean,
        claimed=a.risks.years["claimed"].mean,
        target=a.treatment.years.mean,
        controls=_controls(a),
        assessed=a.today.isoformat() if a.dated else "",
        assessment=a,
    )


def _state(a: Assessment, r: Risk) -> State:
    f = r.found
    section = {"flow": "flows", "system": "name"}.get(f.rule.about, "components")
    return State(
        id=r.id, title=f.title, outcome=a.outcomes[r.id], was=f.outcome, severity=r.severity, status=f.rule.status,
        current=r.current, danger=r.danger, because=f.reason.because, where=a.system.line(section, f.element),
        path=f.reason.path, attackers=f.attackers,
        missing=tuple(f"{name}@{element}" for element, name in f.reason.missing),
        doubted=tuple(f"{name}@{element}" for element, name in f.reason.doubted),
        countered_by=f.countered_by, evidence=used(a.risks.parts, r),
    )  # fmt: skip


def used(parts: Parts, r: Risk) -> tuple[str, ...]:
    """Ids of the records that a threat rests on, signed or not: its trials, its facts, its controls."""
    now = r.views["current"]
    found = {u.record for u in now.belief.used} | {f.record for f in r.found.reason.facts if f.record}
    found |= {record for _, record in facts(parts, r.found.reason)}
    return tuple(sorted(found | {e.evidence for e in now.effects if e.evidence}))


def _controls(a: Assessment) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Where each control sits; what it covers from there is left out."""
    return {
        (control, element): (h.level, h.evidence)
        for element, held in a.risks.parts.ladder.held.items()
        for control, h in held.items()
        if element in h.at
    }
