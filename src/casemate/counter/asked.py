"""What could be tested, and what could be bought or proven for it, before anything is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from casemate.catalog.controls import Control
from casemate.counter.offers import CONTROLLED, per_day, placed, there
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.price import best_mean
from casemate.prioritize.risk import Risk, Risks
from casemate.prioritize.scenario import Way
from casemate.prioritize.standing import LEAST

Asked: TypeAlias = tuple[str, tuple[str, ...], "str | None", "list[Risk]"]
"""A test: element, kinds of evidence, control, threats."""


@dataclass(slots=True)
class Shelf:
    """What could be bought or proven: by (control, place) the live threats that it would act on."""

    buys: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    """By threat what it would leave of what is left now."""
    proofs: dict[tuple[str, str], list[Risk]] = field(default_factory=dict)
    of: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The buys of each threat."""


def prices(risks: Risks) -> dict[str, float]:
    """What each threat costs a year at success 1 of its attempts: its share of all goals that it is a way to."""
    out: dict[str, float] = {}
    for s in risks.scenarios:
        per = risks.losses[s.outcome, s.asset].mean * lognormal_mean(risks.rates[s.attacker])
        weights = [_mean(w) * w.factor * w.loss_factor for w in s.ways]
        total = best_mean(risks.seed, s.shape) * per / max(sum(weights), 1e-300)
        for w in s.ways:
            out[w.threat] = out.get(w.threat, 0.0) + total * w.factor * w.loss_factor
    return out


def _mean(w: Way) -> float:
    return w.a / (w.a + w.b)


def shelf_of(risks: Risks, live: Iterable[Risk]) -> Shelf:
    """What these threats could be countered with: bought where it is not there, proven where somebody says it is."""
    out = Shelf()
    budget = risks.parts.system.plan.budget
    day = per_day(risks.parts.system.plan)
    affordable = {i: c for i, c in risks.catalog.controls.items() if budget is None or c.cost(day) <= budget}
    for r in live:
        for at in placed(risks, r):
            name, where = at
            if there(risks, name, where):
                if r.found.outcome in CONTROLLED:
                    out.proofs.setdefault(at, []).append(r)
            elif name in affordable:
                out.buys.setdefault(at, {})[r.id] = _left(r, affordable[name])
                out.of.setdefault(r.id, []).append(at)
    return out


def asked_of(risks: Risks, live: Iterable[Risk], shelf: Shelf) -> Iterator[Asked]:
    """Every test as (element, kinds of evidence, control, threats). Kinds that try the same threats are one test."""
    by_kind: dict[tuple[str, str], list[Risk]] = {}
    for r in live:
        for kind in r.found.rule.measured_by:
            by_kind.setdefault((r.found.element, kind), []).append(r)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (element, kind), found in by_kind.items():
        alike.setdefault((element, tuple(sorted(r.id for r in found))), []).append(kind)
    for (element, _), kinds in alike.items():
        yield element, tuple(sorted(kinds)), None, by_kind[element, kinds[0]]
    for (control, where), found in shelf.proofs.items():
        yield where, risks.catalog.controls[control].proven_by, control, found


def _left(r: Risk, c: Control) -> float:
    """What the control leaves of what is left now: all together never less than `LEAST`."""
    now = r.views["current"].left(c.acts_on)
    return max(LEAST, now * (1 - c.effect)) / now
