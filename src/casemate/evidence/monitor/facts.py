"""What a run of the monitor found, worked out once for all who tell it: text, JSON, page, metrics and evidence.

Worst first: low confidence, then who is probing, errors, drift of one column, drift of all together; in each by how far
beyond the threshold. The verdict is `alarm` if any detector raised one, `not measured` if nobody could have seen a
spike of low confidence, else `quiet`. What was not measured is told beside what was, never as "nothing found".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from casemate.evidence.monitor import state
from casemate.evidence.monitor.alarm import Alarm, Reading, rounded
from casemate.evidence.monitor.batch import HOUR, NO_TIME
from casemate.evidence.monitor.behaviour import Behaviour, Limits
from casemate.evidence.monitor.course import Moment, over_time, stray
from casemate.evidence.monitor.coverage import Coverage
from casemate.evidence.monitor.detectors import drift, errors, joint, low_confidence, probing
from casemate.evidence.monitor.sketch import Sketch, hours_seen
from casemate.evidence.monitor.tell import percent

WORST = (low_confidence.NAME, probing.NAME, errors.NAME, drift.NAME, joint.NAME)
UNSURE = "a confidence, so nobody can say that it did not fall"
NAMED = 10  # columns that the reference does not have, told by name
UNKNOWN = "the reference has no such column"
ENOUGH = 0.5  # of the rows must have a confidence; with fewer, no spike is not to be told
INVISIBLE = (
    "extraction with queries drawn from the model's own kind of data: seen only by their number",
    "an attacker who knows the distances that are looked at, and shapes the queries around them",
    "whatever moves less than is tolerated, and rises of low confidence below the tolerated rate",
)


class Verdict(StrEnum):
    """What a run comes to."""

    ALARM = "alarm"
    QUIET = "quiet"
    UNMEASURED = "not measured"


EXIT = {Verdict.QUIET: 0, Verdict.ALARM: 1, Verdict.UNMEASURED: 3}


@dataclass(frozen=True, slots=True)
class Client:
    """What a client or a pool did. outside and normal are of its worst window; None: not measured. why: what of it is
    too much."""

    name: str
    queries: int
    low: float | None
    outside: float | None
    normal: float | None
    members: int
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Those who were traced, busiest first, the pools that show something, and how many clients there were in all."""

    clients: tuple[Client, ...] = ()
    pools: tuple[Client, ...] = ()
    many: int = 0
    limits: Limits | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What the low confidence is held against. declared: by the owners, or else taken from the reference."""

    below: float
    tolerated: float | None
    declared: bool = True
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is told. first, last: ns of the first and last hour that has rows, `NO_TIME` if the log has no time.

    confidence: by `step` hours. moved: readings of drift, farthest first.
    counted: what was left out or odd, by name. log: what the reader says of it, None for sketches alone.
    """

    verdict: Verdict
    because: str
    rows: int
    first: int
    last: int
    watch: Watch
    alarms: tuple[Alarm, ...]
    low: tuple[Reading, ...]
    confidence: tuple[Moment, ...]
    step: int
    moved: tuple[Reading, ...]
    joint: tuple[Reading, ...]
    labelled: tuple[Reading, ...]
    people: People
    unmeasured: tuple[str, ...]
    counted: tuple[tuple[str, int], ...]
    log: Coverage | None = None
    invisible: tuple[str, ...] = INVISIBLE

    @property
    def beyond(self) -> frozenset[str]:
        """Subjects of drift that raised an alarm."""
        return frozenset(a.subject.split(": ")[0] for a in self.alarms if a.detector == drift.NAME)


def facts(
    m: state.Monitor,
    hourly: Sketch,
    watch: Watch,
    log: Coverage | None = None,
    more: tuple[tuple[str, int], ...] = (),
) -> Facts:
    """Work it all out. hourly: the sketch by the hour, of the confidence at least. log: what the reader says of it.

    more: what was counted besides.
    """
    found = worst_first(state.alarms(m))
    readings = state.readings(m)
    by = {name: tuple(r for r in readings if r.detector == name) for name in WORST}
    seen = hours_seen(hourly)
    seen = seen[seen >= 0]
    step, moments = over_time(hourly, watch.below)
    unknown = [f"{name}: {UNKNOWN}" for name, _ in m.drift.current.unexpected[:NAMED]]
    lines = [f"{r.subject}: {_reason(r.message)}" for r in readings if r.value is None]
    unmeasured = tuple(dict.fromkeys([*lines, *unknown]))
    verdict, because = _verdict(m, found, watch, log)
    return Facts(
        verdict=verdict,
        because=because,
        rows=m.rows,
        first=int(seen[0]) * HOUR if seen.size else NO_TIME,
        last=int(seen[-1]) * HOUR if seen.size else NO_TIME,
        watch=watch,
        alarms=found,
        low=by[low_confidence.NAME],
        confidence=moments,
        step=step,
        moved=tuple(sorted(by[drift.NAME], key=lambda r: (-_far(r), r.subject))),
        joint=by[joint.NAME],
        labelled=by[errors.NAME],
        people=_people(m),
        unmeasured=unmeasured,
        counted=(*_counted(m), *_far_off(hourly), *more),
        log=log,
    )


