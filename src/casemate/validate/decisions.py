"""Acceptances and dismissals: what people decided about threats, until when, and whether they may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.define.system import Decision, System
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.validate.policy import Policy

DECIDABLE = ("open", "assumed")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision as it stands today. `state`: active, expired, unused (nothing to decide) or refused by the policy."""

    decision: Decision
    word: str
    state: str


def active(decisions: Iterable[Decision], today: date) -> frozenset[str]:
    """Ids of the threats whose decision still holds: up to and including its last day."""
    return frozenset(d.threat for d in decisions if today <= d.until)


def check_names(system: System, rules: Iterable[str], controls: Iterable[str]) -> None:
    """Every threat and control that the file names must exist. All that do not, at once."""
    rules, controls = set(rules), set(controls)
    elements = {*system.components, *(f.id for f in system.flows), "system"}
    errors = [e for d in (*system.accept, *system.dismiss) for e in _unknown(d, rules, elements)]
    errors += [e for d, word in _twice(system) for e in [CasemateError(d.at, *word)]]
    claims = [(c.id, claim) for c in system.components.values() for claim in c.controls.values()]
    for who, claim in [*claims, *(("the system", claim) for claim in system.controls.values())]:
        if claim.id not in controls:
            what = f"{who} claims a control {claim.id[:60]!r}, which does not exist"
            errors.append(CasemateError(claim.at or system.path, what, did_you_mean(claim.id, controls)))
    if errors:
        raise Problems(errors)


def _unknown(d: Decision, rules: set[str], elements: set[str]) -> list[CasemateError]:
    rule, _, element = d.threat.partition("@")
    if rule not in rules:
        return [CasemateError(d.at, f"there is no threat {rule[:60]!r}", did_you_mean(rule, rules))]
    if element not in elements:
        return [CasemateError(d.at, f"{d.threat[:80]!r} names nothing in this system", did_you_mean(element, elements))]
    return []


def _twice(system: System) -> list[tuple[Decision, tuple[str, str]]]:
    seen: set[str] = set()
    out = []
    for d in (*system.accept, *system.dismiss):
        if d.threat in seen:
            out.append((d, (f"{d.threat!r} is decided twice", "keep one decision for each threat")))
        seen.add(d.threat)
    return out


def rulings(system: System, risks: Iterable[Risk], policy: Policy, today: date) -> tuple[Ruling, ...]:
    """All decisions of the file as they stand."""
    by_id = {r.id: r for r in risks}
    found = [(d, "accepted") for d in system.accept] + [(d, "dismissed") for d in system.dismiss]
    return tuple(Ruling(d, word, _state(d, by_id, policy, today, system.attempts.owned)) for d, word in found)


def may_decide(who: str, risk: Risk, policy: Policy, owned: bool) -> bool:
    """Whether the policy lets somebody take this risk. owned: whether somebody stands for the attempts."""
    allowed = policy.may_accept.get(_severity(risk, policy, owned))
    return allowed is None or who in allowed


def _severity(risk: Risk, policy: Policy, owned: bool) -> str:
    """How grave it is to decide on it: while money is a guess, as grave as can be (law 10)."""
    return risk.severity if owned else next((s for s in SEVERITIES if s in policy.may_accept), risk.severity)


def _state(d: Decision, by_id: Mapping[str, Risk], policy: Policy, today: date, owned: bool) -> str:
    risk = by_id.get(d.threat)
    if risk is None or risk.found.outcome not in DECIDABLE:
        return "unused"
    if today > d.until:
        return "expired"
    return "active" if may_decide(d.owner, risk, policy, owned) else "refused"
