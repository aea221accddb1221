"""One pass over a log: a reference is learnt or read, every row is looked at once, and what came out is facts.

`settled` turns what somebody asked for into settings of the detectors, `begin` starts, `take` takes a chunk, `done`
tells. The same three serve a file, a month, and a folder that grows. A tolerated rate that nobody declared is one and
a half times what the worst window of the reference shows, and everybody who tells it says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import reference as references
from casemate.evidence.monitor import state
from casemate.evidence.monitor.batch import Batch, Labels
from casemate.evidence.monitor.betting import APART
from casemate.evidence.monitor.compare import MARGIN
from casemate.evidence.monitor.course import only, usual_low
from casemate.evidence.monitor.coverage import Coverage
from casemate.evidence.monitor.detectors import drift
from casemate.evidence.monitor.facts import Facts, Watch, facts
from casemate.evidence.monitor.reference import Reference
from casemate.evidence.monitor.sketch import Sketch, empty, merged, rows_seen

LEAST, MOST = 0.001, 0.5  # a tolerated rate that is taken from a reference lies between


@dataclass(frozen=True, slots=True)
class Limits:
    """What the owners declare; None: nobody did. Shares of rows; `budget` in queries, `wrong` in labelled rows."""

    low: float | None = None
    wrong: float | None = None
    near: float = 0.0
    budget: int | None = None
    moved: float = 0.01
    moved_for: tuple[tuple[str, float], ...] = ()
    apart: float = APART
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way. hourly: sketches by the hour, of the confidence alone unless all are `kept`."""

    monitor: state.Monitor
    watch: Watch
    hourly: Sketch
    kept: bool = False


def learnt(chunks: Iterable[Batch | Labels], where: str, below: float, hours: int, seed: int) -> Reference:
    """A reference from a log or a table. `CasemateError` if it has no rows. Late labels are no use to it."""
    found: Reference | None = None
    for chunk in chunks:
        if isinstance(chunk, Labels) or not chunk.time.size:
            continue
        if found is None:
            found = references.learn(chunk, below, hours, seed)
        else:
            found = references.with_rows(found, chunk, seed)
    if found is None:
        raise CasemateError(where, "the reference has no rows", "give a log of normal traffic, or a training table")
    return found


def settled(reference: Reference, limits: Limits) -> tuple[state.Settings, Watch]:
    """The settings of the detectors, and what low confidence is held against."""
    usual = usual_low(reference.sketch, reference.below)
    rate = limits.low
    if rate is None and usual is not None:
        rate = float(f"{min(max(MARGIN * usual[1], LEAST), MOST):.3g}")
    settings = state.Settings(
        tolerated_low=rate,
        tolerated_errors=limits.wrong,
        near=limits.near,
        budget=limits.budget,
        moved=limits.moved,
        moved_for=limits.moved_for,
        records_between_false_alarms=limits.apart,
        seed=limits.seed,
    )
    return settings, Watch(reference.below, rate, limits.low is not None, None if usual is None else usual[0])


def begin(reference: Reference, limits: Limits, keep: bool = False) -> Run:
    """Before the first row. keep: sketches of all columns by the hour, to be merged and compared later."""
    settings, watch = settled(reference, limits)
    nothing = empty(reference.sketch.spec)
    return Run(state.begin(reference, settings), watch, nothing if keep else only(nothing, "confidence"), keep)


def take(run: Run, chunk: Batch | Labels) -> Run:
    """After one more chunk of the log."""
    if run.kept or isinstance(chunk, Labels):
        return counted(run, chunk)[0]
    monitor, sketch = state.counted_step(run.monitor, chunk, run.hourly.spec)
    return replace(run, monitor=monitor, hourly=merged(run.hourly, only(sketch, "confidence")))


def counted(run: Run, chunk: Batch | Labels) -> tuple[Run, Sketch | None]:
    """The same, and the sketch of all columns by the hour, for who stores it; None for labels."""
    if isinstance(chunk, Labels):
        return replace(run, monitor=state.labels(run.monitor, chunk)), None
    monitor, sketch = state.counted_step(run.monitor, chunk)
    new = sketch if run.kept else only(sketch, "confidence")
    return replace(run, monitor=monitor, hourly=merged(run.hourly, new)), sketch


def with_sketch(run: Run, sketch: Sketch) -> Run:
    """After rows of which only their sketch is left: drift and the course of confidence are seen, nothing else."""
    m = run.monitor
    monitor = replace(m, drift=drift.with_sketch(m.drift, sketch), rows=m.rows + rows_seen(sketch))
    return replace(run, monitor=monitor, hourly=merged(run.hourly, sketch if run.kept else only(sketch, "confidence")))


def through(run: Run, chunks: Iterable[Batch | Labels]) -> Run:
    """After all of them."""
    for chunk in chunks:
        run = take(run, chunk)
    return run


def told(run: Run, log: Coverage | None = None, more: tuple[tuple[str, int], ...] = ()) -> Facts:
    """What it found so far. log: what the reader says; more: what was counted besides."""
    return facts(run.monitor, run.hourly, run.watch, log, more)
