"""What detectors say: a reading for everything they looked at, an alarm where it is more than was tolerated.

A reading without a value says "not measured"; it is never the same as "nothing found".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from casemate.evidence.monitor.batch import NO_TIME


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """Something is beyond what was tolerated.

    since: when it seems to have begun; at: when the detector was sure; both int64 ns since 1970 UTC, `NO_TIME` if the
    log has no time. value and threshold are in the unit that the message names.
    """

    detector: str
    subject: str
    since: int
    at: int
    value: float
    threshold: float
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured about a subject, or why nothing was (`value` None).

    rows: how many rows it rests on; missing: how many lacked what it needs. details: further numbers by name.
    """

    detector: str
    subject: str
    value: float | None
    threshold: float | None
    rows: int
    missing: int
    message: str
    details: tuple[tuple[str, float], ...] = ()


def rounded(value: float, digits: int = 6) -> float:
    """To significant digits: linear algebra differs in the last ones between machines."""
    return float(f"{value:.{digits}g}")


def known(time: int) -> bool:
    """Whether this is a time."""
    return time != NO_TIME


def joined(run: list[Alarm], alarm: Alarm) -> None:
    """Add the alarm of a window to those before it: two in a row are one, and the farther one speaks for it."""
    if run and run[-1].at == alarm.since != NO_TIME:
        far = max(run[-1], alarm, key=lambda a: abs(a.value) - a.threshold)
        run[-1] = replace(far, since=run[-1].since, at=alarm.at)
    else:
        run.append(alarm)
