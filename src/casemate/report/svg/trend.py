"""How a loss went over time, on one line of a table: days across, from nothing upwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from casemate.report.svg.text import escape

_WIDTH, _HEIGHT, _SIDE = 96.0, 26.0, 5.0


def trend(points: Sequence[tuple[date, float]], heading: str, label: str) -> str:
    """The points as SVG text; days in order, values at least 0. Empty where there are fewer than two.

    heading: up, down or level; it gives the colour, and `label` says the same in words.
    """
    if len(points) < 2:
        return ""
    first, last = points[0][0].toordinal(), points[-1][0].toordinal()
    most = max(v for _, v in points) or 1.0
    across, up = (_WIDTH - 2 * _SIDE) / max(last - first, 1), _HEIGHT - 2 * _SIDE
    at = [(_SIDE + (d.toordinal() - first) * across, _HEIGHT - _SIDE - v / most * up) for d, v in points]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
    kind = {"up": "critical", "down": "none"}.get(heading, "low")
    base = f"M{_SIDE:.0f} {_HEIGHT - _SIDE:.0f}H{_WIDTH - _SIDE:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm trend" width="{_WIDTH:.0f}" '
        f'height="{_HEIGHT:.0f}" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(label)}">'
        f'<path class="base" d="{base}"/><g class="{kind}"><path class="ln" d="M{line}"/>'
        f'<circle class="tip" cx="{at[-1][0]:.1f}" cy="{at[-1][1]:.1f}" r="3"/></g></svg>'
    )
