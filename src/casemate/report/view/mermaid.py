"""A map as Mermaid text, which code hosts draw in comments and READMEs, and as DOT for people's own tools.

Things are called n0, z0; every character of a label that could mean something to Mermaid, Markdown or HTML becomes a
numbered entity, so that no name can end its label, its line or its fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.report.svg.dot import filled
from casemate.report.svg.graph import Edge, Graph, Node
from casemate.report.svg.text import clean

LONGEST = 60  # characters of a label; a picture is no place for more
COLOUR = {"critical": "#b3261e", "high": "#b9510a", "medium": "#8f6a00", "low": "#5d6470"}
BRACKETS = {
    "store": ("[(", ")]"), "model": ("{{", "}}"), "actor": ("([", "])"), "outside": ("[[", "]]"), "process": ("[", "]"),
}  # fmt: skip
SHAPES = {"store": "cylinder", "model": "hexagon", "actor": "oval", "outside": "box3d", "process": "box"}
_PLAIN = re.compile(r"[^\w ,.+/()→·-]")  # \w holds letters of every script


def mermaid(graph: Graph) -> str:
    """The map as a Mermaid flowchart, ending in a line break."""
    number = {n.id: f"n{i}" for i, n in enumerate(graph.nodes)}
    lines = ["flowchart LR", *_inside(graph, None, number, "  ")]
    lines += [_arrow(e, number) for e in graph.edges]
    lines += [
        f"  linkStyle {i} stroke:{COLOUR[e.severity]},stroke-width:2px" for i, e in enumerate(graph.edges) if e.severity
    ]
    for severity, colour in COLOUR.items():
        ids = [number[n.id] for n in graph.nodes if n.severity == severity]
        if ids:
            lines += [f"  classDef {severity} stroke:{colour},stroke-width:2px", f"  class {','.join(ids)} {severity}"]
    return "\n".join(lines) + "\n"


def safe(text: str) -> str:
    """A label between double quotes: one line, at most 60 characters, nothing in it means anything."""
    flat = " ".join(clean(text).split())
    short = flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", short)


def _inside(graph: Graph, frame: str | None, number: dict[str, str], indent: str) -> Iterator[str]:
    for n in graph.nodes:
        if n.frame == frame:
            left, right = BRACKETS[n.shape]
            yield f'{indent}{number[n.id]}{left}"{safe(_counted(n)) or number[n.id]}"{right}'
    some = filled(graph)
    for i, f in enumerate(graph.frames):
        if f.parent == frame and f.id in some:
            yield f'{indent}subgraph z{i}["{safe(f.label) or f"z{i}"}"]'
            yield from _inside(graph, f.id, number, indent + "  ")
            yield f"{indent}end"


def _counted(n: Node) -> str:
    return f"{n.label[:40]} ({n.badge} open)" if n.badge else n.label


def _arrow(e: Edge, number: dict[str, str]) -> str:
    text = safe(e.label)
    return f"  {number[e.source]} -->" + (f'|"{text}"|' if text else "") + f" {number[e.target]}"


def dot(graph: Graph) -> str:
    """The map in Graphviz's language, with its labels, ending in a line break."""
    number = {n.id: f"n{i}" for i, n in enumerate(graph.nodes)}
    lines = ["digraph system {", '  rankdir=LR; node [fontname="Helvetica"]; edge [fontname="Helvetica", fontsize=10];']
    lines += _clusters(graph, None, number, "  ")
    for e in graph.edges:
        lines.append(f"  {number[e.source]} -> {number[e.target]} [label={_quoted(e.label)}{_coloured(e.severity)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _clusters(graph: Graph, frame: str | None, number: dict[str, str], indent: str) -> Iterator[str]:
    for n in graph.nodes:
        if n.frame == frame:
            said = f"label={_quoted(_counted(n))}, shape={SHAPES[n.shape]}{_coloured(n.severity)}"
            yield f"{indent}{number[n.id]} [{said}];"
    some = filled(graph)
    for i, f in enumerate(graph.frames):
        if f.parent == frame and f.id in some:
            yield f"{indent}subgraph cluster_z{i} {{"
            yield f"{indent}  label={_quoted(f.label)}; style=dashed;"
            yield from _clusters(graph, f.id, number, indent + "  ")
            yield f"{indent}}}"


def _coloured(severity: str | None) -> str:
    return f', color="{COLOUR[severity]}", penwidth=2' if severity else ""


def _quoted(text: str) -> str:
    flat = " ".join(clean(text).split())[: 2 * LONGEST]
    return '"' + flat.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') + '"'
