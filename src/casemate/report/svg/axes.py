"""The frame of a loss curve: where an amount and a chance lie in the picture, the grid and its labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from casemate.report.svg.text import escape, width

Money = Callable[[float], str]

WIDTH, HEIGHT = 430.0, 232.0
LEFT, RIGHT, TOP, BOTTOM = 42.0, 10.0, 12.0, 28.0  # around the plot: labels of the axes
_STEPS = {1.0: 0.25, 0.5: 0.1, 0.25: 0.05, 0.1: 0.02}  # the highest chance shown -> one step of the grid
_SIZE = 11.0


@dataclass(frozen=True, slots=True)
class Axes:
    """A logarithmic axis of amounts from `low` to `high`, a linear one of chances from 0 to `most`."""

    low: float
    high: float
    most: float

    def x(self, amount: float) -> float:
        """Pixels from the left."""
        along = math.log(amount / self.low) / math.log(self.high / self.low)
        return LEFT + along * (WIDTH - LEFT - RIGHT)

    def y(self, chance: float) -> float:
        """Pixels from above."""
        return HEIGHT - BOTTOM - chance / self.most * (HEIGHT - TOP - BOTTOM)


def axes(amounts: Sequence[float], chances: Sequence[float]) -> Axes:
    """Axes that hold all of these. One amount alone gets half a decade on both sides."""
    low, high = min(amounts), max(amounts)
    if high / low < 1.01:
        low, high = low / 3, high * 3
    return Axes(low, high, min(m for m in _STEPS if m >= min(max(chances), 1.0)))


def decades(shown: Axes) -> tuple[float, ...]:
    """The powers of ten on the axis; the ends where there are fewer than two."""
    first, last = math.ceil(math.log10(shown.low) - 1e-9), math.floor(math.log10(shown.high) + 1e-9)
    return tuple(10.0**k for k in range(first, last + 1)) if last > first else (shown.low, shown.high)


def grid(shown: Axes, ticks: Sequence[float], money: Money) -> Iterable[str]:
    """The lines of the grid and what they say. A label that would touch the one before it is left out."""
    free = 0.0
    for t in ticks:
        x, text = shown.x(t), money(t)
        yield _line(x, x, TOP, HEIGHT - BOTTOM, "gr")
        half = width(text, _SIZE) / 2
        middle = min(x, WIDTH - half - 1)
        if middle - half >= free:
            yield _label(middle, HEIGHT - BOTTOM + 17, "middle", text)
            free = middle + half + 8
    step = _STEPS[shown.most]
    for i in range(round(shown.most / step) + 1):
        y = shown.y(i * step)
        yield _line(LEFT, WIDTH - RIGHT, y, y, "gr" if i else "base")
        yield _label(LEFT - 7, y + 4, "end", f"{i * step:.0%}")


def _line(x1: float, x2: float, y1: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>'


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="ax" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
