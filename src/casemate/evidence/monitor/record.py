"""A run as evidence: facts that threats see, how well the log covers, and what stays blind. No row, no client's name.

Drift is an alarm at an effect of `STRONG` or more beyond chance in some window, or in several columns at once; less of
it stands among the settings. No alarm says only that nothing of what can be seen was seen; what cannot stands among the
findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from casemate import __version__
from casemate.evidence.monitor import drill, show
from casemate.evidence.monitor.alarm import Alarm
from casemate.evidence.monitor.behaviour import MOST
from casemate.evidence.monitor.coverage import Coverage, tell
from casemate.evidence.monitor.detectors import drift, errors, joint, low_confidence, probing
from casemate.evidence.monitor.drill import Drilled
from casemate.evidence.monitor.facts import Facts
from casemate.evidence.monitor.told import moment
from casemate.evidence.statement import ControlResult, Statement

MAX_AGE = 30  # days: what ran last month says little about next month
STRONG = 0.2  # KS or total variation beyond chance: a fifth of the rows moved; judgement
SEVERAL = 3  # columns that moved
WHOLE = 0.99  # share of rows that must have a thing before the log counts as having it
SECOND = 1_000_000_000  # ns
OTHER = "another artefact answered than the one that this record is of: it was retrained or replaced"


def of_model(about: str, digest: str, today: date, f: Facts, seed: int = 0, tried: Drilled | None = None) -> Statement:
    """What the log says of a model. digest: of the component as it is now. tried: what the drill found."""
    return Statement(
        kind="monitor",
        about=about,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        facts=dict(_facts(f, digest)),
        controls=() if foreign(f, digest) else _controls(tried),
        coverage=_coverage(f),
        settings=_settings(f) | _drill(tried),
        findings=(*_elsewhere(tried, f, digest), *_asleep(tried), *_findings(f, digest)),
        seed=seed,
    )


def _controls(tried: Drilled | None) -> tuple[ControlResult, ...]:
    if tried is None or tried.verified is None:
        return ()
    return (ControlResult(drill.CONTROL, verified=tried.verified),)


def _drill(tried: Drilled | None) -> dict[str, Any]:
    if tried is None:
        return {}
    return {"drill": {"calm before": tried.calm, "found": list(tried.seen), "not found": list(tried.asleep)}}


def foreign(f: Facts, digest: str) -> bool:
    """Whether the log says of every row that another artefact answered it: no control of this one is shown by it."""
    return f.log is not None and 0 < sum(rows for _, rows in f.log.digests) == others(f.log, digest)


def _elsewhere(tried: Drilled | None, f: Facts, digest: str) -> Iterator[str]:
    if tried is not None and foreign(f, digest):
        yield "drill: shows nothing, for another artefact answered every row of this log"


def _asleep(tried: Drilled | None) -> Iterator[str]:
    """What the drill did not find, or why it shows nothing."""
    if tried is not None and not tried.calm:
        yield "drill: shows nothing, for the log raises alarms by itself or has no rows"
    yield from (f"drill: the {what} was not found in time" for what in (tried.asleep if tried else ()))


def of_log(about: str, digest: str, today: date, f: Facts) -> Statement:
    """What the component that writes the log was seen to log."""
    return Statement(
        kind="monitor",
        about=about,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        facts={"logs": logged(f.log)} if f.log is not None and f.log.rows else {},
        coverage=_coverage(f),
    )


def logged(c: Coverage) -> tuple[str, ...]:
    """What nearly every row has, in the words of `logs`."""
    has = {
        "request": c.with_id,
        "confidence": c.with_confidence,
        "client": c.with_client,
        "decision": c.with_prediction,
        "model-digest": sum(n for _, n in c.digests),
    }
    return tuple(sorted(word for word, rows in has.items() if rows >= WHOLE * c.rows)) or ("none",)


def _facts(f: Facts, digest: str) -> Iterator[tuple[str, tuple[str, ...] | str]]:
    """Alarms, where anything was looked at; which artefact answered, where the log says it."""
    looked = [*f.moved, *f.joint, *f.low, *f.labelled]
    if f.people.many or any(r.value is not None for r in looked):
        yield "alarms", raised(f) or ("none",)
    if f.log is not None and f.log.digests:
        yield "running", "other" if others(f.log, digest) else "same"


def raised(f: Facts) -> tuple[str, ...]:
    """What the alarms are about, in the words of the vocabulary."""
    about = {"low-confidence": low_confidence.NAME, "errors": errors.NAME, "probing": probing.NAME}
    found = {word for word, detector in about.items() if _of(f, detector)}
    return tuple(sorted(found | ({"drift"} if _drift(f) == "strong" else set())))


def _of(f: Facts, detector: str) -> list[Alarm]:
    return [a for a in f.alarms if a.detector == detector]


def _drift(f: Facts) -> str:
    columns = _of(f, drift.NAME)
    if not columns and not _of(f, joint.NAME):
        return "none"
    far = max((a.value for a in columns), default=0.0)
    return "strong" if far >= STRONG or len(f.beyond) >= SEVERAL else "some"


def others(c: Coverage, digest: str) -> int:
    """Rows that another artefact answered than the one with this digest."""
    return sum(rows for word, rows in c.digests if _bare(word) != digest)


def _bare(word: str) -> str:
    return word.lower().removeprefix("sha256:")


def _coverage(f: Facts) -> dict[str, Any]:
    out: dict[str, Any] = {"rows": f.rows, "from": moment(f.first), "to": moment(f.last)}
    if f.log is not None:
        c = f.log
        out |= {"confidence": c.with_confidence, "client": c.with_client, "time": c.with_time, "label": c.with_label,
                "unreadable": c.unreadable, "hours without rows": c.hours_without_rows}  # fmt: skip
        out |= {"sampling": [list(s) for s in c.sampling]} if c.sampling else {}
    return {k: v for k, v in out.items() if v is not None}


def _settings(f: Facts) -> dict[str, Any]:
    """What it was held against, and the effects: everything that somebody needs to judge it."""
    w = f.watch
    return {
        "verdict": str(f.verdict),
        "low confidence": {"below": w.below, "tolerated": w.tolerated, "declared": w.declared, "usual": w.usual},
        "budget of extraction": f.people.budget,
        "drifted": _drift(f),
        "alarms": {name: len(_of(f, name)) for name in sorted({a.detector for a in f.alarms})},
        "drift": {r.subject: {"effect": r.value, "alarm at": r.threshold} for r in f.moved if r.value is not None},
        "confidence over time": _course(f),
        "clients": f.people.many,
        "counted": dict(f.counted),
        "not measured": list(f.unmeasured),
        "invisible": list(f.invisible),
    }


def _course(f: Facts) -> dict[str, Any]:
    """Stretches with rows enough: when each begins (s since 1970), share of low confidence, lowest 5 %, median."""
    enough = [m for m in f.confidence if m.rows >= show.FEW]
    if not enough:
        return {}
    return {
        "hours": f.step,
        "begins": [m.begin // SECOND for m in enough],
        **{name: [round(getattr(m, name), 4) for m in enough] for name in ("low", "least", "median")},
    }


def _findings(f: Facts, digest: str) -> Iterator[str]:
    """Alarms, worst first, clients by number and not by name; then what the log lacks."""
    for alarms in show.grouped(f):
        if alarms[0].detector != probing.NAME:
            yield f"{alarms[0].detector}: {show.sentence(alarms)}"
    people = _of(f, probing.NAME)
    for kind in sorted({a.subject.split(":")[0] for a in people}):
        if f"{kind}: {MOST}" in {a.subject for a in people}:
            yield f"probing: {kind}: half of the clients or more show too much"
            continue
        many = len({a.subject for a in people if a.subject.startswith(f"{kind}:")})
        yield f"probing: {kind}: {many} {'client or pool shows' if many == 1 else 'clients or pools show'} too much"
    if f.log is not None:
        if rows := others(f.log, digest) if f.log.digests else 0:
            yield f"{OTHER} ({rows:,} of {f.log.rows:,} rows)"
        yield from (line.strip() for line in tell(f.log)[1:])
    yield from (f"not measured: {line}" for line in f.unmeasured)
    yield from (f"invisible: {line}" for line in f.invisible)
