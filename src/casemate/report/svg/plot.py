"""A plain frame for the monitor's charts: where a value lies, ticks at round numbers and at round times, grid, labels.

Charts are drawn at the width they are shown at, wide and narrow, so that text is never scaled down to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from casemate.evidence.monitor.tell import percent
from casemate.report.svg.text import escape, width

SIZE = 11.0
HOUR = 3_600_000_000_000  # ns
_HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672, 1344, 2688, 8760)

WIDE, NARROW = 1160.0, 462.0
"""A chart across the page, and one for a phone; the rules show the one that fits."""
RULES = """
.cm .area{fill:var(--acc);fill-opacity:.16}
.cm .trace{fill:none;stroke:var(--acc);stroke-width:1.8;stroke-linejoin:round}
.cm .faint{fill:none;stroke:var(--mute);stroke-width:1.2;stroke-linejoin:round}
.cm .lim{stroke:var(--r4);stroke-width:1.4;stroke-dasharray:6 3;fill:none}
.cm .usual{stroke:var(--line2);stroke-width:1.2;stroke-dasharray:2 3;fill:none}
.cm .hot{fill:var(--r4)}
.cm .hotline{fill:none;stroke:var(--r4);stroke-width:2.2;stroke-linejoin:round}
.cm .zonehot{fill:var(--r4);fill-opacity:.1}
.cm .cold{fill:var(--acc);fill-opacity:.55;stroke:var(--bg);stroke-width:.7}
.cm .pool{fill:none;stroke:var(--r4);stroke-width:2}
.cm .say{font-size:11px;fill:var(--ink);stroke:var(--bg);stroke-width:3;paint-order:stroke}
.cm .say.red{fill:var(--r4);font-weight:600}
.cm .say.soft{fill:var(--mute)}
.cm .track{fill:var(--line)}
.wide-only{display:block}.narrow-only{display:none}
@media(max-width:760px){.wide-only{display:none}.narrow-only{display:block}}
@media print{.wide-only{display:block}.narrow-only{display:none}}
""".strip()


@dataclass(frozen=True, slots=True)
class Plot:
    """A rectangle of pixels and the values at its edges. logarithmic: the horizontal axis; its values are above 0."""

    left: float
    right: float
    top: float
    bottom: float
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    logarithmic: bool = False

    def x(self, value: float) -> float:
        """Pixels from the left."""
        low, high = self.x_low, self.x_high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixels from above; what is outside stands at the edge."""
        share = (min(max(value, self.y_low), self.y_high) - self.y_low) / (self.y_high - self.y_low)
        return self.bottom - share * (self.bottom - self.top)


def opened(kind: str, wide: float, high: float, label: str) -> str:
    """The first tag. label: what the picture shows, for who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm {kind}" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-label="{escape(label)}"><title>{escape(label)}</title>'
    )


def nice(high: float) -> tuple[float, float]:
    """A round number at or above, and the step to it: two to five steps."""
    if not high > 0 or not math.isfinite(high):
        return 1.0, 0.25
    power = 10.0 ** math.floor(math.log10(high))
    for top, step in ((1, 0.25), (1.5, 0.5), (2, 0.5), (3, 1), (4, 1), (5, 1), (6, 2), (8, 2), (10, 2.5)):
        if high <= top * power * (1 + 1e-9):
            return top * power, step * power
    return 10 * power, 2.5 * power


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def word(kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    """A word, with a title where it was cut."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def path(kind: str, points: Sequence[tuple[float, float]], closed: bool = False) -> str:
    """A line through points, in pixels."""
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("z" if closed else "")
    return f'<path class="{kind}" d="{d}"/>'


def block(kind: str, x: float, y: float, wide: float, high: float) -> str:
    """A rectangle."""
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(high, 0):.1f}"/>'


def grid_y(p: Plot, step: float, says: Iterable[str] | None = None) -> Iterator[str]:
    """Lines across at each step, and what they say on the left: percent."""
    for i in range(round((p.y_high - p.y_low) / step) + 1):
        value = p.y_low + i * step
        y = p.y(value)
        yield line("base" if i == 0 else "gr", p.left, y, p.right, y)
        yield word("ax", p.left - 7, y + 4, percent(value), "end")


def times(p: Plot) -> Iterator[str]:
    """Marks on an axis of time (ns): round hours or days, as many as fit without touching."""
    room = max(int((p.right - p.left) / 74), 2)
    span = (p.x_high - p.x_low) / HOUR
    step = next((h for h in _HOURS if span / h <= room), _HOURS[-1])
    mark = math.ceil(p.x_low / HOUR / step) * step
    while mark * HOUR <= p.x_high:
        x = p.x(mark * HOUR)
        yield line("gr", x, p.top, x, p.bottom)
        text = _time(mark, step)
        half = width(text, SIZE) / 2
        yield word("ax", min(max(x, half), p.right + 8 - half), p.bottom + 16, text, "middle")
        mark += step


def _time(hour: int, step: int) -> str:
    at = datetime.fromtimestamp(hour * 3600, UTC)
    if step < 24:
        return f"{at:%H:%M}" if at.hour else f"{at.day} {at:%b}"
    return f"{at.day} {at:%b}"
