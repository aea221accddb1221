"""A mixture e-detector: has the rate of an event risen above what is tolerated, with few false alarms for ever.

Twelve bets l on "more often than m0" are kept. For each record L = 1 + l (x - m0), x in {0, 1}, has mean at most 1 as
long as the event is at most m0 likely given the past, and M = (M + 1) L is a Shiryaev-Roberts e-process; so is their
mean. Guarantee: when the mean first reaches `arl`, at least `arl` records have passed on average if the rate never
was above m0, whatever the records depend on. It is blind to rises below m0 by design.
Source: Shin, Ramdas, Rinaldo 2022, "E-detectors: a nonparametric framework for sequential change detection", sections
2 and 4. The bets suit rates from 1.08 to 3 times m0 (bet for rate p: (p - m0) / (m0 (1 - m0))). Larger bets would find
a rise to 90 % after 10 records instead of 14, but a handful of events in a row, such as one unsure request that is
tried again and again, would be an alarm (`bench/driftbench.py`: 2.3 false alarms a day with 8 times, 0.3 with 3).

Only events are stepped through: the records between are counted as integers, so the state does not depend on how
records were cut into batches, to the last bit. The mean is looked at on events only; that delays, and never adds.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import NO_TIME, Bools, Floats, Ints

APART = 1.25e6  # records: .08 false alarms a day at 100,000, so that an interval of measurements stays below .1
RATIOS = tuple(float(r) for r in np.geomspace(1.08, 3, 12))
MOST = 1000  # alarms that are kept, the newest
_SAFE = 0.95  # of the largest bet: at 1, one quiet record would lose everything
_BLOCK = 256  # events that are walked before anybody looks for a crossing
_GAP = 4096  # powers of 1 - l m0 that are kept; longer gaps are walked in such steps


@dataclass(frozen=True, slots=True)
class Bets:
    """m0: tolerated rate, in (0, 1). arl: records between false alarms, at least, on average. quiet: records after
    which a new crossing is a new alarm."""

    m0: float
    arl: float = APART
    quiet: int = 10_000

    def __post_init__(self) -> None:
        if not 0 < self.m0 < 1 or not 2 <= self.arl <= 1e12 or self.quiet < 1:
            what = f"tolerated rate {self.m0}, records between false alarms {self.arl}"
            raise CasemateError("monitor", what, "give a rate between 0 and 1, and 2 records or more")


class Crossing(NamedTuple):
    """An alarm: when it seems to begin and when it was sure (ns), the first and last crossing (record number), how many
    there were, and the rate from the beginning to the first crossing."""

    since: int
    at: int
    first: int
    last: int
    times: int
    rate: float


@dataclass(frozen=True, slots=True)
class Wealth:
    """seen: records; events: of them; gap: records since the last event. m: each bet's M after it.

    grown, least: each bet's log wealth since the last crossing and its least value so far; begun: the event after that,
    as (time, record number, event number).
    """

    m: tuple[float, ...] = (0.0,) * len(RATIOS)
    grown: tuple[float, ...] = (0.0,) * len(RATIOS)
    least: tuple[float, ...] = (0.0,) * len(RATIOS)
    begun: tuple[tuple[int, int, int], ...] = ((NO_TIME, -1, 0),) * len(RATIOS)
    seen: int = 0
    events: int = 0
    gap: int = 0
    crossings: tuple[Crossing, ...] = ()


def arl_for(false_alarms_per_day: float, records_per_day: float) -> float:
    """The `arl` that holds false alarms to so many a day."""
    return records_per_day / false_alarms_per_day


@functools.cache
def _table(m0: float) -> tuple[Floats, Floats, Floats, Floats]:
    """up (12,), log up, log down, and powers of down, shape (_GAP + 1, 12)."""
    p = np.array(RATIOS) * m0
    bet = np.minimum((p - m0) / (m0 * (1 - m0)), _SAFE / m0)
    up, down = np.asarray(1 + bet * (1 - m0), np.float64), np.asarray(1 - bet * m0, np.float64)
    powers = np.cumprod(np.concatenate((np.ones((1, p.size)), np.tile(down, (_GAP, 1)))), axis=0)
    return up, np.log(up), np.log(down), np.asarray(powers, np.float64)


def step(bets: Bets, wealth: Wealth, event: Bools, time: Ints) -> Wealth:
    """Records in order: event, time (ns), shape (n,)."""
    where = np.flatnonzero(event)
    if not where.size:
        return _replaced(wealth, seen=wealth.seen + event.size, gap=wealth.gap + event.size)
    gaps = np.diff(where, prepend=-1) - 1
    gaps[0] += wealth.gap
    walk = _Walk(bets, wealth)
    for start in range(0, where.size, _GAP):
        some = slice(start, start + _GAP)
        walk.through(gaps[some], where[some] + wealth.seen, time[where[some]])
    return walk.wealth(wealth.seen + event.size, wealth.events + where.size, int(event.size - where[-1] - 1))


def _replaced(wealth: Wealth, seen: int, gap: int) -> Wealth:
    w = wealth
    return Wealth(w.m, w.grown, w.least, w.begun, seen, w.events, gap, w.crossings)


def _path(m: float, rises: list[float], adds: list[float]) -> list[float]:
    """One bet's M after each event; it may grow past all numbers behind a crossing."""
    return [m := m * rise + add for rise, add in zip(rises, adds, strict=True)]


