"""The evidence strip of a report: six fields, each with what is known and how good that is."""

from __future__ import annotations

from dataclasses import dataclass

from casemate.core.interval import wilson
from casemate.report.view.words import day
from casemate.validate.assessment import Assessment


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the strip."""

    label: str
    value: str
    tone: str


def cells(a: Assessment) -> tuple[Cell, ...]:
    """All of it."""
    return (_scanned(a), _proven(a), _measured(a), _asked(a), _decided(a), _reviewed(a))


def _scanned(a: Assessment) -> Cell:
    files = [c for c in a.system.components.values() if c.kind in ("model", "llm") and (c.path or "format" in c.props)]
    things = a.risks.parts.things
    found = [things[c.id].facts.get("contents") for c in files]
    proven = all("contents" in things[c.id].measured for c in files)
    clean = found.count("clean")
    bad = any(f in ("unsafe", "suspicious") for f in found)
    tone = "fail" if bad else "none" if clean < len(files) or not proven else "pass"
    return Cell("Model files clean", f"{clean} / {len(files)}" if files else "no files", tone if files else "none")


def _proven(a: Assessment) -> Cell:
    held = a.risks.parts.ladder
    claims = [(c.id, k) for c in a.system.components.values() for k in c.controls]
    tested = {k: worth(a, k) for k in sorted({k for _, k in claims})}
    good = sum(1 for cid, k in claims if tested[k] or (tested[k] is None and k in held.verified(cid)))
    tone = "none" if not claims else "pass" if good == len(claims) else "warn"
    return Cell("Controls proven", f"{good} / {len(claims)}" if claims else "none claimed", tone)


def worth(a: Assessment, control: str) -> bool | None:
    """Whether somebody who knows the control gets clearly less than without it; None where nobody like that tried."""
    found: list[bool] = []
    for r in a.risks.risks:
        tried = a.risks.parts.ladder.adaptive(control, r.found.element, r.found.rule.id)
        per = r.found.rule.per(tried[1].unit) if tried else None
        if tried and per:
            still = wilson(tried[1].broken, tried[1].broken + tried[1].held)[1]
            found.append(1 - (1 - still) ** per < r.views["inherent"].belief.mean)
    return any(found) if found else None


def _measured(a: Assessment) -> Cell:
    b = a.basis
    total = sum(b.values())
    tone = "none" if not total else "pass" if b["measured"] == total else "warn"
    return Cell("Threats measured", f"{b['measured']} / {total}", tone)


def _asked(a: Assessment) -> Cell:
    n = a.asking
    return Cell("Open questions", str(n), "warn" if n else "pass")


def _decided(a: Assessment) -> Cell:
    bad = [r for r in a.rulings if r.state in ("expired", "refused")]
    good = [r for r in a.rulings if r.state == "active"]
    if bad:
        return Cell("Decisions", f"{len(bad)} no longer hold", "fail")
    if not good:
        return Cell("Decisions", "none", "none")
    return Cell("Decisions", f"{len(good)} until {day(min(r.decision.until for r in good))}", "pass")


def _reviewed(a: Assessment) -> Cell:
    v = a.review
    if v.days is None:
        return Cell("Review", "never held", "warn")
    if v.because:
        return Cell("Review due", "now, by the log", "fail")
    return Cell(
        "Review due", f"in {v.days} days" if v.days >= 0 else f"{-v.days} days ago", "pass" if v.days >= 0 else "fail"
    )
