"""A mixture e-detector: has the rate of an event risen above what is tolerated, with few false alarms for ever.

Twelve bets l on "more often than m0" are kept. For each record L = 1 + l (x - m0), x in {0, 1}, has mean at most 1 as
long as the event is at most m0 likely given the past, and M = (M + 1) L is a Shiryaev-Roberts e-process; so is their
mean. Guarantee: when the mean first reaches `arl`, at least `arl` records have passed on average if the rate never
was above m0, whatever the records depend on. It is blind to rises below m0 by design.
Source: Shin, Ramdas, Rinaldo 2022, "E-detectors: a nonparametric framework for sequential change detection", sections
2 and 4. The bets suit rates from 1.08 to 3 times m0 (bet for rate p: (p - m0) / (m0 (1 - m0))). Larger bets would find
a rise to 90 % after 10 records instead of 14, but a handful of events in a row, such as one unsure request that is
tried again and again, would be an alarm (`bench/driftbench.py`: 2.3 false alarms a day with 8 times, 0.3 with 3).

Only events are stepped through: the records between are counted as integers. The mean is looked at on events only;
that delays, and never adds. From event to event M becomes a M + b, so over a block of 32 events it is A (M + S), where
A is the product of the a so far and S the sum of the b / A: running products and sums, without a walk. Blocks lie at
multiples of 32 of the number of the event, and A and S are kept, so the state does not depend on how records were cut
into batches, to the last bit.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import NO_TIME, Bools, Floats, Ints

APART = 1.25e6  # records: .08 false alarms a day at 100,000, so that an interval of measurements stays below .1
RATIOS = tuple(float(r) for r in np.geomspace(1.08, 3, 12))
MOST = 1000  # alarms that are kept, the newest
_SAFE = 0.95  # of the largest bet: at 1, one quiet record would lose everything
_BLOCK = 32  # events of a block: M after one is worked out from M at its beginning
_TINY = 1e-200  # where A gets smaller, a block ends early: b / A must stay a number
_PIECE = 2048  # events that are looked through at once, at most
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
    """seen: records; events: of them; gap: records since the last event.

    held: each bet's M at the beginning of its block of events; shrunk, added: the A and S of the block so far.
    grown, least: each bet's log wealth since the last crossing and its least value so far; begun: the event after that,
    as (time, record number, event number).
    """

    held: tuple[float, ...] = (0.0,) * len(RATIOS)
    shrunk: tuple[float, ...] = (1.0,) * len(RATIOS)
    added: tuple[float, ...] = (0.0,) * len(RATIOS)
    grown: tuple[float, ...] = (0.0,) * len(RATIOS)
    least: tuple[float, ...] = (0.0,) * len(RATIOS)
    begun: tuple[tuple[int, int, int], ...] = ((NO_TIME, -1, 0),) * len(RATIOS)
    seen: int = 0
    events: int = 0
    gap: int = 0
    crossings: tuple[Crossing, ...] = ()

    @property
    def m(self) -> tuple[float, ...]:
        """Each bet's M after the last event."""
        return tuple(a * (m + s) for m, a, s in zip(self.held, self.shrunk, self.added, strict=True))


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
        return replace(wealth, seen=wealth.seen + event.size, gap=wealth.gap + event.size)
    gaps = np.diff(where, prepend=-1) - 1
    gaps[0] += wealth.gap
    walk = _Walk(bets, wealth)
    for start in range(0, where.size, _GAP):
        some = slice(start, start + _GAP)
        walk.through(gaps[some], where[some] + wealth.seen, time[where[some]])
    return walk.wealth(wealth.seen + event.size, wealth.events + where.size, int(event.size - where[-1] - 1))


