"""The outline of each kind of node, as SVG."""

from __future__ import annotations

from collections.abc import Callable

from casemate.report.svg.graph import Shape
from casemate.report.svg.place import Box

CAP = 5.0  # half the height of the lid of a store


def rect(kind: str, box: Box, round_by: float = 0.0) -> str:
    """A rectangle with the class `kind`."""
    r = f' rx="{round_by:.1f}"' if round_by else ""
    size = f'width="{box.width:.1f}" height="{box.height:.1f}"'
    return f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" {size}{r}/>'


def _process(box: Box) -> str:
    return rect("nd", box, 5)


def _actor(box: Box) -> str:
    return rect("nd", box, box.height / 2)


def _outside(box: Box) -> str:
    inner = Box(box.x + 3, box.y + 3, box.width - 6, box.height - 6)
    return rect("nd", box) + rect("in", inner)


def _store(box: Box) -> str:
    w, half = f"{box.width:.1f}", f"{box.width / 2:.1f}"
    start = f"M{box.x:.1f} {box.y + CAP:.1f}"
    lid = f"{start}a{half} {CAP} 0 0 0 {w} 0"
    side = f"{box.height - 2 * CAP:.1f}"
    body = f"{start}a{half} {CAP} 0 0 1 {w} 0v{side}a{half} {CAP} 0 0 1 -{w} 0z"
    return f'<path class="nd" d="{body}"/><path class="in" d="{lid}"/>'


OUTLINE: dict[Shape, Callable[[Box], str]] = {
    "store": _store,
    "model": _process,
    "actor": _actor,
    "outside": _outside,
    "process": _process,
}
