"""Laying out a map. Graphviz does it; what it gives back is compared with the graph.

Graphviz 14 drops flows of nested graphs without a word (exit code 0), so an answer that lacks one is thrown away and
asked for in another way; when no way gives all of them there is no layout, and the report shows its table of flows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from casemate.report.svg.dot import WAYS, Way, write
from casemate.report.svg.engine import Engine, engines, run
from casemate.report.svg.fold import fold
from casemate.report.svg.graph import Graph
from casemate.report.svg.place import Layout, read


def layout(graph: Graph, timeout: float = 10.0, by: Sequence[Engine] | None = None) -> Layout | None:
    """The layout with every node and every edge of the graph, or None if no engine finds one in `timeout` seconds.

    by: the engines to ask, in order; None stands for those of this machine. A graph without nodes has no layout.
    """
    end = time.monotonic() + timeout
    for engine in (engines() if by is None else by) if graph.nodes else ():
        for way in WAYS:
            for _, found in _ask(engine, graph, end, [way]):
                return fold(graph, way, found, partial(_ask, engine, graph, end))
    return None


def layouts(graphs: Sequence[Graph], timeout: float = 10.0, by: Sequence[Engine] | None = None) -> list[Layout | None]:
    """The same for several graphs, which share the time; None for those of which no layout was found in it.

    One process lays out all of them, so that they cost what they hold. None is folded: they are small.
    """
    end = time.monotonic() + timeout
    found: dict[int, Layout] = {}
    for engine in engines() if by is None else by:
        for way in WAYS:
            left = [i for i, g in enumerate(graphs) if g.nodes and i not in found]
            found |= _each(engine, way, {i: graphs[i] for i in left}, end)
    return [found.get(i) for i in range(len(graphs))]


def _each(engine: Engine, way: Way, graphs: dict[int, Graph], end: float) -> dict[int, Layout]:
    """The complete layouts of graphs by their numbers. One that ends the engine is left out, the rest asked again."""
    found: dict[int, Layout] = {}
    waiting = list(graphs)
    while waiting and (seconds := (end - time.monotonic()) / 2) > 0.05:
        answers = run(engine, [write(graphs[i], way, f"g{i}") for i in waiting], seconds)
        read_ = {i: read(graphs[i], answers[f"g{i}"]) for i in waiting if f"g{i}" in answers}
        found |= {i: layout for i, layout in read_.items() if layout is not None}
        missing = [i for i in waiting if i not in read_]
        waiting = missing[1:]
    return found


def _ask(engine: Engine, graph: Graph, end: float, ways: Sequence[Way]) -> list[tuple[Way, Layout]]:
    """The complete layouts among those that the engine finds, in half of the time that is left."""
    seconds = (end - time.monotonic()) / 2  # one that hangs leaves the other half to those after it
    if seconds <= 0.05 or not ways:
        return []
    answers = run(engine, [write(graph, way, f"w{i}") for i, way in enumerate(ways)], seconds)
    found = [(way, read(graph, answers.get(f"w{i}", {}))) for i, way in enumerate(ways)]
    return [(way, layout) for way, layout in found if layout is not None]
