"""Probing: is a client, or several that behave alike, finding out what the model is rather than using it.

For every client: queries, against the budget that extraction took the red team, and the share of low confidence. For
the busiest few hundred also, window by window, the share of queries outside the reference and PRADA's normality of
distances. Clients whose queries lie near each other's are pooled and judged together, as are all clients that asked
about equally little, because one attacker may hold many accounts. Shares are judged by Chernoff's lower bound, less
than `alpha` likely to be wrong for independent queries; limits come from a reference log with clients (`limits_from`),
else from the defaults of `Limits`, which are judgement. There is no guarantee over time.
NOT found, by any of these: queries drawn from the data that the model is meant for, except by their number; and PRADA
can be evaded by who knows it. Rows without a client take no part and are counted.
Sources: Juuti et al. 2019, EuroS&P, "PRADA"; `traces.py`, `clients.py`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading, rounded
from casemate.evidence.monitor.batch import NO_TIME, Array, Batch, Category, Ints, Words64, hashes, take
from casemate.evidence.monitor.behaviour import MOST, Behaviour, Excess, Limits, bands, common, excesses, limits_of
from casemate.evidence.monitor.clients import Tally, counted, nobody, queries_of
from casemate.evidence.monitor.normality import LEAST, normality
from casemate.evidence.monitor.space import Space, fingerprint, points
from casemate.evidence.monitor.tell import plain
from casemate.evidence.monitor.traces import (
    Asked,
    Outside,
    Trace,
    asked,
    followed,
    gathered,
    judged,
    linked,
    outsiders,
    with_windows,
)
from casemate.evidence.monitor.windows import chosen

NAME = "probing"
ENTER = 4  # queries after which a client may be traced
POOLED = 384  # queries of a pool that normality is judged on
TOGETHER = 16  # clients of a pool, at most
LINK = 16  # queries of a client that are compared with those of others


@dataclass(frozen=True, slots=True, eq=False)
class Config:
    """near: distance in the space at which queries are nearly alike. budget: queries that extraction took, if known."""

    space: Space
    outside: Outside
    below: float = 0.6
    near: float = 0.5
    budget: int | None = None
    limits: Limits = field(default_factory=Limits)
    alpha: float = 1e-4
    clients: int = 1_000_000
    traced: int = 512
    window: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        if self.outside.mean.size != len(self.space.axes) or not 0 < self.alpha < 1:
            raise CasemateError("monitor", "the settings of probing do not fit", "fit `outside` in the same space")
        if not (0 < self.clients <= 10_000_000 and 0 < self.traced <= 4096 and 64 <= self.window <= 1024):
            raise CasemateError("monitor", "the bounds of probing are out of range", "keep to the defaults")


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The tally of all clients, the traces of some (by hash), and rows without a client."""

    config: Config
    tally: Tally = field(default_factory=nobody)
    traces: tuple[tuple[int, Trace], ...] = ()
    missing: int = 0
    first: int = NO_TIME
    last: int = NO_TIME


def begin(config: Config) -> State:
    """Before the first row."""
    return State(config)


def step(state: State, batch: Batch) -> State:
    """After these rows, in the order in which they stand."""
    if batch.client is None or not (batch.client.codes >= 0).any():
        return replace(state, missing=state.missing + batch.time.size)
    known = np.flatnonzero(batch.client.codes >= 0)
    rows = batch if known.size == batch.time.size else take(batch, known)
    state = replace(state, missing=state.missing + int(batch.time.size - known.size))
    keys, which = _clients(client := rows.client or batch.client)
    before = queries_of(state.tally, keys)
    tally = counted(state.tally, keys, _counts(rows, which, keys.size, state.config.below), state.config.clients)
    times = rows.time[rows.time != NO_TIME]
    if times.size:
        first = int(times.min()) if state.first == NO_TIME else min(state.first, int(times.min()))
        state = replace(state, first=first, last=max(state.last, int(times.max())))
    return replace(state, tally=tally, traces=_traced(state, tally, rows, keys, which, before, client))


def _clients(client: Category) -> tuple[Words64, Ints]:
    """The clients that occur, by hash and sorted; which of them each row is."""
    used = np.flatnonzero(np.bincount(client.codes, minlength=len(client.words)))
    keys, place = np.unique(hashes(client.words)[used], return_inverse=True)
    rank = np.zeros(len(client.words), np.int64)
    rank[used] = place
    return keys, rank[client.codes]


