"""What an index or a memory holds when nobody said so: what lies in the stores that it is filled from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from casemate.decompose.graph import Graph
from casemate.decompose.thing import Thing
from casemate.define.vocabulary import vocabulary

ORDER = vocabulary().component["sensitivity"].words
FILLED = frozenset({"index", "memory"})
PASSES = frozenset({"index", "preprocessing"})
SECRET = ORDER[-1]
KEYS = "credentials"


def inherit(graph: Graph, things: Mapping[str, Thing]) -> None:
    """Fill in `sensitivity` and `holds`. What one source leaves unknown stays so, unless it cannot get worse."""
    for c, thing in things.items():
        if graph.kind[c].name not in FILLED:
            continue
        sources = [things[s].facts for s in _sources(graph, c)]
        held = [word for facts in sources for word in facts.get("holds", ())]
        told = bool(sources) and all("holds" in facts for facts in sources)
        if (told or KEYS in held) and "holds" not in thing.facts:
            thing.facts["holds"] = tuple(dict.fromkeys(held))
        known = [ORDER.index(facts["sensitivity"]) for facts in sources if "sensitivity" in facts]
        worst = max(known, default=-1)
        sure = len(known) == len(sources) or (worst >= 0 and ORDER[worst] == SECRET)
        if known and sure and "sensitivity" not in thing.facts:
            thing.facts["sensitivity"] = ORDER[worst]


def _sources(graph: Graph, c: str) -> Iterator[str]:
    """The stores behind it, through what only prepares."""
    queue, seen = deque([c]), {c}
    while queue:
        for before in graph.gets_from(queue.popleft()):
            if before in seen:
                continue
            seen.add(before)
            if graph.kind[before].name in PASSES:
                queue.append(before)
            elif graph.does(before, "stores"):
                yield before
