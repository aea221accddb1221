"""The gate. It rests on the policy, on evidence and on outcomes, never on guessed money (law 10).

A reason that weighs 1 stops the release; one that weighs 3 says that required evidence is missing, stale or unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from casemate.core.times import times
from casemate.define.system import Component, System
from casemate.evidence.bind import Record
from casemate.evidence.statement import Statement
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.risk import Risk, Risks, scenarios_of
from casemate.prioritize.scenario import shape
from casemate.prioritize.simulate import best
from casemate.validate.decisions import Ruling
from casemate.validate.policy import Policy, Required
from casemate.validate.review import Review

STATES = {
    "void": "it, or a file that its evidence rests on, is another now",
    "expired": "its evidence is too old",
    "early": "its evidence is dated in the future",
    "inherited": "its evidence is of another build of the same recipe",
}
TO_REVIEW = "casemate review walk, then casemate review sign, which sets `review: {last}`"
SIGN_OFF = "sign-off"
"""The rule of reasons about missing sign-offs; `signoff.hold` takes away those of roles that have signed."""
OF_FILES = frozenset({"scan", "verify"})
"""Evidence of a file's bytes; what others run for us, and what is no file, has none that we could look at."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate does not pass: which rule of the policy, what, what to do, and the exit code it leads to."""

    rule: str
    what: str
    todo: str
    exit: int = 1
    threats: tuple[str, ...] = ()
    """Ids of the threats that it names or counts, worst first."""
    element: str = ""
    """The component that it is about, where it names no threat."""


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


def gate(risks: Risks, policy: Policy, rulings: Iterable[Ruling], review: Review, outcomes: dict[str, str]) -> Gate:
    """Hold the assessment against the policy. outcomes: as shown, with accepted and dismissed."""
    found = [
        *_threats(risks, policy, outcomes),
        *_together(risks, policy, outcomes),
        *_decisions(policy, rulings),
        *_reviews(policy, review),
        *(r for need in policy.requires for r in _evidence(risks, need)),
        *_sign_offs(policy),
    ]
    return Gate(tuple(found))


def _threats(risks: Risks, policy: Policy, outcomes: dict[str, str]) -> Iterator[Reason]:
    owned = risks.parts.system.attempts.owned
    for r in risks.risks:
        if r.found.rule.status == "stable" and (found := _threat(r, outcomes[r.id], policy, owned)):
            yield found


def _threat(r: Risk, outcome: str, policy: Policy, owned: bool) -> Reason | None:
    """What stands against a release in one threat. owned: whether severity rests on somebody's attempts."""
    todo, often = f"casemate why {r.id}", f"{times(r.danger or 0)} times as often as tolerable"
    hurts = (r.danger or 0) > 1
    if hurts and outcome == "declared" and "unproven-safety" in policy.fails_on:
        what = f"{r.id} would hurt people {often}, and nothing but what the file says rules it out"
        return Reason("unproven-safety", what, f"measure it: {todo}", 3, (r.id,))
    if outcome not in ("open", "assumed"):
        return None
    if hurts and "hurts-people" in policy.fails_on:
        return Reason("hurts-people", f"{r.id} hurts people {often}", todo, 1, (r.id,))
    if outcome == "open" and (r.proven or r.confirmed) and "open-measured" in policy.fails_on:
        return Reason("open-measured", f"{r.id} is open, and evidence shows it", todo, 1, (r.id,))
    if owned and f"{outcome}-{r.severity}" in policy.fails_on:
        return Reason(f"{outcome}-{r.severity}", f"{r.id} is {outcome} and {r.severity}", todo, 1, (r.id,))
    return None


def _together(risks: Risks, policy: Policy, outcomes: dict[str, str]) -> Iterator[Reason]:
    """People who are hurt by one threat or another: what is tolerable is a frequency of the harm, not of a threat."""
    if "hurts-people" not in policy.fails_on:
        return
    for (tolerable, hurts), found in sorted(_hurting(risks, outcomes).items()):
        together = scenarios_of(found, {r.id: r.views["current"] for r in found})
        often = sum(
            best(risks.seed, shape(s.ways))[0].mean() * lognormal_mean(risks.rates[s.attacker]) for s in together
        )
        if often > tolerable and not any((r.danger or 0) > 1 for r in found):
            more = f"{times(often / tolerable)} times as often as tolerable"
            what = f"{len(found)} threats together hurt {', '.join(hurts)} {more}"
            yield Reason("hurts-people", what, f"casemate why {found[0].id}", 1, tuple(r.id for r in found))