def _counts(rows: Batch, which: Ints, size: int, below: float) -> Array:
    """queries, measured, low of each client, shape (3, size)."""
    queries = np.bincount(which, minlength=size)
    if rows.confidence is None:
        return np.stack((queries, np.zeros_like(queries), np.zeros_like(queries)))
    there = np.isfinite(rows.confidence)
    low = there & (rows.confidence < below)
    return np.stack((queries, *(np.bincount(which[mask], minlength=size) for mask in (there, low))))


def _traced(
    state: State, tally: Tally, rows: Batch, keys: Words64, which: Ints, before: Ints, client: Category
) -> tuple[tuple[int, Trace], ...]:
    config = state.config
    traces = _kept(state, tally, keys, client)
    traced = np.isin(keys, np.array(list(traces), np.uint64))
    own, sizes, whose, window = chosen(traced, keys, which, before, config.window, config.seed)
    if not own.size or not config.space.axes:
        return tuple(sorted(traces.items()))
    placed, answers, times = points(config.space, rows, own), _answers(rows, own), rows.time[own]
    ends = np.cumsum(sizes)
    parts = zip((ends - sizes).tolist(), ends.tolist(), keys[whose].tolist(), window.tolist(), strict=True)
    place = {key: i for i, key in enumerate(traces)}
    finished = []
    for start, end, key, name in parts:
        if (old := traces[key]).window != name and old.parts:
            finished.append((place[key], asked(old.parts)))
        traces[key] = followed(old, name, Asked(placed[start:end], answers[start:end], times[start:end]))
    after = with_windows(list(traces.values()), finished, config.outside)
    return tuple(sorted(zip(traces, after, strict=True)))


def _answers(rows: Batch, own: Ints) -> Words64:
    """What normality separates queries by; numbers are all one answer."""
    if isinstance(rows.prediction, Category):
        return fingerprint(Category(rows.prediction.codes[own], rows.prediction.words))
    return np.zeros(own.size, np.uint64)


def _kept(state: State, tally: Tally, keys: Words64, client: Category) -> dict[int, Trace]:
    """The traces of those who asked most, new ones among them."""
    old = dict(state.traces)
    held = np.array(list(old), np.uint64)
    full = held.size >= state.config.traced  # then nobody comes in who asked less than all who are there
    least = max(ENTER, int(queries_of(tally, held).min())) if full else ENTER
    every = np.union1d(held, keys[queries_of(tally, keys) >= least])
    most = np.lexsort((every, -queries_of(tally, every)))[: state.config.traced]
    first = [key for key in every[most].tolist() if key not in old]
    named = _named(client, first) if first else {}
    return {key: old[key] if key in old else Trace(plain(named[key]), 0, ()) for key in every[most].tolist()}


