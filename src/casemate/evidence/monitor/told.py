"""Facts for machines: JSON, whole and sorted; alarms one to a line; metrics as Prometheus reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from casemate.evidence.monitor import coverage
from casemate.evidence.monitor.alarm import Alarm, Reading
from casemate.evidence.monitor.batch import NO_TIME
from casemate.evidence.monitor.facts import WORST, Facts

FORMAT = "monitor/1"
_NANO = 1_000_000_000


def as_json(f: Facts) -> str:
    """All of it."""
    return json.dumps(whole(f), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def whole(f: Facts) -> dict[str, Any]:
    """The same as values."""
    return {
        "format": FORMAT,
        "verdict": str(f.verdict),
        "because": f.because,
        "rows": f.rows,
        "from": moment(f.first),
        "to": moment(f.last),
        "low confidence": asdict(f.watch),
        "alarms": [alarm(a) for a in f.alarms],
        "low confidence, read": [reading(r) for r in f.low],
        "confidence": [{**asdict(m), "begin": moment(m.begin)} for m in f.confidence],
        "hours of a moment": f.step,
        "drift": [reading(r) for r in f.moved],
        "joint drift": [reading(r) for r in f.joint],
        "labels": [reading(r) for r in f.labelled],
        "clients": {
            "seen": f.people.many,
            "traced": [asdict(c) for c in f.people.clients],
            "pools": [asdict(c) for c in f.people.pools],
            "limits": asdict(f.people.limits) if f.people.limits else None,
            "budget": f.people.budget,
        },
        "log": coverage.as_json(f.log) if f.log else None,
        "counted": dict(f.counted),
        "not measured": list(f.unmeasured),
        "invisible": list(f.invisible),
    }


def moment(time: int) -> str | None:
    """`2026-11-02T10:00:00Z`; None for an unknown time."""
    if time == NO_TIME or time < 0:
        return None
    return f"{datetime.fromtimestamp(time // _NANO, UTC):%Y-%m-%dT%H:%M:%S}Z"


def alarm(a: Alarm) -> dict[str, Any]:
    """An alarm as one object."""
    return {**asdict(a), "since": moment(a.since), "at": moment(a.at)}


def reading(r: Reading) -> dict[str, Any]:
    """A reading as one object."""
    return {**asdict(r), "details": dict(r.details)}


def line(a: Alarm) -> str:
    """An alarm on one line, as `--follow` writes it."""
    return json.dumps(alarm(a), sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"


def metrics(f: Facts) -> str:
    """Prometheus text exposition format 0.0.4. One gauge for each thing that may be watched, no time stamps."""
    return "".join(f"{line}\n" for line in _metrics(f))


def _metrics(f: Facts) -> Iterator[str]:
    yield from _one("rows_total", "counter", "Rows that were looked at.", [("", f.rows)])
    alarms = [(_label("detector", name), sum(a.detector == name for a in f.alarms)) for name in WORST]
    yield from _one("alarms", "gauge", "Alarms of each detector.", alarms)
    if f.confidence:
        newest = f.confidence[-1]
        low = "Share of the newest rows whose confidence is low."
        yield from _one("low_confidence_ratio", "gauge", low, [("", newest.low)])
        yield from _one("confidence_median", "gauge", "Median confidence of the newest rows.", [("", newest.median)])
    if f.watch.tolerated is not None:
        yield from _one("low_confidence_tolerated_ratio", "gauge", "What is tolerated.", [("", f.watch.tolerated)])
    moved = [(_label("column", r.subject), r.value) for r in f.moved if r.value is not None]
    yield from _one("drift_effect", "gauge", "KS or total variation against the reference.", moved)
    limits = [(_label("column", r.subject), r.threshold) for r in f.moved if r.threshold is not None]
    yield from _one("drift_alarm_at", "gauge", "Effect at which a window of so many rows is an alarm.", limits)
    yield from _one("clients", "gauge", "Clients that were seen.", [("", f.people.many)])
    odd = [(_label("what", name), n) for name, n in f.counted]
    yield from _one("odd_rows", "gauge", "Rows and columns that were left out or odd.", odd)
    newest_row = "Begin of the newest hour that has rows, in seconds since 1970."
    yield from _one("newest_hour_seconds", "gauge", newest_row, [("", f.last // _NANO)] if f.last != NO_TIME else [])


def _one(name: str, kind: str, means: str, values: Iterable[tuple[str, float]]) -> Iterator[str]:
    given = list(values)
    if given:
        yield f"# HELP casemate_monitor_{name} {means}"
        yield f"# TYPE casemate_monitor_{name} {kind}"
        for labels, value in given:
            shown = str(value) if isinstance(value, int) else f"{value:g}"
            yield f"casemate_monitor_{name}{'{' + labels + '}' if labels else ''} {shown}"


def _label(name: str, value: str) -> str:
    """A label whose value cannot end it."""
    safe = "".join(c if c.isprintable() else "?" for c in value[:200])
    return f'{name}="{safe.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'