def _far_off(hourly: Sketch) -> tuple[tuple[str, int], ...]:
    many = stray(hourly)
    return (("rows with a time far from all others, not drawn", many),) if many else ()


def _reason(message: str) -> str:
    return message.removeprefix("not measured: ")


def worst_first(alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
    """By what they are about, then by how far beyond the threshold."""
    return tuple(sorted(alarms, key=lambda a: (_rank(a.detector), -_excess(a), a)))


def _rank(detector: str) -> int:
    return WORST.index(detector) if detector in WORST else len(WORST)


def _excess(a: Alarm) -> float:
    """How many times the threshold; below it is worse for normality, which falls."""
    if a.threshold <= 0:
        return math.inf
    return (1 - a.value) / max(1 - a.threshold, 1e-6) if a.subject.startswith("distances") else a.value / a.threshold


def _far(r: Reading) -> float:
    """How far a column moved, in units of what it may."""
    return -1.0 if r.value is None or not r.threshold else r.value / r.threshold


def _verdict(m: state.Monitor, found: tuple[Alarm, ...], watch: Watch, log: Coverage | None) -> tuple[Verdict, str]:
    if found:
        rest = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return Verdict.ALARM, f"{found[0].message}{rest}"
    if not m.rows:
        return Verdict.UNMEASURED, "the log has no rows"
    if m.low is None and log is not None and not log.with_confidence:
        return Verdict.UNMEASURED, f"no row has {UNSURE}"
    if m.low is None:
        return Verdict.UNMEASURED, "no rate of low confidence is tolerated, so no spike of it was looked for"
    seen = m.low.wealth.seen
    if seen < ENOUGH * m.rows:
        share = percent(seen / m.rows)
        said = f"only {share} of the rows have" if seen else "no row has"
        return Verdict.UNMEASURED, f"{said} {UNSURE}"
    low = percent(m.low.wealth.events / seen)
    words = (
        f"confidence below {watch.below:g} in {low} of {seen:,} predictions, {percent(watch.tolerated or 0)} tolerated"
    )
    return Verdict.QUIET, words


def _people(m: state.Monitor) -> People:
    if m.probing is None:
        return People()
    why: dict[str, list[str]] = {}
    for alarm in probing.alarms(m.probing):
        kind, _, name = alarm.subject.partition(": ")
        why.setdefault(name, []).append(kind)
    alone = tuple(_client(b, why) for b in probing.behaviours(m.probing))
    pooled = tuple(_client(b, why) for b in probing.pools(m.probing) if b.name in why)
    tally, config = m.probing.tally, m.probing.config
    return People(alone, pooled, int(tally.key.size) + tally.forgotten, config.limits, config.budget)


def _client(b: Behaviour, why: dict[str, list[str]]) -> Client:
    low, outside = (rounded(hits / rows, 4) if rows else None for hits, rows in (b.low, b.outside))
    normal = None if b.normal is None else rounded(b.normal, 4)
    return Client(b.name, b.queries, low, outside, normal, b.members, tuple(sorted(why.get(b.name, ()))))


def _counted(m: state.Monitor) -> tuple[tuple[str, int], ...]:
    """What was odd about the rows; zeros are left out."""
    current = m.drift.current
    several = {
        "rows seen before, left out": m.seen.repeated,
        "rows without a time": m.without_time,
        "rows out of order": m.out_of_order,
        "columns that the reference does not have": len(current.unexpected),
        "rows without a confidence": m.low.missing if m.low is not None else 0,
        "rows without a client": m.probing.missing if m.probing is not None else 0,
        "clients forgotten, those who asked least": m.probing.tally.forgotten if m.probing is not None else 0,
    }
    if m.errors is not None:
        several |= {
            "labels without their prediction": m.errors.unmatched,
            "labels of another type than their prediction": m.errors.unfit,
            "rows that got no label": m.errors.unlabelled + len(m.errors.waiting),
        }
    return tuple((name, many) for name, many in several.items() if many)
