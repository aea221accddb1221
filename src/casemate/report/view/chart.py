"""The numbers behind the pictures of money: curves through the appetite, the four views, bars on one scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from casemate.prioritize.draws import ends
from casemate.prioritize.simulate import Years
from casemate.report.svg.axes import Money
from casemate.report.svg.bar import interval
from casemate.report.svg.curve import Kind, Series, curve
from casemate.report.view.rows import said
from casemate.report.view.story import Points, Story
from casemate.report.view.words import share, span
from casemate.validate.assessment import Assessment

KINDS: dict[str, Kind] = {"today": "today", "without controls": "bare", "after the plan": "planned"}
MEANS = {
    "inherent": "without any countermeasure",
    "current": "what evidence proves",
    "claimed": "if all that is said were proven",
    "target": "current, after the plan",
}


@dataclass(frozen=True, slots=True)
class View:
    """The system's expected yearly loss as one of four people would see it."""

    name: str
    means: str
    said: str
    range: str
    bar: str
    chance: str


def years(a: Assessment) -> dict[str, Years]:
    """Simulated years by the names of the curves."""
    y = a.risks.years
    return {"today": y["current"], "without controls": y["inherent"], "after the plan": a.treatment.years}


def series(a: Assessment, told: Story) -> tuple[Series, ...]:
    """The story's curves, each with a point at the appetite itself: there the picture must say what the text says."""
    of = years(a)
    made = [(name, through(points, of[name], a.risks.appetite)) for name, points in told.curves]
    return tuple(Series(name, KINDS[name], points) for name, points in made if points)


def through(points: Points, of: Years, at: float) -> Points:
    """The curve with the exact chance at one amount; points that rounding put on one another are left out."""
    if not points:
        return ()
    kept = [p for p in points if abs(p[0] - at) > 1]
    exact = [(at, of.above(at))] if at > 0 else []
    found = sorted({*kept, *exact}, key=lambda p: (p[0], -p[1]))
    return tuple(found[:1] + [q for p, q in pairwise(found) if q[0] > p[0]])


def picture(a: Assessment, told: Story) -> str:
    """The exceedance curve as SVG; empty where no loss was simulated."""
    found = series(a, told)
    if not found:
        return ""
    loss, most = told.tolerance
    limit = ((loss, most),) if loss > 0 else ()
    return curve(found, short(a), f"Chance of a yearly loss above an amount. {told.chance}", tolerance=limit)


def short(a: Assessment) -> Money:
    """Money on an axis: `€1M`."""
    return lambda value: said(a, value).replace(".0", "")


def chances(a: Assessment, told: Story) -> list[tuple[str, bool, list[str]]]:
    """The curves as a table: an amount, whether it is the appetite, and the chance of more in each curve."""
    found = series(a, told)
    amounts = [x for s in found for x, _ in s.points]
    if not amounts:
        return []
    low, high = np.log10(min(amounts)), np.log10(max(amounts))
    marks = {10.0**k for k in range(int(np.ceil(low)), int(np.floor(high)) + 1)} | {a.risks.appetite}
    of = years(a)
    return [
        (said(a, x), x == a.risks.appetite, [share(of[s.name].above(x)) for s in found]) for x in sorted(marks) if x > 0
    ]


def views(a: Assessment) -> list[View]:
    """Inherent, current, claimed and target, their bars on one scale."""
    of = [*((name, a.risks.years[name]) for name in ("inherent", "current", "claimed")), ("target", a.treatment.years)]
    spread = {name: (float(y.mean), *ends(y.expected)) for name, y in of}
    most = max(max(v) for v in spread.values())
    made = []
    for name, y in of:
        mean, p5, p95 = spread[name]
        bar, text = ranged(a, mean, p5, p95, most)
        made.append(View(name, MEANS[name], said(a, mean), text, bar, share(y.above(a.risks.appetite))))
    return made


def ranged(a: Assessment, mean: float, p5: float, p95: float, most: float) -> tuple[str, str]:
    """A bar from P5 to P95 and the words for it; both empty where there is nothing to show."""
    if max(mean, p95) <= 0 or most <= 0:
        return "", ""
    text = span(p5, p95, a.system.currency)
    return interval(p5, mean, p95, most, f"P5 to P95: {text}"), text


def scale(spreads: Iterable[tuple[float, float]]) -> float:
    """The right end of a table's bars: the largest mean or P95 in it."""
    return max((max(pair) for pair in spreads), default=0.0)


def gap(a: Assessment) -> str:
    """What claimed minus current says: the price of missing evidence."""
    current, claimed = a.risks.years["current"].mean, a.risks.years["claimed"].mean
    if current - claimed < 0.5:
        return "Nothing that is only claimed would lower the current risk: there is no evidence to catch up on."
    price = said(a, current - claimed)
    return (
        f"Claimed minus current, {price} a year, is the price of missing evidence: with proof for all that is said, "
        f"{said(a, current)} would be {said(a, claimed)}."
    )
