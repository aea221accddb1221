"""An interval on one line of a table: from the 5th to the 95th percentile, and the mean."""

from __future__ import annotations

from casemate.core.errors import CasemateError
from casemate.report.svg.text import escape

_WIDTH, _HEIGHT, _SIDE = 96.0, 14.0, 5.0


def interval(low: float, mean: float, high: float, most: float, label: str) -> str:
    """The interval as SVG text, on a linear scale from 0 to `most`: give one table one `most`.

    The mean may lie outside, as it does with rare large losses. Fails with CasemateError unless
    0 <= low <= high <= most and 0 <= mean <= most.
    """
    if not (0 <= low <= high <= most and 0 <= mean <= most and 0 < most < float("inf")):
        raise CasemateError("bar", f"{(low, mean, high)} is no interval within 0 and {most}", "order the three numbers")
    left, middle, right = (_SIDE + v / most * (_WIDTH - 2 * _SIDE) for v in (low, mean, high))
    y = _HEIGHT / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm bar" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" '
        f'viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(label)}">'
        f'<path class="base" d="M{_SIDE:.0f} {y:.0f}H{_WIDTH - _SIDE:.0f}"/>'
        f'<path class="span" d="M{left:.1f} {y:.0f}H{right:.1f}"/>'
        f'<circle class="mean" cx="{middle:.1f}" cy="{y:.0f}" r="3"/></svg>'
    )
