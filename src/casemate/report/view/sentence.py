"""What a report says first: the verdict, why, how likely a bad year is, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Collection

from casemate.core.times import times
from casemate.prioritize.risk import Risk
from casemate.report.view.rows import said
from casemate.report.view.status import unsigned
from casemate.report.view.words import count, day, joined, share, spelled
from casemate.validate.assessment import Assessment


def meta(a: Assessment) -> str:
    """The file, the day, and how large the system is."""
    s = a.system
    sizes = f"{count(len(s.components), 'component')}, {count(len(s.flows), 'flow')}, {count(len(a.threats), 'threat')}"
    return f"System file {s.digest[:7]} · assessed {day(a.today)} · {sizes}"


def verdict(a: Assessment) -> tuple[str, str]:
    """The verdict and its tone."""
    if a.gate.exit_code == 1:
        return "Do not release.", "fail"
    if a.gate.exit_code == 3:
        return "Not proven.", "warn"
    # A passed gate over nothing but words is no reason to feel safe.
    return ("May be released.", "pass") if a.basis["measured"] else ("Unproven.", "warn")


def sentence(a: Assessment) -> str:
    """Why, in one sentence, and what it costs."""
    open_, assumed = a.of("open"), a.of("assumed")
    stops = [x for x in a.gate.reasons if x.exit == 1]
    if a.gate.exit_code == 3:
        head = f"{spelled(len(a.gate.reasons), 'piece')} of evidence that the policy requires {_are(a)} not there"
    elif stops and any(r.proven for r in open_):
        head = f"{spelled(len(open_), 'threat is', 'threats are')} open, {_shown(a, open_)}"
    elif open_:
        head = f"{spelled(len(open_), 'threat is', 'threats are')} open"
        worst = sum(1 for r in open_ if r.severity == "critical")
        head += f", {_of(worst, len(open_))} critical" if worst else ""
    elif assumed:
        head = f"{spelled(len(assumed), 'threat')} cannot be ruled out, because facts are missing"
    else:
        head = "No threat is open"
    if a.gate.passed and not a.basis["measured"]:
        head = f"The policy has nothing against it, but {_unproven(a)}: {head[0].lower()}{head[1:]}"
    head += _people(a)
    now, then = a.risks.years["current"].mean, a.treatment.years.mean
    if a.treatment.actions and now > 0 and then < 0.95 * now:
        cut = f"the plan cuts the expected yearly loss from {said(a, now)} to {said(a, then)}"
        return f"{head}; {cut}{provided(a)}."
    return f"{head}; the expected yearly loss is {said(a, now)}."


def _unproven(a: Assessment) -> str:
    """Why a passed gate proves nothing: nothing was measured, or what was settles nothing that is left."""
    found = {r.standing for records in a.risks.parts.records.values() for r in records if r.usable}
    if "measured" not in found:
        return "nothing here was signed, or measured in this run" if found else "nothing here was measured"
    apart = len(a.of("declared"))
    if a.threats or not apart:
        return "no threat rests on what was measured"
    return f"what rules {count(apart, 'threat')} out is declared, and not measured"


def provided(a: Assessment) -> str:
    """What the plan takes for granted: its measurements count as if they came out well."""
    tests = sum(1 for x in a.treatment.actions if x.do == "measure")
    which = "its measurement confirms" if tests == 1 else "every measurement in it confirms"
    return f", if {which} what is said today" if tests else ""


def _of(some: int, all_: int) -> str:
    """`3 of them`; of one it is simply that."""
    return "and" if all_ == 1 else f"{some} of them"


def _shown(a: Assessment, open_: Collection[Risk]) -> str:
    """`3 of them shown by measurement`; a record that nobody signed is no measurement."""
    proven = [r for r in open_ if r.proven]
    attested = sum(1 for r in proven if unsigned(a, r))
    ways = ((len(proven) - attested, "measurement"), (attested, "records that nobody signed"))
    (most, how), *rest = [(n, way) for n, way in ways if n]
    return " and ".join([f"{_of(most, len(open_))} shown by {how}", *(f"{n} by {way}" for n, way in rest)])


def _people(a: Assessment) -> str:
    """What no sum of money says: that people get hurt more often than is tolerable, now and after the plan."""
    hurt = [r for r in a.of("open", "assumed") if (r.danger or 0) > 1]
    if not hurt:
        return ""
    now, then = max(r.danger or 0 for r in hurt), max(a.treatment.danger[r.id] for r in hurt)
    after = f", and {times(then)} times after the plan" if times(then) != times(now) else ""
    return f"; people may be hurt {times(now)} times as often as tolerable{after}"


def _are(a: Assessment) -> str:
    return "is" if len(a.gate.reasons) == 1 else "are"


def chance(a: Assessment) -> str:
    """How likely a year is that costs more than the appetite, and whose appetite that is."""
    r = a.risks
    above = share(r.years["current"].above(r.appetite))
    return f"Chance of losing more than {said(a, r.appetite)} in a year is {above} (appetite {appetite(a)})."


def appetite(a: Assessment) -> str:
    """What is tolerated, and which part of it is none of the file's. No file names a chance without a sum."""
    loss, often = said(a, a.risks.appetite), share(a.risks.appetite_chance)
    if a.system.appetite is None:
        return f"{loss} in {often} of years, by default: the file names none"
    return often if a.system.appetite_chance is not None else f"{often}, by default: the file names none"


def tolerated(a: Assessment) -> str:
    """How often, beside the sum: `5 %`, `5 %, both by default`."""
    often = share(a.risks.appetite_chance)
    if a.system.appetite is None:
        return f"{often}, both by default"
    return often if a.system.appetite_chance is not None else f"{often}, by default"


def money(a: Assessment) -> str:
    """Whose the attempts are; where nobody's, what the order survives."""
    if a.owned:
        attempts = a.system.attempts
        return f"Attempts are owned by {attempts.by} since {attempts.on}."
    names = [w for w, ok in zip(("ten times smaller", "ten times larger"), a.survives, strict=True) if not ok]
    holds = f"does not survive priors {joined(names)}" if names else "survives priors ten times smaller and larger"
    return f"Money is illustrative until somebody owns the attempts; the order of the worst three {holds}."


def basis(a: Assessment) -> str:
    """What the threats rest on."""
    b = a.basis
    total = sum(b.values())
    apart = len(a.of("declared"))
    said_of = f"{b['measured']} of {count(total, 'threat')} rest on measured evidence"
    said_of += f", {b['attested']} on records that nobody signed" if b["attested"] else ""
    said_of += f", {b['declared']} on declared facts"
    tail = f"; {count(apart, 'more is', 'more are')} ruled out by declaration alone" if apart else ""
    return f"{said_of}, {b['nothing']} on nothing{tail}.{_held(a)}"


def _held(a: Assessment) -> str:
    """What the gate passes over: whoever reads that it passed reads this too."""
    h = a.baseline
    if h is None or not h.covered:
        return ""
    b = h.baseline
    found = count(len(h.covered), "finding")
    return f" The gate passes over {found} of {day(b.on)}, which {b.by} answers for until {day(b.until)}."
