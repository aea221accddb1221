"""Retraining data: has the training set of a version moved away from the one before it, or from the first.

The sketches are those of drift, over training sets instead of traffic; each version is compared with the one before,
which shows a jump, and with the first, which shows a creep that no single step reveals. Guarantee and source: as for
drift (`compare.py`); the order in which versions are given is theirs. Rows of training sets rarely have a time, so
hours play no part. Not found: rows that were changed without moving any column by more than what is tolerated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading, rounded
from casemate.evidence.monitor.batch import NO_TIME
from casemate.evidence.monitor.compare import Shift, compared
from casemate.evidence.monitor.sketch import Sketch

NAME = "retraining data"
VERSIONS = 1000


@dataclass(frozen=True, slots=True)
class Config:
    """tolerated: share of rows that may move from one version to the next, or from the first to any."""

    tolerated: float = 0.05
    alpha: float = 1e-6


@dataclass(frozen=True, slots=True)
class State:
    """Versions and the sketches of their training sets, oldest first."""

    config: Config
    versions: tuple[tuple[str, Sketch], ...] = ()


def begin(config: Config) -> State:
    """Before the first version."""
    return State(config)


def step(state: State, version: str, training: Sketch) -> State:
    """After one more version. `CasemateError` if it counts differently or there are too many."""
    if state.versions and state.versions[0][1].spec != training.spec:
        what = f"the training set of {version} was counted by another spec"
        raise CasemateError("monitor", what, "make each sketch with the spec of the first")
    if len(state.versions) >= VERSIONS:
        raise CasemateError("monitor", f"there are more than {VERSIONS} versions", "begin again with a later one")
    return replace(state, versions=(*state.versions, (version, training)))


def _shifts(state: State) -> list[tuple[str, str, Shift]]:
    out = []
    for i in range(1, len(state.versions)):
        name, sketch = state.versions[i]
        for other in sorted({0, i - 1}):
            before, base = state.versions[other]
            for subject, _ in sketch.spec.columns:
                out.append((name, before, compared(base, sketch, subject, state.config.alpha, None)))
    return out


def alarms(state: State) -> tuple[Alarm, ...]:
    """One for each version, subject and version that it moved away from."""
    out, config = [], state.config
    for name, before, shift in _shifts(state):
        if shift.value is not None and shift.value - shift.floor >= config.tolerated:
            message = (
                f"{shift.subject} of the training set moved from {before} to {name}: "
                f"{shift.measure} {shift.value:.3g}, "
                f"at least {shift.value - shift.floor:.3g} beyond chance, {config.tolerated:g} allowed"
            )
            needed = rounded(config.tolerated + shift.floor)
            subject = f"{name}: {shift.subject}"
            out.append(Alarm(NAME, subject, NO_TIME, NO_TIME, shift.value, needed, message))
        out += _absent(name, before, shift, config.tolerated)
    return tuple(out)


def _absent(name: str, before: str, shift: Shift, tolerated: float) -> list[Alarm]:
    out = []
    for kind, was, now, floor in shift.special:
        if abs(now - was) - floor >= tolerated:
            message = (
                f"{shift.subject} of the training set is {kind} in {now * 100:.3g} % of the rows of {name}, "
                f"{was * 100:.3g} % in {before}"
            )
            subject = f"{name}: {shift.subject}: {kind}"
            out.append(Alarm(NAME, subject, NO_TIME, NO_TIME, now, rounded(was + tolerated), message))
    return out


def readings(state: State) -> tuple[Reading, ...]:
    """Every comparison; one that says "not measured" as long as there is only one version."""
    if len(state.versions) < 2:
        message = f"not measured: {len(state.versions)} training sets are known, it takes two"
        return (Reading(NAME, "versions", None, state.config.tolerated, 0, 0, message),)
    out = []
    for name, before, shift in _shifts(state):
        message = f"{shift.measure or 'no values'} against {before}"
        needed = rounded(state.config.tolerated + shift.floor)
        subject = f"{name}: {shift.subject}"
        out.append(Reading(NAME, subject, shift.value, needed, shift.rows, shift.missing, message, shift.details))
    return tuple(out)
