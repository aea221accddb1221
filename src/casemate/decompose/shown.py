"""Who gets to see what a component sends, writes or answers: the actors downstream, and the readers of stores there.

A language model or an agent on the way decides anew what it says, and a model turns content into a score: what is shown
behind them is theirs. Walked once for each level of trust, so linear; those of one trust are one reader to us.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from casemate.decompose.access import party
from casemate.decompose.graph import Graph, who
from casemate.decompose.thing import Thing

DECIDES = frozenset({"llm", "agent", "model", "human-review"})


def shown_to(graph: Graph, readers: Mapping[str, tuple[Thing, ...]]) -> dict[str, list[Thing]]:
    """For each component the least trusted of each level who see what leaves it, least trusted first."""
    found: dict[str, list[Thing]] = {}
    by_trust: dict[int, list[tuple[str, Thing]]] = {}
    for component, thing in _ends(graph, readers):
        by_trust.setdefault(int(thing.facts["trust"]), []).append((component, thing))
    for level in sorted(by_trust):
        for component, thing in _upstream(graph, by_trust[level]).items():
            found.setdefault(component, []).append(thing)
    return found


def _ends(graph: Graph, readers: Mapping[str, tuple[Thing, ...]]) -> list[tuple[str, Thing]]:
    """(component, who sees what leaves or lies in it)."""
    actors = graph.system.actors
    out = [(f.source, party(actors[f.target])) for f in graph.system.flows if f.target in actors]
    for c in graph.system.components.values():
        out += [(c.id, r) for r in readers[c.id] if r.id is not None and "trust" in r.facts]
        if c.kind in ("web-app", "client-app"):
            out += [(c.id, party(who(graph.system, ref))) for ref in c.props.get("exposed to", ())]
    return [(c, t) for c, t in out if c in graph.kind]


def _upstream(graph: Graph, ends: list[tuple[str, Thing]]) -> dict[str, Thing]:
    """Everything whose content gets there, each with the first witness that is found."""
    seen: dict[str, Thing] = {}
    queue = deque(ends)
    while queue:
        here, thing = queue.popleft()
        if here in seen:
            continue
        seen[here] = thing
        queue.extend((b, thing) for b in graph.gets_from(here) if graph.kind[here].name not in DECIDES)
    return seen
