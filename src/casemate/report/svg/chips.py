"""Where the label of each flow lies: on its own line, clear of boxes and other labels, and on few other lines.

Graphviz keeps room for a label beside its line; a label on the line belongs to it without a doubt. So we move each one
along its curve to the cheapest place near the room that was kept, and close beside the curve where it is too short for
that. The worst flows choose first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from casemate.report.svg.dot import ZONE, chip_size, flow_lines, frame_line
from casemate.report.svg.graph import Edge, Graph
from casemate.report.svg.lines import samples
from casemate.report.svg.place import Box, Layout, Point, Route
from casemate.report.svg.text import BOLD, width

_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3, None: 4}
_PLACES = 33  # tried along each curve, and on each side of it
_SIDES = (0, -1, 1, -1.5, 1.5)  # how many halves of a label it may lie to the left or right
_BESIDE = 1.5  # what it costs to lie beside the own line: more than another line that runs through
_Points: TypeAlias = NDArray[np.float64]


def place(graph: Graph, layout: Layout, routes: Mapping[str, Route]) -> dict[str, Box]:
    """The box of each label, by the id of its flow. Flows without a label have none. routes: the lines as drawn."""
    lines = {i: samples(r) for i, r in routes.items()}
    solid = [*layout.nodes.values(), *_names(graph, layout)]
    out: dict[str, Box] = {}
    for e in sorted(graph.edges, key=lambda e: _RANK[e.severity]):
        if flow_lines(e):
            out[e.id] = _best(e, layout, lines, [*solid, *out.values()])
    return out


def _best(edge: Edge, layout: Layout, lines: Mapping[str, _Points], solid: list[Box]) -> Box:
    w, h = size = chip_size(edge)
    half = np.array(size) / 2
    room = layout.edges[edge.id].label
    # a loop is shorter than its label: beside it then, not on it
    along = np.array([room] * _PLACES) if room and edge.source == edge.target else _spread(lines[edge.id])
    wish = np.asarray(room) if room else along[_PLACES // 2]
    middle = np.vstack([along + np.array([side * (half[0] + 4), 0.0]) for side in _SIDES])
    corner = np.clip(middle - half, 0.0, (max(layout.width - w, 0.0), max(layout.height - h, 0.0)))
    far = np.hypot(*(corner + half - wish).T) / 80
    beside = np.repeat(_BESIDE * np.abs(_SIDES), _PLACES)
    cost = 20 * _hidden(corner, size, solid) + _crossed(corner, size, lines) + far + beside
    x, y = corner[int(np.argmin(cost.round(3)))].tolist()
    return Box(x, y, w, h)


def _spread(line: _Points) -> _Points:
    """Places at even steps of length, away from both ends; shape (_PLACES, 2)."""
    step = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    at = np.linspace(0.1, 0.9, _PLACES) * along[-1]
    return np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])


def _hidden(corner: _Points, size: Point, solid: list[Box], air: float = 3.0) -> _Points:
    """Which part of a label at each corner lies on boxes or nearer to them than `air`, shape (n,)."""
    x, y, w, h = np.array([(b.x, b.y, b.width, b.height) for b in solid]).T
    across = np.minimum(corner[:, :1] + size[0], x + w) - np.maximum(corner[:, :1], x) + air
    down = np.minimum(corner[:, 1:] + size[1], y + h) - np.maximum(corner[:, 1:], y) + air
    covered: _Points = (across.clip(0) * down.clip(0)).sum(axis=1)
    return covered / (size[0] * size[1])


def _crossed(corner: _Points, size: Point, lines: Mapping[str, _Points]) -> _Points:
    """How many lines run through a label at each corner, shape (n,)."""
    ink = np.vstack(list(lines.values()))
    x, y = ink[:, 0] - corner[:, :1], ink[:, 1] - corner[:, 1:]
    on = (x > 0) & (x < size[0]) & (y > -2) & (y < size[1] + 2)
    starts = np.cumsum([0, *(len(p) for p in lines.values())][:-1])
    through: _Points = np.logical_or.reduceat(on, starts, axis=1).sum(axis=1)
    return through


def _names(graph: Graph, layout: Layout) -> list[Box]:
    """The boxes of the names of the zones."""
    known = [(f, layout.frames[f.id]) for f in graph.frames if f.id in layout.frames]
    return [Box(b.x + 10, b.y + 5, width(frame_line(f), ZONE) * BOLD, ZONE + 4) for f, b in known]
