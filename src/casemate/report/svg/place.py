"""Where everything on a map lies, in pixels from its upper left corner; and how Graphviz says so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from casemate.report.svg.dot import filled, node_size
from casemate.report.svg.graph import Graph

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a flow: a Bezier curve (1 + 3k points), the tip of its arrow, and the middle of its label if any."""

    curve: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the frames, nodes and edges of a graph lie, by their ids."""

    width: float
    height: float
    frames: Mapping[str, Box]
    nodes: Mapping[str, Box]
    edges: Mapping[str, Route]


def read(graph: Graph, answer: Mapping[str, Any]) -> Layout | None:
    """Graphviz's JSON as a layout; None if it lacks a node, an edge or a zone, or says something that is no number."""
    try:
        left, low, right, top = _numbers(answer["bb"])
        flip = _Flip(left, top)
        things = {str(o["name"]): o for o in answer["objects"]}
        routes = {str(e["id"]): e for e in answer.get("edges", ())}
        frames = {
            f.id: flip.box(_numbers(things[f"cluster_f{i}"]["bb"]))
            for i, f in enumerate(graph.frames)
            if f.id in filled(graph)
        }
        nodes = {n.id: flip.centred(_point(things[f"n{i}"]["pos"]), node_size(n)) for i, n in enumerate(graph.nodes)}
        numbers = {n.id: things[f"n{i}"]["_gvid"] for i, n in enumerate(graph.nodes)}
        edges = {
            e.id: flip.route(routes[f"e{i}"], numbers[e.source], numbers[e.target]) for i, e in enumerate(graph.edges)
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return Layout(right - left, top - low, frames, nodes, edges)


@dataclass(frozen=True, slots=True)
class _Flip:
    """Graphviz counts y upwards from its own origin, SVG downwards from ours."""

    left: float
    top: float

    def point(self, p: Point) -> Point:
        return p[0] - self.left, self.top - p[1]

    def box(self, b: Sequence[float]) -> Box:
        x, y = self.point((b[0], b[3]))
        return Box(x, y, b[2] - b[0], b[3] - b[1])

    def centred(self, middle: Point, size: Point) -> Box:
        x, y = self.point(middle)
        return Box(x - size[0] / 2, y - size[1] / 2, *size)

    def route(self, edge: Mapping[str, Any], tail: object, head: object) -> Route:
        first, *rest = str(edge["pos"]).split()
        if (edge["tail"], edge["head"]) != (tail, head):
            raise ValueError("joins other nodes")
        if not first.startswith("e,") or len(rest) % 3 != 1 or len(rest) < 4:
            raise ValueError("not one curve with one arrow")
        label = self.point(_point(edge["lp"])) if "lp" in edge else None
        return Route(tuple(self.point(_point(p)) for p in rest), self.point(_point(first[2:])), label)


def _numbers(text: str) -> list[float]:
    out = [float(n) for n in text.split(",")]
    if not all(map(math.isfinite, out)):
        raise ValueError("not a finite number")
    return out


def _point(text: str) -> Point:
    x, y = _numbers(text)
    return x, y