def _named(client: Category, keys: list[int]) -> dict[int, str]:
    """The names of some clients, by hash."""
    hashed = hashes(client.words)
    places = np.flatnonzero(np.isin(hashed, np.array(keys, np.uint64)))
    return {int(hashed[i]): client.words[i] for i in places.tolist()}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the state shows of traced clients, in the order of their traces, and of pools."""

    alone: tuple[Behaviour, ...]
    pooled: tuple[Behaviour, ...]


@functools.lru_cache(maxsize=1)  # several who tell ask of one state, which is known by identity
def _seen(state: State) -> Seen:
    found = judged([trace for _, trace in state.traces], state.config.outside)
    alone = [_behaviour(state, key, t.name, *of) for (key, t), of in zip(state.traces, found, strict=True)]
    return Seen(tuple(alone), _pools(state, alone))


def behaviours(state: State) -> tuple[Behaviour, ...]:
    """Of each traced client, busiest first: what a chart of clients shows."""
    return tuple(sorted(_seen(state).alone, key=lambda b: (-b.queries, b.name)))


def _behaviour(
    state: State, key: int, name: str, normal: float | None, odd: float | None, outside: tuple[int, int]
) -> Behaviour:
    place = int(np.searchsorted(state.tally.key, np.uint64(key)))
    if place >= state.tally.key.size or int(state.tally.key[place]) != key:
        return Behaviour(name, 0, (0, 0), (0, 0), None)
    low = (int(state.tally.low[place]), int(state.tally.measured[place]))
    return Behaviour(name, int(state.tally.queries[place]), low, outside, normal, odd=odd)


def pools(state: State) -> tuple[Behaviour, ...]:
    """Clients pooled: each with those whose queries lie near its own, and clients that asked equally little."""
    return _seen(state).pooled


def _pools(state: State, alone: list[Behaviour]) -> tuple[Behaviour, ...]:
    config, traces = state.config, [trace for _, trace in state.traces]
    pairs = linked(traces, config.near, LINK)
    sets = {gathered(pairs, i, TOGETHER) for i in range(len(traces))}
    found = [_pool(config, [alone[i] for i in s], [traces[i] for i in s]) for s in sorted(sets) if len(s) > 1]
    return (*found, *bands(state.tally))


def _pool(config: Config, alone: list[Behaviour], traces: list[Trace]) -> Behaviour:
    every = asked([part for t in traces for part in t.parts])
    by = np.argsort(every.times, kind="stable")[:POOLED]
    hits = (outsiders(config.outside, every.points[by]), by.size)
    low = (sum(b.low[0] for b in alone), sum(b.low[1] for b in alone))
    name = f"{min(b.name for b in alone)} and {len(alone) - 1} alike"
    normal, odd = normality(every.points[by], every.answers[by])
    queries = sum(b.queries for b in alone)
    return Behaviour(name, queries, low, hits, normal, len(alone), normal if odd else None)


def limits_from(state: State, margin: float = 1.25) -> Limits:
    """Limits that no client and no pool of a reference log comes near: run the detector over it, and ask this."""
    found = limits_of(behaviours(state), pools(state), state.config.alpha, margin)
    _seen.cache_clear()  # nobody asks the same of a reference again, and its traces are large
    return found


def alarms(state: State) -> tuple[Alarm, ...]:
    """One for each client or pool and thing that is too much. A pool is left out where its first member shows it.

    What half of the clients show is one alarm: it tells nothing of any of them.
    """
    config, out = state.config, []
    each = [(b, _excesses(state, b)) for b in _seen(state).alone]
    alone = [(b.name, excess) for b, several in each for excess in several]
    shown = {(excess.kind, name) for name, excess in alone}
    busy = sum(b.queries >= LEAST or bool(several) for b, several in each)  # the others have too little to show
    crowd = common([excess for _, excess in alone], busy)
    out += [_alarm(state, name, excess) for name, excess in alone if excess.kind not in crowd]
    for one in _seen(state).pooled:
        for excess in excesses(one, config.limits, config.alpha, config.budget):
            if (excess.kind, one.name.split(" and ")[0]) not in shown and excess.kind not in crowd:
                out.append(_alarm(state, one.name, excess))
    out += [_alarm(state, MOST, excess) for excess in crowd.values()]
    return tuple(sorted(out))


def _excesses(state: State, one: Behaviour) -> list[Excess]:
    return list(excesses(one, state.config.limits, state.config.alpha, state.config.budget))


def _alarm(state: State, name: str, excess: Excess) -> Alarm:
    value, limit = rounded(excess.value, 4), rounded(excess.limit, 4)
    subject, message = f"{excess.kind}: {name}", f"{name}: {excess.words}"
    return Alarm(NAME, subject, state.first, state.last, value, limit, message)


def readings(state: State) -> tuple[Reading, ...]:
    """How many clients were seen and the most that one asked; and what stays invisible."""
    tally, config = state.tally, state.config
    if not tally.key.size:
        message = f"not measured: none of {state.missing} rows names a client"
        return (Reading(NAME, "clients", None, config.budget, 0, state.missing, message),)
    rows = int(tally.queries.sum()) + tally.forgotten_queries
    most = int(tally.queries.max())
    against = f"extraction took {config.budget}" if config.budget is not None else "no budget is known"
    message = (
        f"{tally.key.size + tally.forgotten} clients, {len(state.traces)} of them traced; the busiest asked {most} "
        f"times, {against}. Queries drawn from the model's own kind of data are seen only by their number"
    )
    details = (("forgotten clients", float(tally.forgotten)), ("traced", float(len(state.traces))))
    return (Reading(NAME, "clients", float(most), config.budget, rows, state.missing, message, details),)
