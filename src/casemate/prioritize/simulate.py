"""The yearly loss of the whole system: compound Poisson over the scenarios, by classes of attackers and goals.

Rates of all scenarios of one class and goal add up (they share the class's attempts of the year), then one Poisson
count and one compound loss are drawn for each year. The sum of n losses is drawn from the lognormal with the same mean
and variance (Fenton 1960; exact for n = 1). So the cost follows classes x goals x years, not the number of risks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from casemate.core.money import Interval
from casemate.prioritize.draws import YEARS, Array, attempts, generator, order, success
from casemate.prioritize.loss import Loss
from casemate.prioritize.scenario import Scenario, shape

Shape = tuple[tuple[float, float, float, float], ...]


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
    """Success of the best way, sorted upwards, and the share of the loss that controls leave on the likeliest way."""
    draws = [success(seed, a, b, years) * factor for a, b, factor, _ in ways]
    likeliest = max(range(len(ways)), key=lambda i: (float(draws[i].mean()), ways[i]))
    top = draws[0] if len(draws) == 1 else np.maximum.reduce(draws)
    return top, ways[likeliest][3]


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
            many[s.attacker, s.outcome, loss.mean, loss.variance, shape(s.ways)] += 1
    groups: dict[tuple[str, str, float, float], Array] = {}
    left: dict[tuple[str, str, float, float], float] = {}
    for (who, what, mean, variance, ways), n in sorted(many.items()):
        top, loss_factor = best(seed, ways, years)
        rate = attempts(seed, who, rates[who].low, rates[who].high, years)
        draw = n * rate * top[order(seed, f"{who} {what} {ways}", years)]
        key = (who, what, mean, variance)
        groups[key] = groups[key] + draw if key in groups else draw
        left[key] = left.get(key, 0.0) + loss_factor * float(draw.mean())
    expected, total = np.zeros(years), np.zeros(years)
    for key, frequency in sorted(groups.items(), key=lambda kv: kv[0]):
        who, what, mean, variance = key
        share = left[key] / max(float(frequency.mean()), 1e-300)
        expected += frequency * mean * share
        total += _compound(generator(seed, "years", key), frequency, mean * share, variance * share**2)
    return Years(expected, total)


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
    amounts = np.geomspace(low, max(worst, low * 10), points)
    loss = np.sort(years.loss)
    chance = 1 - np.searchsorted(loss, amounts, side="right") / len(loss)
    return tuple((float(round(a)), float(c)) for a, c in zip(amounts, chance, strict=True))
