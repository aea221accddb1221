"""The gate. It rests on the policy, on evidence and on outcomes, never on guessed money (law 10).

A reason that weighs 1 stops the release; one that weighs 3 says that required evidence is missing, stale or unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from casemate.define.system import System
from casemate.evidence.bind import Record
from casemate.prioritize.risk import Risks
from casemate.validate.decisions import Ruling
from casemate.validate.policy import Policy, Required
from casemate.validate.review import Review

STATES = {
    "void": "its evidence is of another digest",
    "expired": "its evidence is too old",
    "early": "its evidence is dated in the future",
    "inherited": "its evidence is of another build of the same recipe",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate does not pass: which rule of the policy, what, what to do, and the exit code it leads to."""

    rule: str
    what: str
    todo: str
    exit: int = 1


@dataclass(frozen=True, slots=True)
class Gate:
    """Passed when there is no reason against it."""

    reasons: tuple[Reason, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing stands against a release."""
        return not self.reasons

    @property
    def exit_code(self) -> int:
        """0 passed; 1 failed; 3 when only evidence is missing, stale or unreadable."""
        return min((r.exit for r in self.reasons), default=0)


def gate(
    risks: Risks, policy: Policy, rulings: Iterable[Ruling], review: Review, outcomes: dict[str, str], today: date
) -> Gate:
    """Hold the assessment against the policy. outcomes: as shown, with accepted and dismissed."""
    found = [
        *_threats(risks, policy, outcomes),
        *_decisions(policy, rulings),
        *_reviews(policy, review),
        *(r for need in policy.requires for r in _evidence(risks, need)),
    ]
    return Gate(tuple(found))


def _threats(risks: Risks, policy: Policy, outcomes: dict[str, str]) -> Iterator[Reason]:
    owned = risks.parts.system.attempts.owned
    for r in risks.risks:
        outcome, rule = outcomes[r.id], r.found.rule
        if rule.status != "stable" or outcome not in ("open", "assumed"):
            continue
        todo = f"casemate why {r.id}"
        if "hurts-people" in policy.fails_on and (r.danger or 0) > 1:
            yield Reason("hurts-people", f"{r.id} hurts people {r.danger:.1f} times as often as tolerable", todo)
        elif outcome == "open" and r.proven and "open-measured" in policy.fails_on:
            yield Reason("open-measured", f"{r.id} is open, and a measurement shows it", todo)
        elif owned and f"{outcome}-{r.severity}" in policy.fails_on:
            yield Reason(f"{outcome}-{r.severity}", f"{r.id} is {outcome} and {r.severity}", todo)


def _decisions(policy: Policy, rulings: Iterable[Ruling]) -> Iterator[Reason]:
    for r in rulings:
        if r.state == "expired" and "expired-decision" in policy.fails_on:
            what = f"{r.decision.threat} was {r.word} until {r.decision.until}"
            yield Reason("expired-decision", what, f"treat it, or let {r.decision.owner} decide again")
        if r.state == "refused":
            verb = "accept" if r.word == "accepted" else "dismiss"
            what = f"{r.decision.owner} may not {verb} {r.decision.threat}"
            yield Reason("may-accept", what, "ask those whom the policy names")


def _reviews(policy: Policy, review: Review) -> Iterator[Reason]:
    if review.state == "overdue" and "review-overdue" in policy.fails_on:
        yield Reason("review-overdue", f"the review was due on {review.due}", "review, and set `review: {last}`")


def _evidence(risks: Risks, need: Required) -> Iterator[Reason]:
    system = risks.parts.system
    for c in system.components.values():
        if c.kind not in need.of or c.path is None:
            continue
        records = [r for r in risks.parts.records.get(c.id, ()) if r.statement.kind == need.evidence]
        wrong = _wrong(records, need)
        if wrong:
            what = f"the policy requires a {need.evidence} of {c.id}: {wrong}"
            yield Reason("required-evidence", what, f"casemate assess --measure {_shown(system)}", 3)


def _wrong(records: list[Record], need: Required) -> str:
    """What is wrong with the evidence; empty when one record will do."""
    good = [r for r in records if r.usable]
    if not good:
        return STATES[records[0].state] if records else "there is none"
    if need.measured and not any(r.standing == "measured" for r in good):
        return "it is only attested (not signed, and not measured in this run)"
    newest = good[0].statement
    if newest.facts.get("contents") == "inconclusive":
        return "it could not read the file"
    return ""


def _shown(system: System) -> str:
    return system.path
