"""A drill for the monitor: is a shift that is put into its own log found in time, abrupt and slow, and nothing else.

The first rows of the log are replayed, in their order and repeated if they are few, to fresh detectors with the very
reference and limits. As they are they must raise no alarm. Then low confidence rises to four times what is tolerated,
and one column of numbers moves by one spread of the reference: at once, or evenly over `SLOW` times as many rows.
Which rows are changed is drawn from the seed. Proves that what runs here, with these limits, sees such shifts in such
rows. Proves nothing about shifts that are smaller, or aimed at single rows, or about who reads the alarm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from casemate.evidence.monitor import state
from casemate.evidence.monitor.alarm import Alarm
from casemate.evidence.monitor.batch import Batch, Floats, Labels, Numeric, mix64, take
from casemate.evidence.monitor.detectors import drift, low_confidence
from casemate.evidence.monitor.reference import Reference
from casemate.evidence.monitor.sketch import observe
from casemate.evidence.monitor.state import Settings

CONTROL = "drift-monitoring"
WITHIN = 500  # records after which an abrupt rise of low confidence must be found
COLUMN = 4  # times as many for a column: distances between distributions need them
SLOW = 8  # times as many for a slow shift
RISE = 4.0  # times what is tolerated
MOST = 0.9  # share of low confidence, at most
KEPT = 20_000  # rows of the log that are replayed


@dataclass(frozen=True, slots=True)
class Drilled:
    """calm: whether the rows as they are raise no alarm. seen, asleep: shifts that were found in time, and not."""

    calm: bool
    seen: tuple[str, ...] = ()
    asleep: tuple[str, ...] = ()

    @property
    def verified(self) -> bool | None:
        """Whether all were found; None where the log raises alarms by itself, or has nothing that could be shifted."""
        return not self.asleep if self.calm and (self.seen or self.asleep) else None


def drilled(reference: Reference, settings: Settings, log: Iterable[Batch | Labels], within: int = WITHIN) -> Drilled:
    """Replay the first batch of a log. within: records, as agreed."""
    rows = next((c for c in log if isinstance(c, Batch) and c.time.size), None)
    if rows is None:
        return Drilled(False)
    fresh, sample = state.begin(reference, settings), take(rows, np.arange(min(rows.time.size, KEPT)))
    name = _column(reference, sample)
    if _low(fresh, sample) or (name and _moved(fresh, sample, name)):
        return Drilled(False)
    outcome = {**_rises(fresh, sample, within), **(_shifts(reference, fresh, sample, name, within) if name else {})}
    seen, asleep = (tuple(sorted(k for k, found in outcome.items() if found is want)) for want in (True, False))
    return Drilled(True, seen, asleep)


def _rises(fresh: state.Monitor, sample: Batch, within: int) -> dict[str, bool]:
    if fresh.low is None or sample.confidence is None or not np.isfinite(sample.confidence).any():
        return {}
    tolerated = fresh.low.config.tolerated
    top = min(RISE * tolerated, max(MOST, tolerated))
    rates = {"abrupt": np.full(within, top), "slow": np.linspace(tolerated, top, within * SLOW)}
    return {f"{how} rise of low confidence": bool(_low(fresh, _unsure(fresh, sample, r))) for how, r in rates.items()}


def _unsure(fresh: state.Monitor, sample: Batch, rates: Floats) -> Batch:
    """Rows of which such shares have a low confidence, whatever they had."""
    rows = _repeated(sample, rates.size)
    if fresh.low is None or rows.confidence is None:
        return rows
    draws = mix64(np.arange(rates.size, dtype=np.uint64) + np.uint64(fresh.joint.config.seed)) / 2.0**64
    return replace(rows, confidence=np.where(draws < rates, fresh.low.config.below / 2, rows.confidence))


def _shifts(reference: Reference, fresh: state.Monitor, sample: Batch, name: str, within: int) -> dict[str, bool]:
    spread = next(axis.spread for axis in reference.space.axes if axis.name == name)
    far = {"abrupt": np.ones(within * COLUMN), "slow": np.linspace(0, 1, within * COLUMN * SLOW)}
    return {
        f"{how} shift of f.{name}": bool(_moved(fresh, _pushed(sample, name, by * spread), name))
        for how, by in far.items()
    }


def _pushed(sample: Batch, name: str, by: Floats) -> Batch:
    rows = _repeated(sample, by.size)
    column = rows.features[name]
    if not isinstance(column, Numeric):
        return rows
    return replace(rows, features={**rows.features, name: Numeric(column.values.astype(np.float64) + by, column.null)})


def _repeated(sample: Batch, size: int) -> Batch:
    return take(sample, np.arange(size) % sample.time.size)


def _column(reference: Reference, sample: Batch) -> str | None:
    """The first column of numbers that the reference and the log have."""
    names = (axis.name for axis in reference.space.axes if not axis.words)
    return next((n for n in names if isinstance(sample.features.get(n), Numeric)), None)


def _low(fresh: state.Monitor, rows: Batch) -> tuple[Alarm, ...]:
    return () if fresh.low is None else low_confidence.alarms(low_confidence.step(fresh.low, rows))


def _moved(fresh: state.Monitor, rows: Batch, name: str) -> list[Alarm]:
    """Alarms about one column, all rows taken as of one window."""
    together = replace(rows, time=np.full(rows.time.size, rows.time[0]))
    after = drift.with_sketch(fresh.drift, observe(fresh.drift.config.reference.spec, together))
    return [a for a in drift.alarms(after) if a.subject.split(": ")[0] == f"f.{name}"]
