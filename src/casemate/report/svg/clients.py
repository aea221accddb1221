"""Clients by behaviour: how much each asked, and how often the model was unsure. Who shows too much is red."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.tell import percent
from casemate.report.svg.place import Box
from casemate.report.svg.plot import SIZE, Plot, grid_y, line, nice, opened, word
from casemate.report.svg.text import escape, width

HEIGHT = 330.0
NAMED = 8  # names, at most; the rest are red without one
NAME = 22  # letters of a name


@dataclass(frozen=True, slots=True)
class Dot:
    """A client or, with several members, a pool: queries, share of low confidence, whether it shows too much."""

    name: str
    queries: int
    low: float
    alarm: bool = False
    members: int = 1


def clients(
    dots: Sequence[Dot], label: str, limit: float | None = None, budget: int | None = None, wide: float = 560.0
) -> str:
    """The chart as SVG text. limit: share of low confidence; budget: queries. CasemateError without a client."""
    some = [d for d in dots if d.queries > 0]
    if not some:
        raise CasemateError("clients", "there is nothing to draw", "give one client at least")
    asked = [d.queries for d in some]
    top, step = nice(max([d.low for d in some] + [1.2 * (limit or 0), 0.02]))
    near = [budget] if budget and budget * 100 > min(asked) else []
    low = 10 ** math.floor(math.log10(min([*asked, *near]) * 0.99))
    high = max([*asked, 10 * low, *([1.3 * budget] if budget and budget < 100 * max(asked) else [])]) * 1.25
    p = Plot(46, wide - 12, 18, HEIGHT - 40, low, high, 0, min(top, 1.0), True)
    parts = [
        opened("clients", wide, HEIGHT, label),
        *_decades(p),
        *grid_y(p, step if top <= 1 else 0.25),
        *_limits(p, limit, budget),
        *(_dot(p, d) for d in sorted(some, key=lambda d: (d.alarm, -d.members, d.queries))),
        *_names(p, some),
        word("say soft", (p.left + p.right) / 2, HEIGHT - 6, "queries", "middle"),
        word("say soft", p.left + 6, p.top - 6, "share of low confidence"),
        "</svg>",
    ]
    return "\n".join(parts)


def _decades(p: Plot) -> Iterator[str]:
    for k in range(math.ceil(math.log10(p.x_low) - 1e-9), math.floor(math.log10(p.x_high) + 1e-9) + 1):
        x = p.x(10.0**k)
        yield line("gr", x, p.top, x, p.bottom)
        yield word("ax", x, p.bottom + 16, f"{10**k:,}", "middle")


def _limits(p: Plot, limit: float | None, budget: int | None) -> Iterator[str]:
    if limit is not None and limit <= p.y_high:
        yield line("lim", p.left, p.y(limit), p.right, p.y(limit))
        yield word("say red", p.left + 6, p.y(limit) - 5, f"limit {percent(limit)}")
    if budget is not None and p.x_low <= budget <= p.x_high:
        x = p.x(budget)
        yield line("lim", x, p.top, x, p.bottom)
        left = x > (p.left + p.right) / 2
        text = f"extraction took {budget:,}"
        yield word("say red", x - 5 if left else x + 5, p.top + 12, text, "end" if left else "start")


def _dot(p: Plot, d: Dot) -> str:
    x, y = p.x(d.queries), p.y(d.low)
    title = f"<title>{escape(f'{d.name}: {d.queries:,} queries, {percent(d.low)} of low confidence')}</title>"
    if d.members > 1:
        return f'<circle class="pool" cx="{x:.1f}" cy="{y:.1f}" r="7">{title}</circle>'
    kind, r = ("hot", 5.0) if d.alarm else ("cold", 4.0)
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{r}">{title}</circle>'


def _names(p: Plot, dots: Sequence[Dot]) -> Iterator[str]:
    """Names of those who show too much, worst first, where none covers another."""
    taken: list[Box] = []
    for d in sorted((d for d in dots if d.alarm), key=lambda d: (-d.low, -d.queries, d.name)):
        text = d.name if len(d.name) <= NAME else f"{d.name[: NAME - 1]}…"
        w, x, y = width(text, SIZE) * 1.1, p.x(d.queries), p.y(d.low)
        spots = [(x + 9, y - 6), (x - 9 - w, y - 6), (x + 9, y + 6), (x - 9 - w, y + 6)]
        for left, top in spots:
            box = Box(left, top - 2, w, SIZE + 4)
            if p.left <= left and left + w <= p.right + 8 and not any(_touch(box, t) for t in taken):
                taken.append(box)
                yield word("say red", left, top + SIZE - 1, text)
                break
        if len(taken) >= NAMED:
            return


def _touch(a: Box, b: Box) -> bool:
    across = a.x < b.x + b.width and b.x < a.x + a.width
    return across and a.y < b.y + b.height and b.y < a.y + a.height