class _Walk:
    """The walk through the events of one batch: plain floats, because a crossing sets all back."""

    def __init__(self, bets: Bets, wealth: Wealth) -> None:
        self.bets = bets
        self.m, self.grown = list(wealth.m), list(wealth.grown)
        self.least, self.begun = list(wealth.least), list(wealth.begun)
        self.crossings = list(wealth.crossings)
        self.events = wealth.events

    def wealth(self, seen: int, events: int, gap: int) -> Wealth:
        floats = (tuple(self.m), tuple(self.grown), tuple(self.least))
        return Wealth(*floats, tuple(self.begun), seen, events, gap, tuple(self.crossings))

    def through(self, gaps: Ints, numbers: Ints, times: Ints) -> None:
        """After each event: m = a m + b, with a = up d^gap and b = up (1 + d + ... + d^gap)."""
        up, log_up, log_down, powers = _table(self.bets.m0)
        down = powers[1]
        decay = powers[gaps % _GAP] * powers[_GAP] ** (gaps // _GAP)[:, None]
        rises = (up * decay).T
        adds = (up * (1 + down * (1 - decay) / (1 - down))).T
        grow = log_up + gaps[:, None] * log_down
        start = 0
        while start < gaps.size:
            crossed = self._crossed(start, rises, adds)
            stop = gaps.size - 1 if crossed is None else crossed
            self._begin(grow[start : stop + 1], times[start : stop + 1], numbers[start : stop + 1])
            if crossed is not None:
                self._cross(int(numbers[stop]), int(times[stop]))
            start = stop + 1

    def _crossed(self, start: int, rises: Floats, adds: Floats) -> int | None:
        """Walk to the next crossing or the end: bet by bet through a block of events, which is faster."""
        limit = self.bets.arl * len(RATIOS)
        for first in range(start, rises.shape[1], _BLOCK):
            some = slice(first, first + _BLOCK)
            paths = [_path(*of) for of in zip(self.m, rises[:, some].tolist(), adds[:, some].tolist(), strict=True)]
            over = np.flatnonzero(np.sum(paths, axis=0) >= limit)
            last = int(over[0]) if over.size else len(paths[0]) - 1
            self.m = [path[last] for path in paths]
            if over.size:
                return first + last
        return None

    def _cross(self, number: int, time: int) -> None:
        """Note the crossing and begin again."""
        best = max(range(len(self.m)), key=lambda k: self.m[k])
        self._note(number, time, self.begun[best])
        none = Wealth()
        self.m, self.grown, self.least = list(none.m), list(none.grown), list(none.least)
        self.begun = list(none.begun)

    def _begin(self, grow: Floats, times: Ints, numbers: Ints) -> None:
        """Where each bet's log wealth was least: there the rise seems to begin."""
        path = np.cumsum(np.concatenate((np.array([self.grown]), grow)), axis=0)
        # The least value lies just before an event, after the quiet records that went before it.
        before = path[1:] - _table(self.bets.m0)[1]
        for k in range(len(RATIOS)):
            i = int(np.argmin(before[:, k]))
            if self.begun[k][1] < 0 or before[i, k] < self.least[k]:
                self.least[k] = float(before[i, k])
                self.begun[k] = (int(times[i]), int(numbers[i]), self.events + i)
        self.events += times.size
        self.grown = path[-1].tolist()

    def _note(self, number: int, time: int, begun: tuple[int, int, int]) -> None:
        if self.crossings and number - self.crossings[-1].last <= self.bets.quiet:
            last = self.crossings[-1]
            self.crossings[-1] = last._replace(last=number, times=last.times + 1)
            return
        rate = (self.events - begun[2]) / (number - begun[1] + 1)
        self.crossings.append(Crossing(begun[0], time, number, number, 1, rate))
        del self.crossings[:-MOST]
