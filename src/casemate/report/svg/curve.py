"""The loss exceedance curve: the chance that a year costs more than x, against the tolerance.

It draws exactly the points that it is given, so that the sentences of the report, which read the same points, cannot
say anything else. Names stand beside their lines, not in a legend.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.report.svg.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axes, Money, axes, decades, grid
from casemate.report.svg.place import Box, Point
from casemate.report.svg.shapes import rect
from casemate.report.svg.style import alone
from casemate.report.svg.text import BOLD, escape, width

Kind: TypeAlias = Literal["today", "bare", "planned"]
_SIZE = 11.5
_Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: points (amount above 0, chance from 0 to 1), amounts rising and chances not.

    kind: how it is drawn: `today` solid, `bare` (without controls) grey and dotted, `planned` dashed.
    """

    name: str
    kind: Kind
    points: tuple[Point, ...]


def curve(
    series: Sequence[Series],
    money: Money,
    label: str,
    *,
    description: str = "",
    tolerance: Sequence[Point] = (),
    ticks: Sequence[float] | None = None,
    standalone: bool = False,
) -> str:
    """The chart as SVG text.

    money: how an amount is written on the axis. tolerance: pairs (amount, the chance at most tolerated of more); what
    lies above and to the right of one is shaded. ticks: amounts on the axis; None stands for powers of ten.
    Fails with CasemateError on points that are no exceedance curve.
    """
    for s in series:
        _check(s.name, s.points)
    limit = tuple(sorted(tolerance))
    _check("tolerance", limit, empty=True)
    points = [p for s in series for p in s.points] + list(limit)
    if not points:
        raise CasemateError("curve", "there is nothing to draw", "give one series at least")
    shown = axes([p[0] for p in points] + list(ticks or ()), [p[1] for p in points])
    lines = {s.name: _pixels(shown, s.points) for s in series}
    parts = [
        _open(label, description),
        *([alone(), rect("paper", Box(0, 0, WIDTH, HEIGHT))] if standalone else []),
        *grid(shown, ticks or decades(shown), money),
        *([_limit(shown, limit, money)] if limit else []),
        *(_line(s, lines[s.name]) for s in sorted(series, key=lambda s: s.kind == "today")),
        *_names(series, lines, _pixels(shown, limit)),
        "</svg>",
    ]
    return "\n".join(parts)


def _check(name: str, points: Sequence[Point], empty: bool = False) -> None:
    bad = [p for p in points if not (math.isfinite(p[0]) and p[0] > 0 and 0 <= p[1] <= 1)]
    if bad or not (points or empty):
        raise CasemateError(
            "curve", f"{name!r} has {bad[0] if bad else 'no points'}", "amounts are above 0, chances from 0 to 1"
        )
    for (x, p), (y, q) in itertools.pairwise(points):
        if y <= x or q > p:
            raise CasemateError("curve", f"{name!r} goes from {(x, p)} to {(y, q)}", "amounts rise and chances do not")


def _open(label: str, description: str) -> str:
    desc = f"<desc>{escape(description)}</desc>" if description else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm curve" width="{WIDTH:.0f}" height="{HEIGHT:.0f}" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>{desc}"
    )


def _pixels(shown: Axes, points: Sequence[Point]) -> list[Point]:
    return [(shown.x(x), shown.y(p)) for x, p in points]


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _line(s: Series, at: Sequence[Point]) -> str:
    name = escape(s.name)
    dot = f'<circle class="tip" cx="{at[0][0]:.2f}" cy="{at[0][1]:.2f}" r="3"/>' if len(at) == 1 else ""
    return f'<g class="{s.kind}" data-series="{name}"><path class="cv" d="{_path(at)}"/>{dot}</g>'


def _limit(shown: Axes, limit: Sequence[Point], money: Money) -> str:
    """The stairs that a curve must stay below, what lies beyond them, and a dot on each step."""
    at = _pixels(shown, limit)
    stairs = _stairs(at)
    dots = "".join(
        f'<circle class="dot" cx="{x:.2f}" cy="{y:.2f}" r="4.5"><title>{escape(_says(*point, money))}</title></circle>'
        for (x, y), point in zip(at, limit, strict=True)
    )
    over = f'<path class="over" d="{_path([*stairs, (WIDTH - RIGHT, TOP)])}z"/>'
    return f'<g class="limit">{over}<path class="cv" d="{_path(stairs)}"/>{dots}</g>'


def _stairs(at: Sequence[Point]) -> list[Point]:
    if not at:
        return []
    inner = [corner for a, b in itertools.pairwise(at) for corner in (a, (b[0], a[1]))]
    return [(at[0][0], TOP), *inner, at[-1], (WIDTH - RIGHT, at[-1][1])]


def _says(amount: float, chance: float, money: Money) -> str:
    return f"tolerance: at most {chance * 100:g}% a year above {money(amount)}"


def _names(series: Sequence[Series], lines: dict[str, list[Point]], limit: Sequence[Point]) -> list[str]:
    """The name of each line, where it covers none of them."""
    stairs = _stairs(limit)
    ink = np.vstack([_dense(at) for at in [*lines.values(), stairs] if at])
    wanted: list[tuple[str, str, Sequence[Point]]] = [(s.name, s.kind, lines[s.name]) for s in series]
    wanted += [("tolerance", "limit", stairs)] if stairs else []
    taken: list[Box] = []
    out = []
    for name, kind, at in wanted:
        box = min(_beside(name, _dense(at)), key=lambda b: _cost(b, ink, taken))
        taken.append(box)
        text = f'<text class="cl" x="{box.x:.1f}" y="{box.y + _SIZE * 0.85:.1f}">{escape(name)}</text>'
        out.append(f'<g class="{kind}">{text}</g>')
    return out


def _dense(at: Sequence[Point]) -> _Points:
    """Points every three pixels or nearer along a line."""
    out = [np.asarray(at[:1], dtype=np.float64)]
    for a, b in itertools.pairwise(at):
        steps = max(int(math.dist(a, b) / 3), 1)
        out.append(np.linspace(a, b, steps + 1)[1:])
    return np.vstack(out)


def _beside(name: str, line: _Points) -> list[Box]:
    """Where a name may stand: on both sides of its line, all along it."""
    w, h = width(name, _SIZE) * BOLD, _SIZE
    picked = line[:: max(len(line) // 40, 1)]
    spots = [(8.0, -h - 3), (8.0, -h / 2), (8.0, 4.0), (-w - 8, 4.0), (-w - 8, -h / 2), (-w - 8, -h - 3)]
    return [Box(x + dx, y + dy, w, h) for x, y in picked.tolist() for dx, dy in spots]


def _cost(box: Box, ink: _Points, taken: Sequence[Box]) -> tuple[float, float]:
    """What it would cover; then how far it is from the middle of the height, where the curves are steep and apart."""
    out = max(LEFT + 2 - box.x, 0) + max(box.x + box.width - WIDTH + RIGHT, 0)
    out += max(TOP - box.y, 0) + max(box.y + box.height - HEIGHT + BOTTOM + 2, 0)
    x, y = ink[:, 0], ink[:, 1]
    hits = int(np.sum((x > box.x - 3) & (x < box.x + box.width + 3) & (y > box.y - 2) & (y < box.y + box.height + 2)))
    over = sum(abs(t.x - box.x) < max(t.width, box.width) + 6 and abs(t.y - box.y) < t.height + 3 for t in taken)
    return round(100 * out + 50 * over + hits, 3), round(abs(box.y - (TOP + HEIGHT - BOTTOM) / 2), 3)
