"""The routing service: travel times from reports, shortest ways, and three countermeasures of which each can be on.

This file is what runs, so it is what evidence binds to: change a line, and what was measured of it counts no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from city import Array, City, Ints, Morning, Reports, distances, driven
from numpy.typing import NDArray

from casemate.guards.anomaly_gate import AnomalyGate

FALSE_ALARMS = 0.01  # what the gate may refuse of honest reports
STREETS = 20  # the most streets that one account may report in a morning, and each only once
APART = 1.1  # how far a street may lie from what the fleet's own vehicles saw, either way
LEARNED = 4000  # honest reports that the gate learns from


@dataclass(frozen=True, slots=True)
class Service:
    """usual (streets,): the minutes that a street took on earlier mornings. Countermeasures are off unless given."""

    city: City
    usual: Array
    gate: AnomalyGate | None = None
    votes: bool = False
    """One account has one vote for a street, and the median of the votes counts."""
    own: bool = False
    """The fleet's own vehicles, or where none drove the usual time, must roughly agree."""


def service(c: City, history: Sequence[Morning]) -> Service:
    """What can be learned from honest mornings, without any countermeasure."""
    street = np.concatenate([m.reports.street for m in history])
    minutes = np.concatenate([m.reports.minutes for m in history])
    count = np.bincount(street, minlength=len(c.free))
    total = np.bincount(street, minutes, minlength=len(c.free))
    typical = float(np.median(minutes / c.free[street]))
    return Service(c, (total + 2 * typical * c.free) / (count + 2))


def gated(s: Service, history: Sequence[Morning], seed: int) -> Service:
    """The same with an anomaly gate that has seen the honest mornings."""
    rows = np.concatenate([features(s, m.reports, m.before) for m in history])
    gate = AnomalyGate(rate=FALSE_ALARMS, trees=60, seed=seed)
    gate.learn(np.random.default_rng(seed).permutation(rows)[:LEARNED])
    return replace(s, gate=gate)


def features(s: Service, r: Reports, before: Array) -> Array:
    """What the gate sees of each report, shape (reports, 4): against the empty street, the usual time and what our own
    vehicles saw before (as logarithms), and how much its account reports."""
    seen = np.where(np.isnan(before), s.usual, before)
    said = np.log(r.minutes)
    _, place, count = np.unique(r.account, return_inverse=True, return_counts=True)
    against = [said - np.log(x[r.street]) for x in (s.city.free, s.usual, seen)]
    return np.column_stack([*against, count[place]])


def refused(s: Service, r: Reports, before: Array) -> NDArray[np.bool_]:
    """Which reports the gate keeps out."""
    if s.gate is None:
        return np.zeros(len(r), dtype=bool)
    return np.asarray(s.gate.admit(features(s, r, before), "")[1])


def estimate(s: Service, r: Reports, before: Array) -> Array:
    """Minutes for every street (streets,) from what came in and the usual time."""
    r = r.of(~refused(s, r, before))
    out = _median(s, _ballots(r)) if s.votes else _mean(s, r)
    if s.own:
        known = np.where(np.isnan(before), s.usual, before)
        out = np.clip(out, known / APART, known * APART)
    return out


def _mean(s: Service, r: Reports) -> Array:
    count = np.bincount(r.street, minlength=len(s.usual))
    return (np.bincount(r.street, r.minutes, minlength=len(s.usual)) + s.usual) / (count + 1)


def _ballots(r: Reports) -> Reports:
    """The first report of an account for each street, for its first streets."""
    many = int(r.street.max(initial=0)) + 1
    _, first = np.unique(r.account * many + r.street, return_index=True)
    first = np.sort(first)
    account = r.account[first]
    order = np.argsort(account, kind="stable")
    begins = np.r_[0, np.flatnonzero(np.diff(account[order])) + 1] if len(order) else np.zeros(0, dtype=int)
    sizes = np.diff(np.r_[begins, len(order)])
    nth = np.empty(len(order), dtype=int)
    nth[order] = np.arange(len(order)) - np.repeat(begins, sizes)
    marked = np.zeros(len(r), dtype=bool)
    marked[first[nth < STREETS]] = True
    return r.of(marked)


def _median(s: Service, r: Reports) -> Array:
    """Of the votes for each street; the usual time is one of them."""
    street = np.concatenate([r.street, np.arange(len(s.usual))])
    minutes = np.concatenate([r.minutes, s.usual])
    order = np.lexsort((minutes, street))
    count = np.bincount(street)
    begin = np.cumsum(count) - count
    ranked = minutes[order]
    return np.asarray((ranked[begin + (count - 1) // 2] + ranked[begin + count // 2]) / 2)


def routes(s: Service, minutes: Array, trips: Ints) -> NDArray[np.bool_]:
    """The streets that each vehicle is sent along, shape (vehicles, streets)."""
    return driven(s.city, minutes, distances(s.city, minutes), trips)
