"""What monitors saw, as the report shows it: how sure a model was over time, and how far each column has moved.

A record may come from anybody who can write the evidence folder: what is no such number is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from markupsafe import Markup

from casemate.evidence.bind import Record
from casemate.report.svg.confidence import Point, confidence
from casemate.report.svg.effects import effect
from casemate.report.svg.plot import NARROW, RULES, WIDE
from casemate.report.view.words import day
from casemate.validate.assessment import Assessment

COLUMNS, STRETCHES = 12, 400
LAST, SECOND = 2**33, 1_000_000_000  # s since 1970; ns
RULE = Markup(RULES)  # noqa: S704  our own style sheet


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: how far it moved over all rows, and where that is an alarm."""

    name: str
    drawn: Markup
    effect: str
    limit: str


@dataclass(frozen=True, slots=True)
class Watched:
    """The newest usable record of a model's monitor."""

    element: str
    on: str
    bars: tuple[Bar, ...]
    more: int
    curves: tuple[Markup, ...]
    """Confidence over time, wide and narrow; empty where it was not measured."""


def watched(a: Assessment) -> list[Watched]:
    """Each component of which a monitor's record counts, in the order of their names."""
    out: list[Watched] = []
    for _, records in sorted(a.risks.parts.records.items()):
        drawn = (_watched(r) for r in records if r.usable and r.statement.kind == "monitor")
        out += islice((w for w in drawn if w.bars or w.curves), 1)
    return out


def _watched(r: Record) -> Watched:
    s = r.statement.settings
    bars = tuple(_bars(s.get("drift")))
    more = max(0, len(bars) - COLUMNS)
    return Watched(r.element, day(r.statement.measured), bars[:COLUMNS], more, tuple(_curves(s)))


def _share(v: Any) -> bool:
    return isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1


def _bars(drift: Any) -> Iterator[Bar]:
    """The columns that moved furthest beside their limit, first."""
    if not isinstance(drift, Mapping):
        return
    known = [
        (str(name)[:60], float(d["effect"]), float(d["alarm at"]))
        for name, d in drift.items()
        if isinstance(d, Mapping) and _share(d.get("effect")) and _share(d.get("alarm at"))
    ]
    known.sort(key=lambda k: (-k[1] / max(k[2], 1e-9), k[0]))
    most = max([*(max(value, limit) for _, value, limit in known), 1e-6]) * 1.02
    for name, value, limit in known:
        label = f"{name}: effect {value:.3f}, an alarm at {limit:.3f}"
        drawn = Markup(effect(value, limit, most, label, value >= limit))  # noqa: S704  escaped where it is drawn
        yield Bar(name.removeprefix("f."), drawn, f"{value:.3f}", f"{limit:.3f}")


def _curves(settings: Mapping[str, Any]) -> Iterator[Markup]:
    """Confidence over time, wide and narrow."""
    course, low = settings.get("confidence over time"), settings.get("low confidence")
    points = list(_points(course)) if isinstance(course, Mapping) else []
    hours = course.get("hours") if isinstance(course, Mapping) else None
    if not points or not isinstance(hours, int) or not 1 <= hours <= 10_000:
        return
    said = low.get("tolerated") if isinstance(low, Mapping) else None
    tolerated = float(said) if said is not None and _share(said) else None
    label = f"Share of low confidence over time: at most {100 * max(p.low for p in points):.0f} %"
    for wide in (WIDE, NARROW):
        yield Markup(confidence(points, hours, label, tolerated, wide=wide))  # noqa: S704  numbers alone


def _points(course: Mapping[str, Any]) -> Iterator[Point]:
    begins, *shares = (_list(course.get(name)) for name in ("begins", "low", "least", "median"))
    if len(begins) > STRETCHES or any(len(c) != len(begins) for c in shares):
        return
    whole = all(isinstance(b, int) and 0 < b < LAST for b in begins) and all(_share(v) for c in shares for v in c)
    if whole and all(a < b for a, b in pairwise(begins)):
        yield from (Point(b * SECOND, *map(float, row)) for b, *row in zip(begins, *shares, strict=True))


def _list(v: Any) -> list[Any]:
    return list(v) if isinstance(v, list | tuple) else []
