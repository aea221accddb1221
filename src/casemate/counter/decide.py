"""The arithmetic of `information`: which purchases are best before and after a test, and what the difference is worth.

It knows numbers only: beliefs, prices, what could be bought. Equal cases are worked out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import lgamma
from typing import NamedTuple

import numpy as np

from casemate.prioritize.draws import Array, generator
from casemate.prioritize.standing import LEAST

EXACT = 3
"""Threats of which all joint results are listed (729 at most with 8 tries); those of more are drawn."""
DRAWS = 1_000
BUYS = 4
"""What is weighed against each other, in all combinations: the countermeasures that save most as things stand."""


class Tried(NamedTuple):
    """A threat that a test tries: Beta(a, b) for the success of an attempt, and what it costs a year at success 1."""

    a: float
    b: float
    price: float


class Buy(NamedTuple):
    """Something to buy: what it costs a year, and the share that it leaves of each threat."""

    cost: float
    left: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Worth:
    """What a test saves a year, the chance that it changes what is bought, what is bought now, and the likeliest else.

    Purchases are indices of what could be bought.
    """

    value: float
    changes: float
    now: tuple[int, ...]
    then: tuple[int, ...]


@lru_cache(maxsize=8192)
def worth(seed: int, tries: int, tried: tuple[Tried, ...], buys: tuple[Buy, ...]) -> Worth:
    """The value of trying these threats. tries: attempts at each; buys: what could be bought."""
    few, fixed, left = _choices(tried, buys)
    means, weights = _results(seed, tries, tried)
    # Not by `@`: for sizes like these its threads cost more than they give.
    costs = fixed + np.einsum("rt,ct->rc", means, left * [t.price for t in tried])  # (results, choices)
    now = int(np.einsum("r,rc->c", weights, costs).argmin())
    best = np.where(costs[:, now] <= costs.min(axis=1) * (1 + 1e-12), now, costs.argmin(axis=1))
    saved = float((weights * (costs[:, now] - costs[np.arange(len(best)), best])).sum())
    changed = np.bincount(best, weights, len(fixed))
    changed[now] = 0.0
    other = int(changed.argmax())
    then = other if changed[other] > 0 else now
    return Worth(max(0.0, saved), float(changed.sum()), _bought(few, now), _bought(few, then))


@lru_cache(maxsize=8192)
def at_most(tries: int, tried: tuple[Tried, ...], buys: tuple[Buy, ...]) -> float:
    """What `worth` cannot find more than, but for rounding; without looking at all results.

    Whoever buys all that is weighed gains most by deciding after the test if no attempt succeeds, and whoever buys
    nothing if all do. So no test is worth more than deciding anew then.
    """
    choices = [(0.0, [1.0] * len(tried))]
    for i in _few(tried, buys):
        b = buys[i]
        choices += [(cost + b.cost, [x * y for x, y in zip(left, b.left, strict=True)]) for cost, left in choices]
    gains = []
    for successes, decided in ((0, -1), (tries, 0)):
        prices = [t.price * (t.a + successes) / (t.a + t.b + tries) for t in tried]
        costs = [cost + sum([p * max(x, LEAST) for p, x in zip(prices, left, strict=True)]) for cost, left in choices]
        gains.append(costs[decided] - min(costs))
    return min(gains)


def _bought(few: list[int], choice: int) -> tuple[int, ...]:
    return tuple(i for i, yes in zip(few, _combinations(len(few))[choice], strict=True) if yes)


def _choices(tried: tuple[Tried, ...], buys: tuple[Buy, ...]) -> tuple[list[int], Array, Array]:
    """The few best buys; of their combinations the cost a year (choices,) and what they leave (choices, threats)."""
    few = _few(tried, buys)
    on = _combinations(len(few))
    fixed = (on * [buys[i].cost for i in few]).sum(axis=1)
    left = np.where(on[:, :, None] > 0, np.array([buys[i].left for i in few]), 1.0).prod(axis=1)
    return few, fixed, np.maximum(left, LEAST)


def _few(tried: Sequence[Tried], buys: Sequence[Buy]) -> list[int]:
    """The buys that save most as things stand, in their order."""
    now = [t.price * t.a / (t.a + t.b) for t in tried]
    saves = [sum(n * (1 - left) for n, left in zip(now, b.left, strict=True)) - b.cost for b in buys]
    return sorted(sorted(range(len(buys)), key=lambda i: (-saves[i], i))[:BUYS])


@lru_cache(maxsize=BUYS + 1)
def _combinations(n: int) -> Array:
    """All choices among n things, the fewest first: ones and zeros, shape (2^n, n)."""
    return np.array(sorted(product((0.0, 1.0), repeat=n), key=lambda row: (sum(row), row[::-1])))


def _results(seed: int, tries: int, tried: tuple[Tried, ...]) -> tuple[Array, Array]:
    """What we would believe after each joint result, and the result's weight: shapes (results, threats), (results,).

    Few threats: every result with its exact chance. Many: draws, of each threat in the shares that it must have, so
    that means need no luck; in an order that depends on the belief and its place alone.
    """
    chances = [chances_of(t.a, t.b, tries) for t in tried]
    if len(tried) <= EXACT:
        broken = np.array(list(product(range(tries + 1), repeat=len(tried))), dtype=np.float64)
        weights = np.ones(1)
        for c in chances:
            weights = np.outer(weights, c).ravel()
    else:
        broken = np.stack([_drawn(seed, t.a, t.b, tries, i) for i, t in enumerate(tried)], axis=1)
        weights = np.full(DRAWS, 1 / DRAWS)
    a, n = np.array([t.a for t in tried]), np.array([t.a + t.b + tries for t in tried])
    return (a + broken) / n, weights


@lru_cache(maxsize=1024)
def chances_of(a: float, b: float, tries: int) -> Array:
    """Chance of 0, 1 ... tries successes when each has the same chance, which is Beta(a, b): shape (tries + 1,)."""
    k = range(tries + 1)
    logs = [
        lgamma(tries + 1) - lgamma(i + 1) - lgamma(tries - i + 1)
        + lgamma(a + i) + lgamma(b + tries - i) - lgamma(a + b + tries)
        for i in k
    ]  # fmt: skip
    found: Array = np.exp(np.array(logs) - max(logs))
    return found / float(found.sum())


@lru_cache(maxsize=256)
def _drawn(seed: int, a: float, b: float, tries: int, place: int) -> Array:
    """Successes of one threat in each draw, shape (DRAWS,): a success from the belief, then the tries, stratified."""
    at = (np.arange(DRAWS) + 0.5) / DRAWS
    found = np.searchsorted(np.cumsum(chances_of(a, b, tries)), at).astype(np.float64)
    drawn: Array = generator(seed, "test", a, b, place).permutation(np.minimum(found, tries))
    return drawn
