"""Somebody who wants the fleet's vehicles to drive through an area, and can write reports.

They know everything: the code, what the service learned, what honest drivers report, all settings. Nothing may rest on
secrecy. What is limited is how many reports they write, and from how many accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from city import Array, City, Ints, Morning, Reports, distances, driven
from numpy.typing import NDArray
from service import STREETS, Service, estimate, refused

Block: TypeAlias = NDArray[np.bool_]  # (crossings,): those of the area
CRAWL, RUSH = 6.0, 0.2  # times the usual minutes: what somebody says who does not care whether it is believed
FAST = 0.25  # share of the reports that make the area look fast; the others make its surroundings look jammed
PRICES = (0.1, 0.3, 1.0)  # false reports for each honest one of a street; few suffice where few words are bold enough
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Attack:
    """The reports, and the share of the fleet's vehicles that they lead into the area beyond those who drive there
    anyway."""

    reports: Reports
    led: float


@dataclass(frozen=True, slots=True)
class Words:
    """What to say of each street (streets,), in minutes, to make it look jammed or fast; and the reports an account."""

    jammed: Array
    fast: Array
    each: int


def area(c: City, rng: np.random.Generator) -> Block:
    """A block of 2 x 2 crossings that does not touch the edge, shape (crossings,)."""
    row, column = rng.integers(1, c.size - 2, size=2)
    out = np.zeros((c.size, c.size), dtype=bool)
    out[row : row + 2, column : column + 2] = True
    return out.ravel()


def through(far: Array, block: Block, trips: Ints) -> tuple[NDArray[np.bool_], Array]:
    """Which trips pass the block on their shortest way, and how many minutes longer the way through it is."""
    start, end = trips.T
    inside = np.flatnonzero(block)
    via = (far[start][:, inside] + far[inside][:, end].T).min(axis=1)
    longer = via - far[start, end]
    return longer <= 1e-9, longer


def share(s: Service, r: Reports, m: Morning, block: Block) -> float:
    """The share of the fleet that these reports send through the block."""
    return float(through(distances(s.city, estimate(s, r, m.before)), block, m.trips)[0].mean())


def crude(s: Service) -> Words:
    """The most extreme words, all from one account."""
    return Words(CRAWL * s.usual, RUSH * s.usual, 10**6)


def careful(s: Service, m: Morning, each: int) -> Words:
    """The most extreme words for each street that the gate lets through."""
    factors = np.geomspace(RUSH, CRAWL, 28)
    street = np.tile(np.arange(len(s.usual)), len(factors))
    minutes = np.outer(factors, s.usual).ravel()
    account = np.arange(len(street)) // each
    passes = ~refused(s, Reports(street, minutes, account), m.before).reshape(len(factors), -1)
    best = np.where(passes, factors[:, None], np.nan)
    none = ~passes.any(axis=0)
    best[:, none] = 1.0
    return Words(np.nanmax(best, axis=0) * s.usual, np.nanmin(best, axis=0) * s.usual, each)


def attack(s: Service, m: Morning, block: Block, words: Words, budget: int) -> Attack:
    """The best of a greedy search: fast words for the area, jams where the fleet drives.

    The search leaves the gate out to be quick; what the best attack leads there is measured on the service itself.
    """
    honest = m.reports.of(~refused(s, m.reports, m.before))
    open_, seen = replace(s, gate=None), replace(m, reports=honest)
    found = [a for price in PRICES for a in _search(open_, seen, block, words, price, budget)]
    best = max(found, key=lambda a: a.led).reports
    return Attack(best, led(s, best, m, block))


def led(s: Service, r: Reports, m: Morning, block: Block) -> float:
    """The share of the fleet that goes through the block because of these reports."""
    return share(s, m.reports.plus(r), m, block) - share(s, m.reports, m, block)


def _search(s: Service, m: Morning, block: Block, words: Words, price: float, budget: int) -> list[Attack]:
    inside = np.flatnonzero(block[s.city.tail] & block[s.city.head])
    each = int(FAST * budget) // len(inside)
    street, said = np.tile(inside, each), np.tile(words.fast[inside], each)
    heard = np.bincount(m.reports.street, minlength=len(s.usual))
    jammed = np.zeros(len(s.usual), dtype=bool)
    before, out = share(s, m.reports, m, block), []
    for left in range(ROUNDS, -1, -1):
        mine = Reports(street, said, _accounts(m, street, words.each))
        minutes = estimate(s, m.reports.plus(mine), m.before)
        far = distances(s.city, minutes)
        there, longer = through(far, block, m.trips)
        out.append(Attack(mine, float(there.mean()) - before))
        if left == 0 or len(street) >= budget:
            break
        spare = (budget - len(street)) // left
        wanted = _worth(s.city, block, driven(s.city, minutes, far, m.trips[~there]), longer[~there], jammed)
        added = _afford(wanted, np.ceil(price * heard).astype(int) + 2, spare)
        jammed[added] = True
        street = np.concatenate([street, added])
        said = np.concatenate([said, words.jammed[added]])
    return out


def _worth(c: City, block: Block, drives: NDArray[np.bool_], longer: Array, done: NDArray[np.bool_]) -> Ints:
    """Streets that vehicles take past the block, first those of most who would soon turn into it."""
    soon = np.round(np.exp(-longer / 2.0) @ drives, 6)  # equal where only the last digits differ
    soon[block[c.tail] | block[c.head] | done] = 0.0
    order = np.argsort(-soon, kind="stable")
    return np.asarray(order[soon[order] > 0])


def _afford(streets: Ints, price: Ints, spare: int) -> Ints:
    """Reports, as many for each street as outweigh the honest ones, until nothing is left to spend."""
    return np.repeat(streets, price[streets])[:spare]


def _accounts(m: Morning, street: Ints, each: int) -> Ints:
    """New accounts with so many reports each. Nobody says the same street twice from one of them, if they can."""
    first = int(m.reports.account.max(initial=0)) + 1
    if each >= len(street):
        return np.full(len(street), first)
    order = np.argsort(street, kind="stable")
    out = np.empty(len(street), dtype=int)
    out[order] = np.arange(len(street)) % -(-len(street) // min(each, STREETS))
    return out + first
