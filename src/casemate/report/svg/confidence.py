"""Confidence over time: the share of low confidence against what is tolerated, and below it the confidence itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.tell import percent
from casemate.report.svg.plot import (
    HOUR,
    Plot,
    block,
    grid_y,
    line,
    nice,
    opened,
    path,
    times,
    word,
)

HEIGHT, SPLIT = 318.0, 196.0
Series = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Point:
    """A stretch of time that begins at `begin` (ns): share of low confidence, 5 % quantile and median."""

    begin: int
    low: float
    least: float
    median: float


def confidence(
    points: Sequence[Point],
    hours: int,
    label: str,
    tolerated: float | None = None,
    usual: float | None = None,
    alarms: Sequence[tuple[int, int]] = (),
    wide: float = 1160.0,
) -> str:
    """The chart as SVG text. hours: of a stretch; a gap in time is a gap in the line.

    usual: dotted; the page around says what it is. alarms: since and at, ns; shaded from the one to the other.
    Fails with CasemateError without points.
    """
    if not points:
        raise CasemateError("confidence", "there is nothing to draw", "give one stretch of time at least")
    first, last = points[0].begin, points[-1].begin + hours * HOUR
    top, step = nice(max([p.low for p in points] + [1.25 * (tolerated or 0.0), 0.01]))
    upper = Plot(46, wide - 12, 18, SPLIT, first, last, 0, min(top, 1.0), False)
    floor = min(max(int(min(p.least for p in points) * 10) / 10, 0.0), 0.9)
    lower = Plot(46, wide - 12, SPLIT + 26, HEIGHT - 24, first, last, floor, 1.0)
    parts = [
        opened("confidence", wide, HEIGHT, label),
        *(_shade(upper, lower, since, at) for since, at in alarms),
        *times(upper),
        *grid_y(upper, step if top <= 1 else 0.25),
        *grid_y(lower, (1 - floor) / 2),
        *_upper(points, hours, upper, tolerated, usual),
        *_lower(points, hours, lower),
        *_words(upper, lower, tolerated),
        "</svg>",
    ]
    return "\n".join(parts)


def _shade(upper: Plot, lower: Plot, since: int, at: int) -> str:
    x1, x2 = (upper.x(min(max(t, upper.x_low), upper.x_high)) for t in (since, at))
    return block("zonehot", x1, upper.top, max(x2 - x1, 3), lower.bottom - upper.top)


def _runs(points: Sequence[Point], hours: int) -> Iterator[list[Point]]:
    """Stretches that follow each other without a gap."""
    run: list[Point] = []
    for p in points:
        if run and p.begin - run[-1].begin > hours * HOUR:
            yield run
            run = []
        run.append(p)
    yield run


def _middle(p: Point, hours: int) -> float:
    return p.begin + hours * HOUR / 2


def _upper(
    points: Sequence[Point], hours: int, plot: Plot, tolerated: float | None, usual: float | None
) -> Iterator[str]:
    for run in _runs(points, hours):
        at = [(plot.x(_middle(p, hours)), plot.y(p.low)) for p in run]
        if len(at) == 1:
            at = [(plot.x(run[0].begin), at[0][1]), (plot.x(run[0].begin + hours * HOUR), at[0][1])]
        yield path("area", [(at[0][0], plot.bottom), *at, (at[-1][0], plot.bottom)], closed=True)
        yield path("trace", at)
    if usual is not None:
        yield line("usual", plot.left, plot.y(usual), plot.right, plot.y(usual))
    if tolerated is not None:
        yield line("lim", plot.left, plot.y(tolerated), plot.right, plot.y(tolerated))
        for p in points:
            if p.low > tolerated:
                yield f'<circle class="hot" cx="{plot.x(_middle(p, hours)):.1f}" cy="{plot.y(p.low):.1f}" r="2.4"/>'


def _lower(points: Sequence[Point], hours: int, plot: Plot) -> Iterator[str]:
    for run in _runs(points, hours):
        up = [(plot.x(_middle(p, hours)), plot.y(p.median)) for p in run]
        down = [(plot.x(_middle(p, hours)), plot.y(p.least)) for p in run]
        if len(up) > 1:
            yield path("area", [*up, *reversed(down)], closed=True)
        yield path("trace", up) + path("faint", down)


def _words(upper: Plot, lower: Plot, tolerated: float | None) -> Iterator[str]:
    if tolerated is not None:
        yield word("say red", upper.left + 6, upper.y(tolerated) - 6, f"{percent(tolerated)} tolerated")
    yield word("say soft", upper.left + 6, upper.top - 6, "share of low confidence")
    yield word("say soft", lower.left + 6, lower.bottom + 16, "confidence: median, and what 5 % are below")
