"""The yearly loss of the whole system: compound Poisson over the scenarios, by classes of attackers and goals.

Rates of all scenarios of one class and goal add up (they share the class's attempts of the year), then one Poisson
count and one compound loss are drawn for each year. The sum of n losses is drawn from the lognormal with the same mean
and variance (Fenton 1960; exact for n = 1). So the cost follows classes x goals x years, not the number of risks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from casemate.core.money import Interval
from casemate.prioritize.draws import YEARS, Array, attempts, generator, order, success
from casemate.prioritize.loss import Loss
from casemate.prioritize.scenario import Scenario

Shape: TypeAlias = tuple[tuple[float, float, float, float], ...]
Group: TypeAlias = tuple[str, str, float, float]
"""Class of attackers, goal, mean and variance of one event's loss."""


@dataclass(frozen=True, slots=True)
class Years:
    """Simulated years: `expected` holds the expected loss of each year's parameters, `loss` what happened, (years,)."""

    expected: Array
    loss: Array

    @property
    def mean(self) -> float:
        """Expected yearly loss."""
        return float(self.expected.mean())

    def above(self, amount: float) -> float:
        """Chance of a yearly loss above the amount."""
        return float((self.loss > amount).mean())


def best(seed: int, ways: Shape, years: int = YEARS) -> tuple[Array, float]:
    """Success of the best way, sorted upwards, and the share of the loss that controls leave.

    Attackers take what does most harm: so a control on one way never makes the whole dearer.
    """
    draws = [success(seed, a, b, years) * factor for a, b, factor, _ in ways]
    top = draws[0] if len(draws) == 1 else np.maximum.reduce(draws)
    left = [loss_factor for *_, loss_factor in ways]
    if len(set(left)) == 1:
        return top, left[0]
    harm = np.maximum.reduce([draw * share for draw, share in zip(draws, left, strict=True)])
    return top, float(harm.mean()) / max(float(top.mean()), 1e-300)


def simulate(
    scenarios: Iterable[Scenario],
    losses: Mapping[tuple[str, str], Loss],
    rates: Mapping[str, Interval],
    seed: int,
    years: int = YEARS,
) -> Years:
    """Yearly losses. losses: by (outcome, asset); rates: attempts a year by attacker class."""
    many: Counter[tuple[str, str, float, float, Shape]] = Counter()
    for s in scenarios:
        loss = losses[s.outcome, s.asset]
        if loss.mean > 0:
            many[s.attacker, s.outcome, loss.mean, loss.variance, s.shape] += 1
    groups: dict[Group, list[tuple[Shape, int]]] = {}
    for (who, what, mean, variance, ways), n in sorted(many.items()):
        groups.setdefault((who, what, mean, variance), []).append((ways, n))
    expected, total = np.zeros(years), np.zeros(years)
    for group, shapes in sorted(groups.items(), key=lambda kv: kv[0]):
        of_group = _group(seed, group, rates[group[0]], tuple(shapes), years)
        expected += of_group.expected
        total += of_group.loss
    return Years(expected, total)


@lru_cache(maxsize=256)
def _group(seed: int, group: Group, rate: Interval, shapes: tuple[tuple[Shape, int], ...], years: int) -> Years:
    """The years of one class of attackers, goal and loss. Views mostly differ in few groups; the others are kept."""
    who, what, mean, variance = group
    frequency, left = np.zeros(years), 0.0
    for ways, n in shapes:
        top, loss_factor = best(seed, ways, years)
        tries = attempts(seed, who, rate.low, rate.high, years)
        draw = tries * top[order(seed, f"{who} {what} {ways}", years)]
        # Attempts and success are independent: scaled to the mean that this gives, so that a view with less success
        # never comes out dearer by the luck of its order.
        draw *= n * float(tries.mean()) * float(top.mean()) / max(float(draw.mean()), 1e-300)
        frequency = frequency + draw
        left += loss_factor * float(draw.mean())
    share = left / max(float(frequency.mean()), 1e-300)
    loss = _compound(generator(seed, "years", group), frequency, mean * share, variance * share**2)
    return Years(frequency * mean * share, loss)


def _compound(rng: np.random.Generator, frequency: Array, mean: float, variance: float) -> Array:
    """The loss of each year: a Poisson number of events of this mean and variance."""
    counts = rng.poisson(np.minimum(frequency, 1e9))
    z = rng.standard_normal(len(counts))
    out = np.zeros(len(counts))
    hit = counts > 0
    n = counts[hit].astype(np.float64)
    sigma2 = np.log1p(variance / (n * mean**2))
    out[hit] = n * mean * np.exp(np.sqrt(sigma2) * z[hit] - sigma2 / 2)
    return out


def curve(years: Years, points: int = 40) -> tuple[tuple[float, float], ...]:
    """The exceedance curve: (amount, chance of a yearly loss above it), from 1 % of the mean to the worst year."""
    worst = float(years.loss.max())
    if worst <= 0:
        return ()
    low = max(min(years.mean / 100, worst / 10), 1.0)
    shown = np.round(np.geomspace(low, max(worst, low * 10), points)).tolist()
    amounts = list(dict.fromkeys(shown))  # np.unique would import all of numpy.ma
    loss = np.sort(years.loss)
    chance = (len(loss) - np.searchsorted(loss, amounts, side="right")) / len(loss)
    return tuple((float(a), float(c)) for a, c in zip(amounts, chance, strict=True))
