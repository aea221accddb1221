"""All detectors over one log: the same state whether rows come one by one or a month at once.

`begin` from a reference, `step` for each batch, `labels` when they come, `alarms` and `readings` at any time, and
`to_bytes` and `from_bytes` between runs. Repeated rows are left out first (by request id). A detector whose setting was
not declared (a tolerated rate) does not run, and its reading says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casemate.evidence.monitor import keep
from casemate.evidence.monitor.alarm import Alarm, Reading
from casemate.evidence.monitor.batch import NO_TIME, Batch, Labels
from casemate.evidence.monitor.behaviour import Limits
from casemate.evidence.monitor.betting import APART
from casemate.evidence.monitor.detectors import drift, errors, joint, low_confidence, probing
from casemate.evidence.monitor.fresh import Seen, fresh
from casemate.evidence.monitor.reference import Reference, limits
from casemate.evidence.monitor.sketch import Sketch, observe
from casemate.evidence.monitor.sketch_spec import Spec


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owners declare. None for a tolerated rate: that detector does not run.

    tolerated_low: share of predictions of low confidence, as the reference has it; tolerated_errors: share of wrong
    ones, `near` for numbers; budget: queries that the red team's extraction took; moved: share of rows of a column that
    may drift, `moved_for` for some columns.
    """

    tolerated_low: float | None = None
    tolerated_errors: float | None = None
    near: float = 0.0
    budget: int | None = None
    moved: float = 0.01
    moved_for: tuple[tuple[str, float], ...] = ()
    records_between_false_alarms: float = APART
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Monitor:
    """The states of the detectors and what was seen of the log."""

    drift: drift.State
    joint: joint.State
    low: low_confidence.State | None
    errors: errors.State | None
    probing: probing.State | None
    seen: Seen
    rows: int = 0
    without_time: int = 0
    out_of_order: int = 0
    newest: int = NO_TIME


def begin(reference: Reference, settings: Settings) -> Monitor:
    """Before the first row. `CasemateError` if a setting is out of range."""
    s, apart = settings, settings.records_between_false_alarms
    low = None if s.tolerated_low is None else low_confidence.Config(s.tolerated_low, reference.below, apart)
    wrong = None
    if s.tolerated_errors is not None:
        wrong = errors.Config(s.tolerated_errors, s.near, records_between_false_alarms=apart)
    return Monitor(
        drift.begin(drift.Config(reference.sketch, s.moved, s.moved_for, reference.hours)),
        joint.begin(joint.Config(reference.space, reference.sample, hours=reference.hours, seed=s.seed)),
        None if low is None else low_confidence.begin(low),
        None if wrong is None else errors.begin(wrong),
        _probing(reference, s),
        Seen(),
    )


def _probing(reference: Reference, settings: Settings) -> probing.State | None:
    if reference.clients is None:
        return None
    config = replace(
        reference.clients.config,
        budget=settings.budget,
        limits=limits(reference) or Limits(),
        seed=settings.seed,
    )
    return probing.begin(config)


def step(monitor: Monitor, batch: Batch) -> Monitor:
    """After these rows."""
    return counted_step(monitor, batch, Spec(()))[0]


def counted_step(monitor: Monitor, batch: Batch, kept: Spec | None = None) -> tuple[Monitor, Sketch]:
    """After these rows, and their sketch by the hour (repeated rows left out), for who stores it.

    kept: the columns that are wanted by the hour, all if None; the others are counted by windows of drift only.
    """
    seen, batch = fresh(monitor.seen, batch)
    m = _noted(replace(monitor, seen=seen), batch)
    every = m.drift.config.reference.spec
    sketch = observe(kept or every, batch)
    if not batch.time.size:
        return m, sketch
    after = replace(
        m,
        drift=drift.with_sketch(m.drift, sketch) if sketch.spec == every else drift.step(m.drift, batch),
        joint=joint.step(m.joint, batch),
        low=None if m.low is None else low_confidence.step(m.low, batch),
        errors=None if m.errors is None else errors.step(m.errors, batch),
        probing=None if m.probing is None else probing.step(m.probing, batch),
    )
    return after, sketch


def labels(monitor: Monitor, late: Labels) -> Monitor:
    """After labels that came later than their rows."""
    return monitor if monitor.errors is None else replace(monitor, errors=errors.late(monitor.errors, late))


def _noted(monitor: Monitor, batch: Batch) -> Monitor:
    times = batch.time[batch.time != NO_TIME]
    newest = monitor.newest
    out = 0
    if times.size:
        before = np.maximum.accumulate(np.concatenate((np.array([newest]), times)))
        out, newest = int((times < before[:-1]).sum()), int(before[-1])
    return replace(
        monitor,
        rows=monitor.rows + batch.time.size,
        without_time=monitor.without_time + batch.time.size - times.size,
        out_of_order=monitor.out_of_order + out,
        newest=newest,
    )


def alarms(monitor: Monitor) -> tuple[Alarm, ...]:
    """Of all detectors, sorted by detector, subject and time."""
    m = monitor
    found = [*drift.alarms(m.drift), *joint.alarms(m.joint)]
    found += low_confidence.alarms(m.low) if m.low is not None else ()
    found += errors.alarms(m.errors) if m.errors is not None else ()
    found += probing.alarms(m.probing) if m.probing is not None else ()
    return tuple(sorted(found))


def readings(monitor: Monitor) -> tuple[Reading, ...]:
    """Of all detectors; one that does not run says why."""
    m = monitor
    found = [*drift.readings(m.drift), *joint.readings(m.joint)]
    found += low_confidence.readings(m.low) if m.low is not None else [_idle(m, low_confidence.NAME, "confidence")]
    found += errors.readings(m.errors) if m.errors is not None else [_idle(m, errors.NAME, "error rate")]
    found += probing.readings(m.probing) if m.probing is not None else [_blind(m)]
    return tuple(found)


def _idle(monitor: Monitor, detector: str, subject: str) -> Reading:
    return Reading(detector, subject, None, None, 0, monitor.rows, "not measured: no tolerated rate was declared")


def _blind(monitor: Monitor) -> Reading:
    message = "not measured: the reference has too few rows or features to say where it lies"
    return Reading(probing.NAME, "clients", None, None, 0, monitor.rows, message)


def to_bytes(monitor: Monitor) -> bytes:
    """The canonical form: equal states give equal bytes."""
    return keep.to_bytes(monitor)


def from_bytes(data: bytes, where: str) -> Monitor:
    """A state that was kept; `where` is its path. Only `CasemateError` leaves."""
    return keep.from_bytes(data, Monitor, where)
