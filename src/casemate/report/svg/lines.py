"""The lines of the flows: they reach the outline of what they join, and no two of them lie on each other.

Graphviz ends a line at the rectangle around a node, which leaves a gap at the round corners of people and stores; and
it draws flows that go there and back between neighbours on top of each other, so that two look like one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from casemate.report.svg.graph import Graph, Shape
from casemate.report.svg.place import Box, Layout, Point, Route
from casemate.report.svg.shapes import CAP

_NEAR, _APART = 4.0, 12.0  # lines nearer than this are moved this far apart, in pixels


def lines(graph: Graph, layout: Layout) -> dict[str, Route]:
    """The line of each flow as it is drawn, by id."""
    shapes = {n.id: n.shape for n in graph.nodes}
    apart = _parted(graph, layout)
    return {
        e.id: _reach(
            apart[e.id], (shapes[e.source], layout.nodes[e.source]), (shapes[e.target], layout.nodes[e.target])
        )
        for e in graph.edges
    }


def samples(route: Route, each: int = 16) -> NDArray[np.float64]:
    """Points along a curve, `each` per Bezier piece and the tip, shape (n, 2)."""
    t = np.linspace(0, 1, each)[:, None]
    c = np.asarray(route.curve, dtype=np.float64)
    parts = [
        (1 - t) ** 3 * c[i] + 3 * t * (1 - t) ** 2 * c[i + 1] + 3 * t**2 * (1 - t) * c[i + 2] + t**3 * c[i + 3]
        for i in range(0, len(c) - 1, 3)
    ]
    return np.vstack([*parts, [route.tip]])


def _parted(graph: Graph, layout: Layout) -> dict[str, Route]:
    out = dict(layout.edges)
    pairs: dict[frozenset[str], list[str]] = {}
    for e in graph.edges:
        pairs.setdefault(frozenset((e.source, e.target)), []).append(e.id)
    for ids in pairs.values():
        for i, group in enumerate(_on_each_other(ids, layout)):
            out[group] = _moved(out[group], layout.edges[ids[0]], i)
    return out


def _on_each_other(ids: list[str], layout: Layout) -> list[str]:
    """The flows of one pair of nodes that lie on one line; none where each has its own."""
    found: set[str] = set()
    for a, b in itertools.combinations(ids, 2):
        one, other = (
            samples(layout.edges[a], 40)[4:-4],
            samples(layout.edges[b], 40),
        )  # their ends lie apart by an arrow
        gap = np.hypot(*(one[:, None, :] - other[None, :, :]).transpose(2, 0, 1)).min(axis=1).max()
        if gap < _NEAR:
            found |= {a, b}
    return [i for i in ids if i in found]


def _moved(route: Route, along: Route, place: int) -> Route:
    """The i-th of several lines, moved across the direction that the first of them has: 0 half a step back, 1 forth."""
    (x, y), (tx, ty) = along.curve[0], along.tip
    long = math.hypot(tx - x, ty - y) or 1.0
    by = (place - 0.5) * _APART
    dx, dy = (y - ty) / long * by, (tx - x) / long * by

    def move(p: Point) -> Point:
        return p[0] + dx, p[1] + dy

    return replace(route, curve=tuple(map(move, route.curve)), tip=move(route.tip))


def _reach(route: Route, source: tuple[Shape, Box], target: tuple[Shape, Box]) -> Route:
    (sx, sy), (tx, ty) = route.curve[0], route.curve[-1]
    dx, dy = _gap(*source, route.curve[0], (sx - route.curve[1][0], sy - route.curve[1][1]))
    ex, ey = _gap(*target, route.tip, (route.tip[0] - tx, route.tip[1] - ty))
    curve = ((sx + dx, sy + dy), *route.curve[1:-1], (tx + ex, ty + ey))
    return replace(route, curve=curve, tip=(route.tip[0] + ex, route.tip[1] + ey))


def _gap(shape: Shape, box: Box, at: Point, towards: Point) -> Point:
    """How far to go on from a point until the outline of a node, at most to the middle of its height."""
    inside = _INSIDE.get(shape)
    long = math.hypot(*towards)
    if inside is None or long == 0:
        return 0.0, 0.0
    ux, uy = towards[0] / long, towards[1] / long
    for step in range(int(box.height / 2)):
        if inside(box, (at[0] + ux * step, at[1] + uy * step)):
            return ux * step, uy * step
    return 0.0, 0.0


def _in_pill(box: Box, p: Point) -> bool:
    r = box.height / 2
    x = min(max(p[0], box.x + r), box.x + box.width - r)
    return math.hypot(p[0] - x, p[1] - box.y - r) <= r + 0.5


def _in_store(box: Box, p: Point) -> bool:
    half = box.width / 2
    aside = min(abs(p[0] - box.x - half) / half, 1.0)
    lid = CAP * (1 - math.sqrt(1 - aside**2))
    return box.y + lid - 0.5 <= p[1] <= box.y + box.height - lid + 0.5


_INSIDE: dict[Shape, Callable[[Box, Point], bool]] = {"actor": _in_pill, "store": _in_store}
