"""What stands behind a component: the models, engines, language models and agents whose answers it passes on."""

from __future__ import annotations

from collections import deque

from casemate.decompose.graph import Graph
from casemate.decompose.relations import Related, Relation

ANSWERS = frozenset({"model", "inference", "llm", "agent"})
MOST = 3
"""Of each component so many are remembered: what a sentence can name, and what keeps the walk linear."""


def fronts(graph: Graph) -> Relation:
    """For each component that is asked and asks on, itself included where it answers by itself."""
    behind: dict[str, dict[str, None]] = {c: {c: None} if graph.kind[c].name in ANSWERS else {} for c in graph.kind}
    asks = _askers(graph)
    queue = deque(c for c, found in behind.items() if found)
    while queue:
        here = queue.popleft()
        for before in asks.get(here, ()):
            new = [a for a in behind[here] if a not in behind[before]][: MOST - len(behind[before])]
            if new:
                behind[before].update(dict.fromkeys(new))
                queue.append(before)
    return {c: Related(tuple(found)) for c, found in behind.items()}


def _askers(graph: Graph) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for c in graph.kind:
        if graph.does(c, "serves", "client"):
            for there in graph.requests(c):
                out.setdefault(there, []).append(c)
    return out
