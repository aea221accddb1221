"""The course of confidence: what the sketches by the hour say of it, in as many moments as a chart can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor import distance
from casemate.evidence.monitor.alarm import rounded
from casemate.evidence.monitor.batch import HOUR
from casemate.evidence.monitor.sketch import Sketch, during, hours_seen, rows_seen
from casemate.evidence.monitor.sketch_counts import places
from casemate.evidence.monitor.sketch_spec import NumericSpec, Spec

POINTS = 240  # moments on the axis of time, at most
STEPS = (1, 2, 3, 6, 12, 24, 48, 168, 720, 8760)  # hours of a moment
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