def _hurting(risks: Risks, outcomes: dict[str, str]) -> dict[tuple[float, tuple[str, ...]], list[Risk]]:
    out: dict[tuple[float, tuple[str, ...]], list[Risk]] = {}
    for r in risks.risks:
        if r.loss.tolerable is not None and r.found.rule.status == "stable" and outcomes[r.id] in ("open", "assumed"):
            out.setdefault((r.loss.tolerable, r.loss.hurts), []).append(r)
    return out


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
    if "review-overdue" not in policy.fails_on:
        return
    if review.state == "never":
        yield Reason("review-overdue", "nobody has reviewed it yet", TO_REVIEW)
    if review.state == "overdue":
        why = f": {review.because}" if review.because else ""
        yield Reason("review-overdue", f"the review was due on {review.due}{why}", TO_REVIEW)


def _sign_offs(policy: Policy) -> Iterator[Reason]:
    """Without the record of sign-offs, which `signoff.hold` reads, none is there (law 3)."""
    for role in policy.sign_off:
        what = f"the policy requires a sign-off by {role}: nobody signed for {role}"
        yield Reason(SIGN_OFF, what, f"casemate review sign --role {role}")


def _evidence(risks: Risks, need: Required) -> Iterator[Reason]:
    for c in risks.parts.system.components.values():
        if c.kind not in need.of or (need.evidence in OF_FILES and not _file(risks, c)):
            continue
        records = [r for r in risks.parts.records.get(c.id, ()) if r.statement.kind == need.evidence]
        lost = need.evidence in OF_FILES and c.path is None and not records
        wrong = "nobody gave its path" if lost else _wrong(records, need)
        if wrong:
            what = f"the policy requires a {need.evidence} of {c.id}: {wrong}"
            yield Reason("required-evidence", what, _todo(risks.parts.system, need, c, lost), 3, (), c.id)


def _file(risks: Risks, c: Component) -> bool:
    """Whether it is a file of ours: it has a path, or a format and runs with nobody else."""
    return c.path is not None or ("format" in c.props and not risks.parts.things[c.id].facts.get("foreign"))


def _todo(system: System, need: Required, c: Component, lost: bool) -> str:
    """How to get the evidence: a path, a task of `measure:`, a run."""
    named = any(t.kind == need.evidence and c.id in dict(t.settings).values() for t in system.measure)
    asked = named if need.evidence in OF_FILES else any(t.kind == need.evidence for t in system.measure)
    path = f"give its `path:` ({system.line('components', c.id)}), then " if lost else ""
    task = "" if asked else f"add `measure: [{{{need.evidence}: {c.id}}}]`, then "
    return f"{path}{task}casemate assess --measure {system.path}"


def _wrong(records: list[Record], need: Required) -> str:
    """What is wrong with the evidence; empty when it will do. records: newest first."""
    good = [r for r in records if r.usable]
    if not good:
        return STATES[records[0].state] if records else "there is none"
    measured = [r for r in good if r.standing == "measured"]
    if need.measured and not measured:
        return "it is only attested (not signed, and not measured in this run)"
    # The newest measured record decides, with all that came on its day or later: of several the worst counts.
    last = (measured or good)[0].statement.measured
    return next(
        (said for r in good if r.statement.measured >= last for said in [_inconclusive(r.statement)] if said), ""
    )


def _inconclusive(s: Statement) -> str:
    """Why a record is no result (law 3); empty when it is one."""
    tried = [*s.trials, *(t for c in s.controls for t in (c.naive, c.adaptive) if t is not None)]
    if s.facts.get("contents") == "inconclusive":
        return "it could not read the file"
    if "inconclusive" in s.facts.values():
        return "it came to no conclusion"
    if s.kind == "scan" and "contents" not in s.facts:
        return "it does not say what the file holds"
    if tried and not any(t.broken + t.held for t in tried):
        return "nothing in it could be scored"
    return "" if tried or s.facts or s.controls or s.accuracy else "it holds no result"
