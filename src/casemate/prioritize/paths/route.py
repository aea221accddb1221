"""The likeliest ways of one class of attackers through the web: shortest paths, by minus the logarithm of success.

rustworkx finds how far each node is; the way is walked back from the end, and ties are broken by the nodes' numbers,
so that the answer depends on nothing but the graph. A threat that the class, or one that is trusted less, can begin
with is never a later step: what can be had directly needs no chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

from casemate.core.trust import WORDS
from casemate.prioritize.paths.web import HOP, Key, Web

MOST_ROUNDS = 4
"""A chain that begins with the very harm in which it ends is none; such beginnings are left out, so often at most."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way: the nodes from the first threat to the harm."""

    key: Key
    nodes: tuple[int, ...]
    length: float

    @property
    def probability(self) -> float:
        """Of one attempt."""
        return exp(HOP * (len(self.nodes) - 1) - self.length)


def whole(web: Web) -> Any:
    """The web as a graph, with one more node for whoever enters it."""
    import rustworkx  # only where there are threats that could be joined

    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(web.nodes) + 1))
    graph.add_edges_from(web.edges)
    return graph


class Router:
    """The web as one class of attackers enters it. The graph is built once and never changed."""

    def __init__(self, web: Web, graph: Any, attacker: str) -> None:
        import rustworkx

        self.web, self.attacker, self.entry = web, attacker, len(web.nodes)
        starts = [e for who, found in web.by_attackers.items() if attacker in who for e in found]
        no_more = {str(t) for t in WORDS.values() if t <= WORDS[attacker]}
        direct = [e.then for who, found in web.by_attackers.items() if not no_more.isdisjoint(who) for e in found]
        self.lengths = rustworkx.digraph_dijkstra_shortest_path_lengths
        self.graph = graph.copy()
        self.graph.remove_nodes_from(direct)
        self.graph.add_edges_from([(self.entry, e.first, e.weight) for e in starts])

    def routes(
        self, keys: Iterable[Key], worth: Callable[[Key, float], float], most: int, held: Mapping[str, float]
    ) -> list[Route]:
        """The ways to the harms that are worth most, at most so many. held: what is left of threats' success."""
        graph, pending = self._weakened(held), list(keys)
        found: list[Route] = []
        for _ in range(MOST_ROUNDS):
            far = {self.entry: 0.0, **self.lengths(graph, self.entry, float)}
            reached = [(far[self.web.ends[k]], k) for k in pending if self.web.ends[k] in far]
            ranked = sorted(reached, key=lambda at: (-worth(at[1], at[0]), at[1]))[: most - len(found)]
            routes = [Route(k, self._back(graph, far, k), length) for length, k in ranked]
            none = [r for r in routes if self._at_once(r)]
            found += [r for r in routes if not self._at_once(r)]
            if not none:
                break
            graph = graph.copy()
            for first in {r.nodes[0] for r in none}:
                graph.remove_edge(self.entry, first)
            pending = [r.key for r in none]
        return found

    def _at_once(self, r: Route) -> bool:
        """Whether the first threat is that very harm by itself."""
        return r.key in self.web.at_once(self.web.threats[str(self.web.nodes[r.nodes[0]])])

    def _weakened(self, held: Mapping[str, float]) -> Any:
        if not held:
            return self.graph
        graph = self.graph.copy()
        for e, left in ((self.web.threats[t], left) for t, left in held.items()):
            for source, to, weight in [*graph.in_edges(e.first), *graph.in_edges(e.then)]:
                graph.update_edge(source, to, weight - log(left))
        return graph

    def _back(self, graph: Any, far: Mapping[int, float], key: Key) -> tuple[int, ...]:
        """The nodes of the shortest way, first to last, without the entry."""
        here, way = self.web.ends[key], []
        while here != self.entry:
            way.append(here)
            _, here = min((far[before] + weight, before) for before, _, weight in graph.in_edges(here) if before in far)
        return tuple(reversed(way))
