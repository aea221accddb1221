"""What the tests said of a threat. "Not tested" is a state of its own and never looks like "held"."""

from __future__ import annotations

from dataclasses import dataclass

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
        said = joined(f"{name} of {element}" for element, name in r.found.reason.doubted)
        return Status("Declared", "none", f"ruled out by {said or 'what the file says'} alone; nobody measured it")
    tested = [u for u in r.views["current"].belief.used if u.successes + u.failures > 0]
    if tested:
        return _tested(tested)
    shown = [f for f in r.found.reason.facts if f.record or f.decisive]
    if outcome == "open" and shown:
        said = joined(f"{f.field} of {f.element} is {f.value}" for f in shown)
        told = "measured" if all(f.record for f in shown) else ATTESTED
        return Status("Failed" if r.proven else "Confirmed", "fail" if r.proven else "warn", f"{told}: {said}")
    exported = _exported(r)
    if outcome == "open" and exported:  # measured, they would be among the facts
        return Status("Confirmed", "warn", f"{ATTESTED}: the exported rights of {joined(exported)}")
    if outcome == "countered":
        effects = [e for e in r.views["current"].effects if e.evidence]
        return Status("Countered", "pass", joined(f"{e.control} ({e.level})" for e in effects) or "proven")
    if outcome == "assumed":
        missing = joined((f"{name} of {element}" for element, name in r.found.reason.missing), 2)
        return Status("Unknown", "none", f"nobody said: {missing}" if missing else "not all facts are known")
    missing = joined((f"{name} of {element}" for element, name in r.found.reason.missing), 2)
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


def _exported(r: Risk) -> tuple[str, ...]:
    """Those who have a right that only an export of rights shows."""
    found = (y for members in r.found.reason.witnesses.values() for y in members if y.facts.get("undeclared"))
    return tuple(dict.fromkeys(str(y.id) for y in found))


def _tested(used: list[Used]) -> Status:
    broken, held = sum(u.trial.broken for u in used), sum(u.trial.held for u in used)
    units = plural(used[0].trial.unit)
    if broken:
        return Status("Weak", "warn" if broken < held else "fail", f"{broken} of {broken + held} {units} broke it")
    return Status("Held", "pass", f"held to {held} {units}, never proven secure")
