"""Errors: once labels are there, is the model wrong more often than tolerated, or surer of itself than it is right.

Labels may come with the row or later, joined by request id; a prediction waits for its label among the `waiting`
newest. Error rate: the same e-detector as low confidence, in the order in which labels arrive. Guarantee: false alarms
are on average at least `records_between_false_alarms` labelled rows apart while the chance of an error, given the past,
is at most what is tolerated. Overconfidence: mean confidence less accuracy, with Hoeffding's bound on both, for
independent rows; the expected calibration error over 20 bins is reported. Sums are whole numbers, so order does not
matter for it. What labels say about rows that got none is unknown: labelled rows may be the easy ones.
Sources: `betting.py`; expected calibration error: Naeini et al. 2015, AAAI.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading, rounded
from casemate.evidence.monitor.batch import (
    NO_TIME,
    Batch,
    Bools,
    Category,
    Column,
    Floats,
    Labels,
    Numeric,
    Words64,
)
from casemate.evidence.monitor.betting import APART, Bets, Wealth
from casemate.evidence.monitor.betting import step as bet
from casemate.evidence.monitor.space import fingerprint
from casemate.evidence.monitor.tell import percent, when
from casemate.evidence.monitor.waiting import Waiting, chosen, found, joined, nobody

NAME = "errors"
BINS = 20
UNIT = 1 << 20  # confidence is summed in whole millionths (2**-20)
LEAST = 100


@dataclass(frozen=True, slots=True)
class Config:
    """tolerated: error rate. near: how far a predicted number may be off. overconfident: tolerated excess."""

    tolerated: float
    near: float = 0.0
    overconfident: float = 0.05
    records_between_false_alarms: float = APART
    quiet: int = 10_000
    alpha: float = 1e-6
    waiting: int = 200_000

    def __post_init__(self) -> None:
        if not self.near >= 0 or not 0 < self.alpha < 1 or not 0 <= self.waiting <= 10_000_000:
            raise CasemateError("monitor", "the settings of errors are out of range", "give near and alpha above 0")
        self.bets()

    def bets(self) -> Bets:
        """The bets that these amount to."""
        return Bets(self.tolerated, self.records_between_false_alarms, self.quiet)


@dataclass(frozen=True, slots=True)
class State:
    """bins: rows, correct ones and summed confidence of each bin, shape (BINS, 3); last: the newest labelled time.

    unlabelled: rows that gave up waiting; unmatched: labels without a prediction; unfit: label and prediction of
    different types.
    """

    config: Config
    wealth: Wealth = field(default_factory=Wealth)
    bins: tuple[tuple[int, int, int], ...] = ((0, 0, 0),) * BINS
    waiting: Waiting = field(default_factory=nobody)
    first: int = NO_TIME
    last: int = NO_TIME
    unlabelled: int = 0
    unmatched: int = 0
    unfit: int = 0


def begin(config: Config) -> State:
    """Before the first row."""
    return State(config)


def step(state: State, batch: Batch) -> State:
    """After these rows: those with a label are judged, those without wait for one if they have an id."""
    if batch.prediction is None:
        return replace(state, unlabelled=state.unlabelled + batch.time.size)
    answer, word = fingerprint(batch.prediction), isinstance(batch.prediction, Category)
    answered = ~_null(batch.prediction)
    confidence = np.full(batch.time.size, np.nan) if batch.confidence is None else batch.confidence.astype(np.float64)
    rows = Waiting(
        np.zeros(batch.time.size, np.uint64) if batch.id is None else batch.id,
        answer,
        np.full(batch.time.size, word),
        confidence,
        batch.time,
    )
    labelled = np.zeros(batch.time.size, np.bool_) if batch.label is None else ~_null(batch.label)
    state = replace(state, unfit=state.unfit + int((~answered).sum()))
    if batch.label is not None:
        now = np.flatnonzero(labelled & answered)
        state = _judged(state, chosen(rows, now), fingerprint(batch.label)[now], isinstance(batch.label, Category))
    rest = np.flatnonzero(~labelled & answered)
    nameless = np.flatnonzero(rows.id[rest] == 0)
    waiting, lost = joined(state.waiting, chosen(rows, np.delete(rest, nameless)), state.config.waiting)
    return replace(state, waiting=waiting, unlabelled=state.unlabelled + nameless.size + lost)


def late(state: State, labels: Labels) -> State:
    """After labels that came later. One without a prediction that waits is counted as unmatched."""
    there = np.flatnonzero(~_null(labels.label))
    places, of = found(state.waiting, labels.id[there])
    bits = fingerprint(labels.label)[there][of]
    state = replace(state, unmatched=state.unmatched + int(there.size - places.size))
    state = _judged(state, chosen(state.waiting, places), bits, isinstance(labels.label, Category))
    kept = np.ones(len(state.waiting), np.bool_)
    kept[places] = False
    return replace(state, waiting=chosen(state.waiting, np.flatnonzero(kept)))


def _null(column: Column) -> Bools:
    if isinstance(column, Category):
        return np.asarray(column.codes < 0)
    absent = np.zeros(column.values.size, np.bool_) if column.null is None else column.null
    return np.asarray(absent | ~np.isfinite(column.values)) if isinstance(column, Numeric) else absent


def _judged(state: State, rows: Waiting, label: Words64, word: bool) -> State:
    fit = np.flatnonzero(rows.word == word)
    unfit = len(rows) - fit.size
    rows, label = chosen(rows, fit), label[fit]
    if word:
        wrong = np.asarray(rows.answer != label)
    else:
        wrong = np.asarray(np.abs(rows.answer.view(np.float64) - label.view(np.float64)) > state.config.near)
    times = rows.time[rows.time != NO_TIME]
    first = int(times.min()) if times.size else NO_TIME
    return replace(
        state,
        wealth=bet(state.config.bets(), state.wealth, wrong, rows.time),
        bins=_binned(state.bins, rows.confidence, wrong),
        first=first if state.first == NO_TIME else min(state.first, first) if first != NO_TIME else state.first,
        last=max(state.last, int(times.max())) if times.size else state.last,
        unfit=state.unfit + unfit,
    )


def _binned(
    bins: tuple[tuple[int, int, int], ...], confidence: Floats, wrong: Bools
) -> tuple[tuple[int, int, int], ...]:
    usable = (confidence >= 0) & (confidence <= 1)
    sure, right = confidence[usable], ~wrong[usable]
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    units = np.rint(sure * UNIT).astype(np.int64)
    table = np.array(bins, np.int64)
    np.add.at(table, place, np.stack((np.ones_like(units), right.astype(np.int64), units), axis=1))
    return tuple((int(a), int(b), int(c)) for a, b, c in table.tolist())


def _calibration(state: State) -> tuple[int, float, float, float] | None:
    """Rows, mean confidence less accuracy, its noise, and the expected calibration error."""
    table = np.array(state.bins, np.float64)
    rows = float(table[:, 0].sum())
    if rows < LEAST:
        return None
    excess = (table[:, 2] / UNIT - table[:, 1]) / rows
    noise = 2 * math.sqrt(math.log(4 / state.config.alpha) / (2 * rows))
    return int(rows), float(excess.sum()), noise, float(np.abs(excess).sum())


def alarms(state: State) -> tuple[Alarm, ...]:
    """Stretches with too many errors; and overconfidence over all labelled rows."""
    config, out = state.config, []
    for c in state.wealth.crossings:
        message = f"{percent(c.rate)} of the labelled predictions since {when(c.since)} are wrong; "
        message += f"{percent(config.tolerated)} is tolerated"
        out.append(Alarm(NAME, "error rate", c.since, c.at, rounded(c.rate), config.tolerated, message))
    fit = _calibration(state)
    if fit is not None and fit[1] - fit[2] >= config.overconfident:
        message = f"confidence is {percent(fit[1])} above accuracy; {percent(config.overconfident)} is tolerated"
        needed = rounded(config.overconfident + fit[2])
        out.append(Alarm(NAME, "calibration", state.first, state.last, rounded(fit[1]), needed, message))
    return tuple(out)


def readings(state: State) -> tuple[Reading, ...]:
    """Error rate and calibration, or that there were no labels."""
    config, seen = state.config, state.wealth.seen
    without = state.unlabelled + len(state.waiting) + state.unfit
    counted = (("waiting", float(len(state.waiting))), ("unmatched labels", float(state.unmatched)))
    rate = rounded(state.wealth.events / seen) if seen else None
    message = f"{percent(rate)} of {seen} labelled rows are wrong" if rate is not None else "not measured: no labels"
    out = [Reading(NAME, "error rate", rate, config.tolerated, seen, without, message, counted)]
    fit = _calibration(state)
    if fit is None:
        message = f"not measured: fewer than {LEAST} labelled rows have a confidence"
        out.append(Reading(NAME, "calibration", None, config.overconfident, 0, without + seen, message))
    else:
        rows, excess, noise, error = fit
        message = f"confidence less accuracy {excess:.3g}, expected calibration error {error:.3g}, noise {noise:.3g}"
        details = (("expected calibration error", rounded(error)), ("noise", rounded(noise)))
        needed = rounded(config.overconfident + noise)
        lacking = without + seen - rows
        out.append(Reading(NAME, "calibration", rounded(excess), needed, rows, lacking, message, details))
    return tuple(out)
