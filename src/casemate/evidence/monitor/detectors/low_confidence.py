"""Low confidence: is the share of predictions below a confidence above the share that the system's owners tolerate.

Guarantee: as long as the chance of low confidence, given the past, never exceeds the tolerated rate, false alarms are
on average at least `records_between_false_alarms` records apart, whatever season, burst or autocorrelation there is
below that rate. The price is that a rise which stays below the tolerated rate is never found. A row without a finite
confidence is counted as missing and takes no part; without any, the answer is "not measured".
Source: `betting.py` (Shin, Ramdas, Rinaldo 2022).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading, rounded
from casemate.evidence.monitor.batch import Batch
from casemate.evidence.monitor.betting import APART, Bets, Wealth
from casemate.evidence.monitor.betting import step as bet
from casemate.evidence.monitor.tell import percent, when

NAME = "low confidence"


@dataclass(frozen=True, slots=True)
class Config:
    """tolerated: share of predictions below `below` that is no cause for alarm. quiet: records that end an alarm."""

    tolerated: float
    below: float = 0.6
    records_between_false_alarms: float = APART
    quiet: int = 10_000

    def __post_init__(self) -> None:
        if not np.isfinite(self.below):
            raise CasemateError("monitor", "low confidence is not below a number", "give one, such as 0.6")
        self.bets()

    def bets(self) -> Bets:
        """The bets that these amount to."""
        return Bets(self.tolerated, self.records_between_false_alarms, self.quiet)


@dataclass(frozen=True, slots=True)
class State:
    """wealth: of the bets; missing: rows without a confidence."""

    config: Config
    wealth: Wealth = field(default_factory=Wealth)
    missing: int = 0


def begin(config: Config) -> State:
    """Before the first row."""
    return State(config)


def step(state: State, batch: Batch) -> State:
    """After these rows, in the order in which they stand."""
    if batch.confidence is None:
        return replace(state, missing=state.missing + batch.time.size)
    there = np.isfinite(batch.confidence)
    low = batch.confidence[there] < state.config.below
    wealth = bet(state.config.bets(), state.wealth, low, batch.time[there])
    return replace(state, wealth=wealth, missing=state.missing + int(batch.time.size - there.sum()))


def alarms(state: State) -> tuple[Alarm, ...]:
    """One for each stretch of crossings with no more than `quiet` records between them."""
    config = state.config
    out = []
    for crossing in state.wealth.crossings:
        message = (
            f"confidence below {config.below:g} in {percent(crossing.rate)} of the predictions since "
            f"{when(crossing.since)}; {percent(config.tolerated)} is tolerated"
        )
        rate = rounded(crossing.rate)
        out.append(Alarm(NAME, "confidence", crossing.since, crossing.at, rate, config.tolerated, message))
    return tuple(out)


def readings(state: State) -> tuple[Reading, ...]:
    """The share over all rows, or that it was not measured."""
    config, seen = state.config, state.wealth.seen
    if not seen:
        message = f"not measured: none of {state.missing} rows has a confidence"
        return (Reading(NAME, "confidence", None, config.tolerated, 0, state.missing, message),)
    share = rounded(state.wealth.events / seen)
    message = (
        f"confidence below {config.below:g} in {percent(share)} of {seen} predictions, "
        f"{percent(config.tolerated)} is tolerated; alarms: {len(state.wealth.crossings)}"
    )
    return (Reading(NAME, "confidence", share, config.tolerated, seen, state.missing, message),)