class _Walk:
    """The walk through the events of one batch, from crossing to crossing, because a crossing sets all back."""

    def __init__(self, bets: Bets, wealth: Wealth) -> None:
        self.bets = bets
        self.held, self.shrunk, self.added = (np.array(x) for x in (wealth.held, wealth.shrunk, wealth.added))
        self.grown, self.least, self.begun = list(wealth.grown), list(wealth.least), list(wealth.begun)
        self.crossings = list(wealth.crossings)
        self.events = wealth.events

    def wealth(self, seen: int, events: int, gap: int) -> Wealth:
        held, shrunk, added = (tuple(x.tolist()) for x in (self.held, self.shrunk, self.added))
        path = (tuple(self.grown), tuple(self.least), tuple(self.begun))
        return Wealth(held, shrunk, added, *path, seen, events, gap, tuple(self.crossings))

    def through(self, gaps: Ints, numbers: Ints, times: Ints) -> None:
        """After each event: M = a M + b, with a = up d^gap and b = up (1 + d + ... + d^gap)."""
        up, log_up, log_down, powers = _table(self.bets.m0)
        down = powers[1]
        decay = powers[gaps % _GAP]
        if (far := gaps >= _GAP).any():
            decay[far] *= powers[_GAP] ** (gaps[far] // _GAP)[:, None]
        rises = up * decay
        adds = up * (1 + down * (1 - decay) / (1 - down))
        grow = log_up + gaps[:, None] * log_down
        start, size = 0, 8 * _BLOCK
        while start < gaps.size:
            some = slice(start, start + size)
            done, crossed = self._crossed(rises[some], adds[some])
            some = slice(start, start + done)
            self._begin(grow[some], times[some], numbers[some])
            start, size = start + done, min(max(2 * done, _BLOCK), _PIECE)
            if crossed:
                self._cross(int(numbers[start - 1]), int(times[start - 1]))
                size = 2 * _BLOCK

    def _crossed(self, rises: Floats, adds: Floats) -> tuple[int, bool]:
        """How many events were gone through, and whether the last of them is a crossing. Shapes (n, 12)."""
        begin = self.events % _BLOCK
        if not begin:
            self._block(self._now(), 1.0, 0.0)
        shrunk, added = self._running(begin, rises, adds)
        good = (shrunk >= _TINY).all(axis=1)
        done = rises.shape[0] if good.all() else int(np.argmin(good))
        if not done:  # one event alone, and a block that begins behind it
            self._block(self._now() * rises[0] + adds[0], 1.0, 0.0)
            return 1, bool(self.held.sum() >= self.bets.arl * len(RATIOS))
        held = self._held(begin, shrunk[:done], added[:done])
        with np.errstate(over="ignore"):
            m = (shrunk[:done] * (held + added[:done])).sum(axis=1)
        over = np.flatnonzero(m >= self.bets.arl * len(RATIOS))
        done = int(over[0]) + 1 if over.size else done
        self._block(held[done - 1], shrunk[done - 1], added[done - 1])
        return done, bool(over.size)

    def _now(self) -> Floats:
        return np.asarray(self.shrunk * (self.held + self.added))

    def _block(self, held: Floats, shrunk: Floats | float, added: Floats | float) -> None:
        self.held = np.array(held)
        self.shrunk, self.added = (np.broadcast_to(x, self.held.shape).copy() for x in (shrunk, added))

    def _running(self, begin: int, rises: Floats, adds: Floats) -> tuple[Floats, Floats]:
        """A and S after each event, by blocks: what the first block knows so far stands before its first event."""
        many = -(-(begin + len(rises)) // _BLOCK) * _BLOCK
        a, b = np.ones((many, len(RATIOS))), np.zeros((many, len(RATIOS)))
        some = slice(begin, begin + len(rises))
        a[some], b[some] = rises, adds
        if begin:
            a[begin - 1] = self.shrunk
        with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
            shrunk = np.cumprod(a.reshape(-1, _BLOCK, len(RATIOS)), axis=1)
            parts = b.reshape(shrunk.shape) / shrunk
            if begin:
                parts[0, begin - 1] = self.added
            added = np.cumsum(parts, axis=1)
        return np.asarray(shrunk.reshape(many, -1)[some]), np.asarray(added.reshape(many, -1)[some])

    def _held(self, begin: int, shrunk: Floats, added: Floats) -> Floats:
        """M at the beginning of each event's block, shape (n, 12); it may grow past all numbers behind a crossing."""
        held = [self.held]
        with np.errstate(over="ignore", invalid="ignore"):
            for last in range(_BLOCK - begin - 1, len(shrunk) - 1, _BLOCK):
                held.append(shrunk[last] * (held[-1] + added[last]))
        return np.repeat(held, _BLOCK, axis=0)[begin : begin + len(shrunk)]

    def _cross(self, number: int, time: int) -> None:
        """Note the crossing and begin again."""
        self._note(number, time, self.begun[int(np.argmax(self._now()))])
        none = Wealth()
        self._block(np.zeros(len(RATIOS)), 1.0, 0.0)
        self.grown, self.least = list(none.grown), list(none.least)
        self.begun = list(none.begun)

    def _begin(self, grow: Floats, times: Ints, numbers: Ints) -> None:
        """Where each bet's log wealth was least: there the rise seems to begin."""
        path = np.cumsum(np.concatenate((np.array([self.grown]), grow)), axis=0)
        # The least value lies just before an event, after the quiet records that went before it.
        before = path[1:] - _table(self.bets.m0)[1]
        for k, i in enumerate(before.argmin(axis=0).tolist()):
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
