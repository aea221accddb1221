"""What one event costs: the harms that the file prices, or the default table where it prices none.

An event's loss is lognormal from its 90 % interval; a fine adds its statutory maximum times a Beta share. Harms that
hurt people are never money: they give a tolerable frequency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from casemate.catalog.load import Catalog
from casemate.core.money import Interval
from casemate.define.system import Harm, System
from casemate.prioritize.draws import lognormal


@dataclass(frozen=True, slots=True)
class Loss:
    """Mean and variance of one event's loss, which harms it adds up, and the frequency that people tolerate."""

    mean: float
    variance: float
    harms: tuple[str, ...]
    assumed: bool = False
    """The file prices no such harm; the default table did."""
    tolerable: float | None = None
    hurts: tuple[str, ...] = ()


def losses_of(
    system: System, catalog: Catalog, goals: Mapping[tuple[str, str], Iterable[str]]
) -> dict[tuple[str, str], Loss]:
    """By (outcome, asset), the loss. goals: an asset's places. What is priced nowhere in particular is priced once."""
    somewhere = {h.outcome for h in system.harms.values() if h.of is not None}
    general = {what: loss_of(system, catalog, what, ()) for what in {what for what, _ in goals} - somewhere}
    return {
        (what, asset): general[what] if what in general else loss_of(system, catalog, what, places)
        for (what, asset), places in goals.items()
    }


def loss_of(system: System, catalog: Catalog, outcome: str, places: Iterable[str]) -> Loss:
    """The loss of an outcome at these places (an asset and all that belongs to it).

    Attempts belong to the asset, so the loss does too: whichever of its elements somebody goes through.
    """
    at = set(places)
    here = [h for h in system.harms.values() if h.outcome == outcome and (h.of is None or h.of in at)]
    hurting = [h for h in here if h.tolerable is not None]
    priced = [h for h in here if h.loss is not None]
    people = tuple(sorted(h.hurts or h.id for h in hurting))
    tolerable = min((h.tolerable for h in hurting if h.tolerable is not None), default=None)
    if priced:
        parts = [_event(h, catalog) for h in priced]
        mean, variance = sum(m for m, _ in parts), sum(v for _, v in parts)
        return Loss(mean, variance, tuple(sorted(h.id for h in priced)), False, tolerable, people)
    if hurting:
        return Loss(0.0, 0.0, tuple(sorted(h.id for h in hurting)), False, tolerable, people)
    mean, variance = moments(catalog.priors.losses[outcome])
    return Loss(mean, variance, (outcome,), True)


@lru_cache(maxsize=1024)
def moments(interval: Interval) -> tuple[float, float]:
    """Mean and variance of the lognormal with this 90 % interval."""
    import math

    mu, sigma = lognormal(interval)
    mean = math.exp(mu + sigma**2 / 2)
    return mean, mean**2 * math.expm1(sigma**2)


def _event(harm: Harm, catalog: Catalog) -> tuple[float, float]:
    assert harm.loss is not None  # noqa: S101  the caller chose priced harms
    mean, variance = moments(harm.loss)
    fine = catalog.fines.get(harm.fine or "")
    if fine is None:
        return mean, variance
    maximum = max(fine.cap, fine.share * (harm.turnover or 0.0))
    a, b = catalog.fine_share
    share = a / (a + b)
    return mean + maximum * share, variance + maximum**2 * a * b / ((a + b) ** 2 * (a + b + 1))
