"""How far one column moved, on one line of a table: a bar, and a mark where it becomes an alarm."""

from __future__ import annotations

from casemate.core.errors import CasemateError
from casemate.report.svg.plot import block, line
from casemate.report.svg.text import escape

WIDTH, HEIGHT = 220.0, 16.0


def effect(value: float, limit: float | None, most: float, label: str, alarm: bool = False) -> str:
    """The bar as SVG text, on a linear scale from 0 to `most`: give one table one `most`.

    Fails with CasemateError unless 0 <= value <= most and most is above 0.
    """
    if not 0 <= value <= most or not 0 < most < float("inf"):
        raise CasemateError("effect", f"{value} is not within 0 and {most}", "give what the whole table reaches")
    scale = (WIDTH - 4) / most
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm effect" width="{WIDTH:.0f}" height="{HEIGHT:.0f}" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(label)}">',
        block("track", 0, 5, WIDTH, 6),
        block("hot" if alarm else "cold", 0, 3, max(value * scale, 1.5), 10),
    ]
    if limit is not None:
        x = min(limit * scale, WIDTH - 1)
        parts.append(line("lim", x, 0, x, HEIGHT))
    return "".join([*parts, "</svg>"])
