"""The course of confidence: what the sketches by the hour say of it, in as many moments as a chart can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor import distance
from casemate.evidence.monitor.alarm import rounded
from casemate.evidence.monitor.batch import HOUR, Bools, Ints
from casemate.evidence.monitor.sketch import Sketch, during, hours_seen, rows_seen
from casemate.evidence.monitor.sketch_bins import PLACE
from casemate.evidence.monitor.sketch_counts import places
from casemate.evidence.monitor.sketch_spec import NumericSpec, Spec

POINTS = 240  # moments on the axis of time, at most
STEPS = (1, 2, 3, 6, 12, 24, 48, 168, 720, 8760)  # hours of a moment
FAR, RARE = 720, 0.01  # hours to the next rows, and share of all: what is farther and less is a clock that was wrong
ENOUGH = 500  # rows of a window of the reference that counts


@dataclass(frozen=True, slots=True)
class Moment:
    """Confidence in one stretch of time. begin: ns; rows with a confidence; low: share below the line; the lowest
    5 % lie below `least`."""

    begin: int
    rows: int
    low: float
    least: float
    median: float


def only(sketch: Sketch, name: str) -> Sketch:
    """The sketch of one column alone: small, whatever the others are."""
    kept = [i for i, (known, _) in enumerate(sketch.spec.columns) if known == name]
    columns = tuple(sketch.columns[i] for i in kept)
    return Sketch(Spec(tuple(sketch.spec.columns[i] for i in kept)), sketch.rows, columns)


def over_time(hourly: Sketch, below: float) -> tuple[int, tuple[Moment, ...]]:
    """The hours of a moment, and the moments that have rows. below: confidence that counts as low."""
    sketch = only(hourly, "confidence")
    seen = hours_seen(sketch)
    seen = seen[seen >= 0]
    if not sketch.columns or not seen.size:
        return 1, ()
    spec = sketch.spec.columns[0][1]
    if not isinstance(spec, NumericSpec):
        return 1, ()
    seen = seen[~_strays(sketch, seen)]
    span = int(seen[-1] - seen[0]) + 1
    step = next((s for s in STEPS if span <= POINTS * s), STEPS[-1])
    out = []
    for begin in np.unique(seen // step).tolist():
        table = places(during(sketch, begin * step, begin * step + step - 1).columns[0])
        low = distance.share_below(spec, table, below)
        least, median = (distance.quantile(spec, distance.regular(table), q) for q in (0.05, 0.5))
        if low is not None and least is not None and median is not None:
            rows = int(distance.regular(table).counts.sum())
            out.append(Moment(begin * step * HOUR, rows, rounded(low), rounded(least), rounded(median)))
    return step, tuple(out)


def stray(hourly: Sketch) -> int:
    """Rows of hours that a course leaves out, because they lie far from nearly all others: clocks that were wrong."""
    seen = hours_seen(hourly)
    seen = seen[seen >= 0]
    far = seen[_strays(hourly, seen)] if seen.size else seen
    return sum(rows_seen(during(hourly, hour, hour)) for hour in far.tolist())


def _strays(sketch: Sketch, seen: Ints) -> Bools:
    """Which of the hours are in groups, `FAR` or more from the next, that hold fewer than 1 % of the rows each.

    None are, as long as all of it fits a chart by days.
    """
    out = np.zeros(seen.size, np.bool_)
    if seen[-1] - seen[0] < POINTS * 24:
        return out
    hours, rows = (sketch.rows.keys >> PLACE) - 1, sketch.rows.counts
    rows = rows[hours >= 0]  # one place for each hour: the hours are those of `seen`
    for part in np.split(np.arange(seen.size), np.flatnonzero(np.diff(seen) >= FAR) + 1):
        out[part] = rows[part].sum() < RARE * rows.sum()
    return np.zeros(seen.size, np.bool_) if out.all() else out


def usual_low(reference: Sketch, below: float) -> tuple[float, float] | None:
    """The share below in all of a reference, and in its worst window; None if it has no confidence."""
    sketch = only(reference, "confidence")
    spec = sketch.spec.columns[0][1] if sketch.columns else None
    if not isinstance(spec, NumericSpec):
        return None
    windows = [during(sketch, h, h) for h in hours_seen(sketch).tolist()]
    shares = [distance.share_below(spec, places(w.columns[0]), below) for w in windows if rows_seen(w) >= ENOUGH]
    whole = distance.share_below(spec, places(sketch.columns[0]), below)
    if whole is None:
        return None
    return rounded(whole), rounded(max([s for s in shares if s is not None], default=whole))
