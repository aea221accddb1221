"""Folding a picture that is wider than a page.

A chain of ten components makes a ribbon in which nothing can be read. One flow in its middle that may run backwards
folds it into two rows: we loosen flows near the middle one by one, and keep what is read best.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from casemate.report.svg.dot import Way
from casemate.report.svg.graph import Graph
from casemate.report.svg.place import Layout, Route

WIDE, HIGH = 1144.0, 780.0  # what a page of 1240 pixels shows without scaling, and about one screen
_TRIED = 12  # flows loosened at a time: a fifth of a second
_ROUNDS = 4

Ask = Callable[[Sequence[Way]], Iterable[tuple[Way, Layout]]]


def fold(graph: Graph, way: Way, first: Layout, ask: Ask) -> Layout:
    """The layout, or one with some flows loosened that is read better. ask: gives the complete layouts of ways."""
    best = (way, first)
    for _ in range(_ROUNDS):
        if scale(best[1]) >= 1:
            break
        others = ask([replace(best[0], loose=(*best[0].loose, i)) for i in _middle(graph, *best)])
        better = min([best, *others], key=lambda found: (cost(found[1]), found[0].loose))
        if better is best:
            break
        best = better
    return best[1]


def scale(layout: Layout) -> float:
    """By how much the picture shrinks to be seen at once: 1 is not at all."""
    return min(1.0, WIDE / max(layout.width, 1.0), HIGH / max(layout.height, 1.0))


def cost(layout: Layout) -> float:
    """How hard a picture is to read: the length of its lines over its scale squared, for text shrinks both ways."""
    return round(sum(map(_length, layout.edges.values())) / scale(layout) ** 2, 3)


def _length(route: Route) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise((*route.curve, route.tip)))


def _middle(graph: Graph, way: Way, layout: Layout) -> list[int]:
    """The flows nearest to the middle of the picture, by their places."""

    def off(i: int) -> tuple[float, int]:
        route = layout.edges[graph.edges[i].id]
        return round(abs(route.curve[0][0] + route.tip[0] - layout.width), 1), i

    return sorted((i for i in range(len(graph.edges)) if i not in way.loose), key=off)[:_TRIED]
