"""The map: zones as dashed frames, components, and every flow of the model, coloured by its worst open threat.

A picture that lacks a flow would lie, so `draw` refuses a layout that lacks one. The SVG has no script, no ids (two of
them on one page cannot clash) and no colours of its own: those are the variables of the page, see style.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.report.svg.chips import place
from casemate.report.svg.dot import FLOW, LINE, NODE, ZONE, flow_lines, frame_line, node_lines
from casemate.report.svg.graph import Edge, Graph, Node
from casemate.report.svg.lines import lines, samples
from casemate.report.svg.place import Box, Layout, Point, Route
from casemate.report.svg.shapes import CAP, OUTLINE, rect
from casemate.report.svg.style import alone
from casemate.report.svg.text import BOLD, escape, line, width

_AIR = 10  # around the picture: room for badges at the rim
_ORDER = {None: 0, "low": 1, "medium": 2, "high": 3, "critical": 4}  # the worst is drawn last, on top
_BARB = 3.6  # half the width of an arrow's head


def draw(graph: Graph, layout: Layout, *, standalone: bool = False) -> str:
    """The map as SVG text. Each flow is one `<g data-flow="its id">`.

    standalone: carries its own style sheet, colours for light and dark, and a background.
    Fails with CasemateError if the layout lacks a node or a flow of the graph.
    """
    _complete(graph, layout)
    routes = lines(graph, layout)
    chips = place(graph, layout, routes)
    view = _view(layout, routes, chips)
    frames = sorted((f for f in graph.frames if f.id in layout.frames), key=lambda f: graph.depth(f.id))
    points = np.concatenate([samples(r) for r in routes.values()]) if routes else np.empty((0, 2))
    parts = [
        _open(graph, view),
        *([alone(), rect("paper", view)] if standalone else []),
        *(rect("zone", layout.frames[f.id], 9) for f in frames),
        *_flows(graph, routes),
        *(_zone(frame_line(f), layout.frames[f.id], points) for f in frames),
        *(_chip(e, chips[e.id]) for e in graph.edges if e.id in chips),
        *(_node(n, layout.nodes[n.id]) for n in graph.nodes),
        "</svg>",
    ]
    return "\n".join(parts)


def _zone(text: str, box: Box, points: NDArray[np.float64]) -> str:
    """The name of a zone; on a ground of its own where a flow would strike it through. points: (n, 2) on all flows."""
    drawn = line("zl", box.x + 11, box.y + 17, text, ZONE * BOLD)
    ground = Box(box.x + 7, box.y + 5, width(text, ZONE) * BOLD + 8, 17)
    low, high = (ground.x, ground.y), (ground.x + ground.width, ground.y + ground.height)
    struck = bool(((points >= low) & (points <= high)).all(axis=1).any())
    return (rect("zg", ground, 3) if struck else "") + drawn


def _complete(graph: Graph, layout: Layout) -> None:
    lost = [e.id for e in graph.edges if e.id not in layout.edges]
    lost += [n.id for n in graph.nodes if n.id not in layout.nodes]
    if lost:
        raise CasemateError(
            "map", f"the layout lacks {', '.join(map(repr, lost[:5]))} of {len(lost)}", "show the table of flows"
        )


def _view(layout: Layout, routes: Mapping[str, Route], chips: Mapping[str, Box]) -> Box:
    """What has to be seen, and a little air."""
    boxes = [*layout.frames.values(), *layout.nodes.values(), *chips.values()]
    points = [p for r in routes.values() for p in (*r.curve, r.tip)]
    x = math.floor(min(b.x for b in boxes + [Box(*p, 0, 0) for p in points]) - _AIR)
    y = math.floor(min(b.y for b in boxes + [Box(*p, 0, 0) for p in points]) - _AIR)
    right = math.ceil(max([b.x + b.width for b in boxes] + [p[0] for p in points]) + _AIR)
    below = math.ceil(max([b.y + b.height for b in boxes] + [p[1] for p in points]) + _AIR)
    return Box(x, y, right - x, below - y)


def _open(graph: Graph, view: Box) -> str:
    # the content of an img is hidden from assistive technology, links included: with links it is a group
    role = "group" if any(n.href for n in graph.nodes) else "img"
    wide = " wide" if view.width > 820 else ""  # a small picture is not blown up, a wide one is scrolled on a phone
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm map{wide}" width="{view.width}" height="{view.height}" '
        f'viewBox="{view.x} {view.y} {view.width} {view.height}" role="{role}" aria-label="{escape(graph.label)}">'
    )


def _flows(graph: Graph, routes: Mapping[str, Route]) -> Iterable[str]:
    names = {n.id: n.label for n in graph.nodes}
    for e in sorted(graph.edges, key=lambda e: _ORDER[e.severity]):
        title = e.title or f"{names[e.source]} → {names[e.target]}: {e.label}"
        yield _flow(e, routes[e.id], title)


def _flow(edge: Edge, route: Route, title: str) -> str:
    d = _curve(route.curve)
    return (
        f'<g class="flow {edge.severity or "none"}" data-flow="{escape(edge.id)}"><title>{escape(title)}</title>'
        f'<path class="hit" d="{d}"/><path class="ln" d="{d}"/>{_tip(route)}</g>'
    )


def _curve(points: tuple[Point, ...]) -> str:
    start, *rest = (f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{start}C{' '.join(rest)}"


def _tip(route: Route) -> str:
    """The head of the arrow: a triangle from the end of the curve to its tip. Markers would need ids."""
    (x, y), (bx, by) = route.tip, route.curve[-1]
    long = math.hypot(x - bx, y - by) or 1.0
    ox, oy = (by - y) / long * _BARB, (x - bx) / long * _BARB
    return f'<path class="tip" d="M{bx + ox:.1f} {by + oy:.1f}L{x:.1f} {y:.1f}L{bx - ox:.1f} {by - oy:.1f}z"/>'


def _chip(edge: Edge, box: Box) -> str:
    text = _block("ll", box, flow_lines(edge), FLOW)
    return f'<g class="chip {edge.severity or "none"}">{rect("lb", box, 3)}{text}</g>'


def _node(node: Node, box: Box) -> str:
    shift = CAP if node.shape == "store" else 0.0
    inner = Box(box.x, box.y + shift, box.width, box.height)
    drawn = (
        f'<g class="{node.shape} {node.severity or "none"}"><title>{escape(node.title or node.label)}</title>'
        f"{OUTLINE[node.shape](box)}{_block('nl', inner, node_lines(node), NODE)}{_badge(node, box)}</g>"
    )
    return f'<a href="{escape(node.href)}">{drawn}</a>' if node.href else drawn


def _badge(node: Node, box: Box) -> str:
    """The count of open threats at the upper right corner; above 99 the exact number is in the title and the table."""
    if node.badge <= 0:
        return ""
    text = str(node.badge) if node.badge < 100 else "99+"
    w = max(18.0, 10.0 + width(text, 10.5) * BOLD)
    x, y = box.x + box.width - 3, box.y + 1
    pill = rect("bd", Box(x - w / 2, y - 9, w, 18), 9)
    return f'{pill}<text class="bt" x="{x:.1f}" y="{y + 3.7:.1f}">{text}</text>'


def _block(kind: str, box: Box, texts: tuple[str, ...], size: float) -> str:
    """Lines of text in the middle of a box."""
    x, step = box.x + box.width / 2, size * LINE
    y = box.y + box.height / 2 - (len(texts) - 1) / 2 * step + size * 0.35
    return "".join(line(kind, x, y + i * step, text, size) for i, text in enumerate(texts))
