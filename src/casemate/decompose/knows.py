"""Which stores an agent or a language model reads, and which a tool gets at on its behalf.

Stores behind what only fetches are read too; what a tool keeps for itself (keys, prompts, logs) is not known to its
caller. A tool that runs commands gets at what an agent reads in the same zone, as far as it may hold keys; one that
does not say what a call can do may run commands for all we know.
"""

from __future__ import annotations

from collections import deque

from casemate.decompose.graph import Graph
from casemate.decompose.relations import Related, Relation, more

_FETCHES = frozenset({"tool", "service", "external-service", "interpreter", "preprocessing", "endpoint"})
_APART = frozenset({"credential-store", "prompt-store", "log-store"})


def knows(graph: Graph) -> Relation:
    """For agents, language models and tools the stores that they read; nothing for all else."""
    speaking = [c for c in graph.kind if graph.kind[c].name in ("agent", "llm")]
    return {c: Related() for c in graph.kind} | {c: Related(_knows(graph, c)) for c in speaking} | _read_by_tools(graph)


def _knows(graph: Graph, c: str) -> tuple[str, ...]:
    """Stores that it reads itself or through what fetches for it. What only a tool keeps for itself is not known."""
    itself = {c, *graph.run_by.get(c, ())}  # what its engine is sent, it reads
    queue, seen = deque(sorted(itself)), set(itself)
    out: dict[str, None] = {}
    while queue:
        here = queue.popleft()
        for before in graph.gets_from(here):
            if before in seen:
                continue
            seen.add(before)
            if graph.does(before, "stores") and (here in itself or graph.kind[before].name not in _APART):
                out[before] = None
            elif graph.kind[before].name in _FETCHES and here in graph.sends(before) and _called(graph, before, here):
                queue.append(before)
    return tuple(out)


_SHELL = frozenset({"exec", "desktop"})
_KEYS = "credential-store"
MOST = 12  # stores that a shell finds in its zone; one that may hold keys is enough for a rule


def _read_by_tools(graph: Graph) -> Relation:
    """Stores that a tool reads. Keys that it signs in with it shows to nobody, unless it runs commands.

    Commands reach what an agent reads in the same zone too, as far as it may hold keys.
    """
    lying = _lying(graph)
    out: Relation = {}
    for c in graph.kind:
        if graph.kind[c].name not in ("tool", "interpreter"):
            continue
        part = graph.system.components[c]
        flown = _knows(graph, c)
        plain = tuple(s for s in flown if graph.kind[s].name != _KEYS)
        near = lying.get(part.zone, ())
        if "effect" not in part.props:
            out[c] = more(
                plain, (tuple(dict.fromkeys([*flown, *near])) if len(plain) < len(flown) else near, (c, "effect"))
            )
        elif _SHELL.isdisjoint(part.props["effect"]):
            out[c] = Related(plain)
        else:
            out[c] = Related(tuple(dict.fromkeys([*flown, *near])))
    return out


def _lying(graph: Graph) -> dict[str, tuple[str, ...]]:
    """By zone, the stores that an agent or a language model reads there: those that keep keys, then those unsaid."""
    found: dict[str, dict[str, None]] = {}
    for sure in (True, False):
        for s in graph.kind:
            part = graph.system.components[s]
            keys = part.kind == _KEYS or "credentials" in part.props.get("holds", ())
            if not graph.does(s, "stores") or keys != sure or (not keys and "holds" in part.props):
                continue
            known = found.setdefault(part.zone, {})
            asked = (f.target for f in graph.out.get(s, ()))
            if len(known) < MOST and any(t in graph.kind and graph.kind[t].name in ("agent", "llm") for t in asked):
                known[s] = None
    return {zone: tuple(known) for zone, known in found.items()}


def _called(graph: Graph, callee: str, caller: str) -> bool:
    """Whether the one fetches for the other: a tool, or something that is asked and answers."""
    return graph.kind[callee].name == "tool" or callee in graph.sends(caller)
