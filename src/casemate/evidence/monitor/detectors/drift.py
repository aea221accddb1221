"""Drift: has a feature, the prediction, the confidence or the latency moved away from the reference.

Windows of `hours` are compared with the whole reference by KS (numbers) or total variation (words). An alarm needs an
effect: what is left of the distance after the floor of noise must reach what is tolerated, and one and a half times
what windows of the reference themselves do, if it is long enough to show that. A p-value decides nothing: with a
million rows everything is significant. Guarantee: the floor is exceeded by chance with probability `alpha` at most for
each column and window, for independent rows (`compare.py`); what the owner tolerates must cover the rest.
Not found: what moves less than that, and changes of how columns hang together (see `joint`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading, joined, rounded
from casemate.evidence.monitor.batch import HOUR, NO_TIME, Batch
from casemate.evidence.monitor.compare import Shift, compared, limit, natural
from casemate.evidence.monitor.sketch import Sketch, during, empty, hours_seen, in_windows, merged, observe, rows_seen
from casemate.evidence.monitor.sketch_counts import NO_HOUR
from casemate.evidence.monitor.tell import number

NAME = "drift"


@dataclass(frozen=True, slots=True, eq=False)
class Config:
    """tolerated: share of rows that may move, `for_subject` for some subjects. least: rows that a window needs."""

    reference: Sketch
    tolerated: float = 0.01
    for_subject: tuple[tuple[str, float], ...] = ()
    hours: int = 24
    least: int = 500
    alpha: float = 1e-6

    def __post_init__(self) -> None:
        if not 0 < self.tolerated < 1 or self.hours < 1 or self.least < 1 or not 0 < self.alpha < 1:
            raise CasemateError("monitor", "the settings of drift are out of range", "give a share, and whole hours")

    def allowed(self, subject: str) -> float:
        """What is tolerated for a subject."""
        return dict(self.for_subject).get(subject, self.tolerated)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The sketch of what came so far, by windows: memory grows with days, not with rows."""

    config: Config
    current: Sketch


def begin(config: Config) -> State:
    """Before the first row."""
    return State(config, empty(config.reference.spec))


def step(state: State, batch: Batch) -> State:
    """After these rows; their order does not matter."""
    config = state.config
    return replace(state, current=merged(state.current, observe(config.reference.spec, batch, config.hours)))


def with_sketch(state: State, sketch: Sketch) -> State:
    """After the rows that a sketch has counted already."""
    return replace(state, current=merged(state.current, in_windows(sketch, state.config.hours)))


def forgotten(state: State, before: int) -> State:
    """Without the windows that begin before this hour, to keep memory flat. Rows without time stay."""
    kept = during(state.current, before, 1 << 40)
    unknown = replace(during(state.current, NO_HOUR, NO_HOUR), heavy=(), unexpected=())
    return replace(state, current=merged(kept, unknown))


def windows(state: State) -> Iterator[tuple[int, int, Sketch]]:
    """Begin and end (ns) of each window with rows enough, and its sketch; rows without time are one window."""
    size = state.config.hours
    for window in np.unique(hours_seen(state.current) // size).tolist():
        part = during(state.current, max(window * size, 0), window * size + size - 1)
        times = (window * size * HOUR, (window + 1) * size * HOUR)
        if window < 0:
            part, times = during(state.current, NO_HOUR, NO_HOUR), (NO_TIME, NO_TIME)
        if rows_seen(part) >= state.config.least:
            yield *times, part


def alarms(state: State) -> tuple[Alarm, ...]:
    """One for each subject and each run of windows in a row in which it is too far."""
    config = state.config
    found: dict[str, list[Alarm]] = {}
    for since, at, part in windows(state):
        all_of_it = rows_seen(part) == rows_seen(state.current)
        for shift in _whole(state) if all_of_it else _shifts(state, part):
            for alarm in judged(NAME, shift, config.allowed(shift.subject), since, at):
                joined(found.setdefault(alarm.subject, []), alarm)
    return tuple(alarm for subject in sorted(found) for alarm in found[subject])


@functools.lru_cache(maxsize=1)  # alarms and readings ask of one state, which is known by identity
def _whole(state: State) -> tuple[Shift, ...]:
    """Each subject over all that came."""
    return _shifts(state, state.current)


def _shifts(state: State, part: Sketch) -> tuple[Shift, ...]:
    c = state.config
    usual = _natural(c)
    return tuple(compared(c.reference, part, name, c.alpha, usual[name]) for name, _ in c.reference.spec.columns)


@functools.lru_cache(maxsize=1)
def _natural(config: Config) -> dict[str, float | None]:
    return {name: natural(config.reference, name, config.hours) for name, _ in config.reference.spec.columns}


def judged(detector: str, shift: Shift, tolerated: float, since: int, at: int) -> Iterator[Alarm]:
    """The alarms that a shift gives: of its values, and of its rows without one."""
    needed = limit(shift, tolerated)
    if shift.value is not None and shift.value - shift.floor >= needed:
        sure, value = rounded(shift.value - shift.floor, 3), rounded(shift.value, 3)
        message = (
            f"{shift.subject} moved: {shift.measure} {value:g}, at least {sure:g} beyond chance, {needed:.3g} allowed"
            f"{_means(shift)}{_new(shift)}"
        )
        yield Alarm(detector, shift.subject, since, at, shift.value, rounded(needed + shift.floor), message)
    for kind, before, now, floor in shift.special:
        if abs(now - before) - floor >= tolerated:
            message = f"{shift.subject} is {kind} in {now * 100:.3g} % of the rows, {before * 100:.3g} % before"
            yield Alarm(detector, f"{shift.subject}: {kind}", since, at, now, rounded(before + tolerated), message)


def _means(shift: Shift) -> str:
    known = dict(shift.details)
    return f"; mean {number(known['mean before'])} -> {number(known['mean'])}" if "mean" in known else ""


def _new(shift: Shift) -> str:
    return f"; new: {', '.join(repr(word) for word, _ in shift.words)}" if shift.words else ""


def readings(state: State) -> tuple[Reading, ...]:
    """Each subject over all that came."""
    config = state.config
    return tuple(told(NAME, shift, config.allowed(shift.subject)) for shift in _whole(state))


def told(detector: str, shift: Shift, tolerated: float) -> Reading:
    """A shift as a reading."""
    needed = rounded(limit(shift, tolerated) + shift.floor)
    if shift.value is None:
        message = f"not measured: {shift.subject} has no values to compare"
        return Reading(detector, shift.subject, None, needed, 0, shift.missing, message)
    message = f"{shift.measure} {shift.value:.3g}, of which chance can do {shift.floor:.3g}; {tolerated:g} is tolerated"
    details = (("floor", shift.floor), *(((("natural", shift.natural),)) if shift.natural else ()), *shift.details)
    return Reading(detector, shift.subject, shift.value, needed, shift.rows, shift.missing, message, details)
