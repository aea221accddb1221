"""What the tests said of a threat. "Not tested" is a state of its own and never looks like "held"."""

from __future__ import annotations

from dataclasses import dataclass

from casemate.identify.attested import attested, exported, facts
from casemate.prioritize.belief import Used
from casemate.prioritize.risk import Risk
from casemate.report.view.words import joined, plural
from casemate.validate.assessment import Assessment

ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Status:
    """A word, its tone (fail, warn, pass, none) and what it rests on."""

    word: str
    tone: str
    said: str


def status(a: Assessment, r: Risk) -> Status:
    """The state of a threat's evidence, worst news first."""
    outcome = a.outcomes[r.id]
    if outcome in ("accepted", "dismissed"):
        d = next(x.decision for x in a.rulings if x.decision.threat == r.id)
        return Status(outcome.capitalize(), "none", f"by {d.owner} until {d.until}: {d.reason}")
    if outcome == "declared":
        return Status("Declared", "none", _ruled_out(a, r))
    tested = [u for u in r.views["current"].belief.used if u.successes + u.failures > 0]
    if tested:
        return _tested(tested)
    shown = _shown(a, r)
    if outcome == "open" and shown:
        return Status("Failed" if r.proven else "Confirmed", "fail" if r.proven else "warn", shown)
    rights = exported(r.found.reason)
    if outcome == "open" and rights:  # measured, they would be among the facts
        return Status("Confirmed", "warn", f"{ATTESTED}: the exported rights of {joined(rights)}")
    if outcome == "countered":
        effects = [e for e in r.views["current"].effects if e.evidence]
        return Status("Countered", "pass", joined(f"{e.control} ({e.level})" for e in effects) or "proven")
    if outcome == "assumed":
        missing = joined(r.found.reason.wanting, 2)
        return Status("Unknown", "none", f"nobody said: {missing}" if missing else "not all facts are known")
    missing = joined(r.found.reason.wanting, 2)
    if missing:
        return Status("Not tested", "none", f"nobody said: {missing}")
    return Status("Not tested", "none", "rests on what the file declares")


def unsigned(a: Assessment, r: Risk) -> bool:
    """Whether all that shows the threat is records that nobody signed and this run did not measure."""
    if any(f.record for f in r.found.reason.facts if f.decisive):
        return False
    broken = {u.record for u in r.views["current"].belief.used if u.successes > 0 and u.trial.broken}
    records = a.risks.parts.records.get(r.found.element, ())
    return not any(x.standing == "measured" for x in records if x.statement.id in broken)


def _shown(a: Assessment, r: Risk) -> str:
    """The facts of it that records show, measured ones first; empty where none does."""
    signed_by_none = {f for f, _ in facts(a.risks.parts, r.found.reason)}
    found = r.found.reason.facts
    measured = [f for f in found if f.record]
    others = [f for f in found if not f.record and (f.decisive or f in signed_by_none)]
    told = ((word, of) for word, of in (("measured", measured), (ATTESTED, others)) if of)
    return "; ".join(f"{word}: {joined(f'{f.field} of {f.element} is {f.value}' for f in of)}" for word, of in told)


def _ruled_out(a: Assessment, r: Risk) -> str:
    """By which words alone: those of the file, or of a record that nobody signed."""
    doubted = r.found.reason.doubted
    said = joined(f"{name} of {element}" for element, name in doubted) or "what the file says"
    unsigned_ = sum(attested(a.risks.parts, element, name) is not None for element, name in doubted)
    why = "nobody measured it"
    if unsigned_:
        why = "nobody signed the record of it" if unsigned_ == len(doubted) else f"{why}, or signed the record of it"
    return f"ruled out by {said} alone; {why}"


def _tested(used: list[Used]) -> Status:
    broken, held = sum(u.trial.broken for u in used), sum(u.trial.held for u in used)
    units = plural(used[0].trial.unit)
    if broken:
        return Status("Weak", "warn" if broken < held else "fail", f"{broken} of {broken + held} {units} broke it")
    return Status("Held", "pass", f"held to {held} {units}, never proven secure")
