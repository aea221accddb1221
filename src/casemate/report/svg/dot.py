"""A graph in Graphviz's language: sizes and structure alone.

No id, label or other word of the model gets in: things are called n0, e0, f0, and a label is an empty table of the size
that we will draw. So nothing can break out, no font is looked up, and the layout is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from casemate.report.svg.graph import Edge, Frame, Graph, Node
from casemate.report.svg.text import BOLD, width, wrap

NODE, FLOW, ZONE = 12.5, 10.5, 11.5  # font sizes
LINE = 1.22  # line height over font size
_GRAPH = "rankdir=LR,nodesep=.2,ranksep=.2,margin=0,pad=0,splines=spline"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask Graphviz. newrank never lost a flow but stretches small pictures into ribbons.

    loose: the places of the edges that may run in any direction; every other edge pulls its target to the right.
    """

    newrank: bool
    labels: bool
    loose: tuple[int, ...] = ()


WAYS = (Way(newrank=False, labels=True), Way(newrank=True, labels=True), Way(newrank=True, labels=False))


def node_lines(node: Node) -> tuple[str, ...]:
    """The lines of text in a node: its label, or its id where that is blank."""
    return wrap(node.label, 16, 3) or wrap(node.id, 16, 3)


def flow_lines(edge: Edge) -> tuple[str, ...]:
    """The lines of text on a flow."""
    return wrap(edge.label, 14, 3)


def frame_line(frame: Frame) -> str:
    """The label of a zone, on one line."""
    return " ".join(wrap(frame.label, 40, 1))


def node_size(node: Node) -> tuple[float, float]:
    """Width and height of a node with its text, in pixels."""
    lines = node_lines(node)
    side = {"actor": 34.0, "outside": 32.0}.get(node.shape, 26.0)
    cap = 10.0 if node.shape == "store" else 0.0
    return max(_widest(lines, NODE) + side, 64.0), max(len(lines), 1) * NODE * LINE + 21.0 + cap


def chip_size(edge: Edge) -> tuple[float, float]:
    """Width and height of the label of a flow, in pixels."""
    lines = flow_lines(edge)
    return _widest(lines, FLOW) + 8.0, len(lines) * FLOW * LINE + 3.0


def write(graph: Graph, way: Way, name: str = "map") -> str:
    """The graph as DOT. Nodes, edges and frames are named by their place in the graph: n0, e0, f0.

    name: given back in the answer; a plain word of ours.
    """
    numbers = {n.id: i for i, n in enumerate(graph.nodes)}
    body = [*_inside(graph, None), *(_edge(i, e, numbers, way) for i, e in enumerate(graph.edges))]
    return "\n".join(
        [
            f"digraph {name} {{",
            f"graph [{_GRAPH},newrank={str(way.newrank).lower()}];",
            'node [shape=box,fixedsize=true,label=""];',
            "edge [arrowsize=.75];",
            *body,
            "}",
        ]
    )


def filled(graph: Graph) -> set[str]:
    """The zones in which something lies, at any depth."""
    parents = {f.id: f.parent for f in graph.frames}
    out: set[str] = set()
    for node in graph.nodes:
        at = node.frame
        while at is not None and at not in out:
            out.add(at)
            at = parents[at]
    return out


def _widest(lines: tuple[str, ...], size: float) -> float:
    return max((width(t, size) for t in lines), default=0.0)


def _inside(graph: Graph, frame: str | None) -> list[str]:
    some = filled(graph)
    out = [_node(i, n) for i, n in enumerate(graph.nodes) if n.frame == frame]
    for i, f in enumerate(graph.frames):
        if f.parent == frame and f.id in some:
            size = (width(frame_line(f), ZONE) * BOLD + 8, ZONE * LINE)
            out += [f"subgraph cluster_f{i} {{", f"graph [labeljust=l,margin=13,label={_blank(size)}];"]
            out += [*_inside(graph, f.id), "}"]
    return out


def _node(i: int, node: Node) -> str:
    w, h = node_size(node)
    return f"n{i} [width={w / 72:.4f},height={h / 72:.4f}];"


def _edge(i: int, edge: Edge, numbers: dict[str, int], way: Way) -> str:
    label = f",label={_blank(chip_size(edge))}" if way.labels and flow_lines(edge) else ""
    loose = ",constraint=false" if i in way.loose else ""
    return f"n{numbers[edge.source]} -> n{numbers[edge.target]} [id=e{i}{loose}{label}];"


def _blank(size: tuple[float, float]) -> str:
    w, h = size
    table = 'BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE"'
    return f'<<TABLE {table} WIDTH="{w:.0f}" HEIGHT="{h:.0f}"><TR><TD></TD></TR></TABLE>>'
