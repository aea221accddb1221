"""A simulated city: a grid of streets, mornings with their jams, drivers who report, trips of the fleet.

Nothing here is real. Seeded; plain Python and numpy. Times are minutes, streets are one-way and in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
NOISE = 0.12  # of one honest report, as standard deviation of its logarithm
HISTORY = 40  # honest mornings that the service has seen before


@dataclass(frozen=True, slots=True)
class City:
    """`size` x `size` crossings. tail, head (streets,): where each begins and ends; free: minutes when it is empty."""

    size: int
    tail: Ints
    head: Ints
    free: Array

    @property
    def crossings(self) -> int:
        """How many crossings there are."""
        return self.size * self.size


@dataclass(frozen=True, slots=True)
class Reports:
    """What came in during one morning, one entry each: which street, minutes, by which account."""

    street: Ints
    minutes: Array
    account: Ints

    def __len__(self) -> int:
        return len(self.street)

    def of(self, kept: NDArray[np.bool_]) -> Reports:
        """Those that are marked."""
        return Reports(self.street[kept], self.minutes[kept], self.account[kept])

    def plus(self, other: Reports) -> Reports:
        """These, then the others."""
        return Reports(
            np.concatenate([self.street, other.street]),
            np.concatenate([self.minutes, other.minutes]),
            np.concatenate([self.account, other.account]),
        )


@dataclass(frozen=True, slots=True)
class Morning:
    """true (streets,): the minutes that a street takes; before: what they were a quarter of an hour ago, as the fleet's
    own vehicles measured it where they drove (else not a number); trips (vehicles, 2): from where to where."""

    true: Array
    before: Array
    reports: Reports
    trips: Ints


def city(size: int, rng: np.random.Generator) -> City:
    """Every third street is wide. Crossings are numbered row by row."""
    at = np.arange(size * size).reshape(size, size)
    pairs = [(at[:, :-1], at[:, 1:]), (at[:-1, :], at[1:, :])]
    tail = np.concatenate([x.ravel() for a, b in pairs for x in (a, b)])
    head = np.concatenate([x.ravel() for a, b in pairs for x in (b, a)])
    row, column = np.divmod(tail, size)
    line = np.where(np.abs(head - tail) == 1, row, column)
    wide = np.where(line % 3 == 1, 0.7, 1.0)
    return City(size, tail, head, 2.0 * wide * rng.uniform(0.9, 1.1, len(tail)))


def distances(c: City, minutes: Array) -> Array:
    """Minutes from every crossing to every other (Floyd 1962). minutes (streets,), all positive."""
    out = np.full((c.crossings, c.crossings), np.inf)
    np.fill_diagonal(out, 0.0)
    out[c.tail, c.head] = minutes
    for via in range(c.crossings):
        np.minimum(out, out[:, via, None] + out[None, via, :], out=out)
    return out


def driven(c: City, minutes: Array, far: Array, trips: Ints) -> NDArray[np.bool_]:
    """Which streets the shortest way of each trip takes, shape (trips, streets). far: distances(c, minutes)."""
    start, end = trips.T
    length = far[start][:, c.tail] + minutes + far[c.head][:, end].T
    return np.asarray(length <= far[start, end][:, None] + 1e-9)


def trips(c: City, count: int, rng: np.random.Generator) -> Ints:
    """From a crossing to another one, at least a third of the city away."""
    found = rng.integers(c.crossings, size=(count * 4, 2))
    (r0, c0), (r1, c1) = np.divmod(found[:, 0], c.size), np.divmod(found[:, 1], c.size)
    return np.asarray(found[np.abs(r0 - r1) + np.abs(c0 - c1) >= 2 * c.size // 3][:count])


def jams(c: City, rng: np.random.Generator) -> Array:
    """Factors on the empty street: jams that neighbours share, and each street's own."""
    rough = rng.normal(size=(c.size + 2, c.size + 2))
    near = [np.roll(rough, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    smooth = np.sum(near, axis=0) / 3.0
    here = smooth[1:-1, 1:-1].ravel()
    own = rng.normal(size=len(c.free))
    return np.asarray(np.exp(0.25 + 0.15 * (here[c.tail] + here[c.head]) / 2**0.5 + 0.1 * own))


def morning(c: City, drivers: int, vehicles: int, rng: np.random.Generator) -> Morning:
    """A morning without an attacker. Drivers take the way that is shortest in truth and report every street of it."""
    true = c.free * jams(c, rng)
    far = distances(c, true)
    who, street = np.nonzero(driven(c, true, far, trips(c, drivers, rng)))
    said = true[street] * np.exp(rng.normal(0, NOISE, len(street)))
    reports = Reports(street, said, who)
    seen = driven(c, true, far, trips(c, vehicles // 4, rng)).any(axis=0)
    before = np.where(seen, true * np.exp(rng.normal(0, 0.08, len(true))), np.nan)
    return Morning(true, before, reports, trips(c, vehicles, rng))
