"""Scenarios: (attacker class, goal, asset) with the ways that lead there. The asset is what is worth attacking.

An element belongs to the asset of the one model, language model or agent that it feeds or serves; where it serves
several or none it is an asset of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from casemate.core.same import Same
from casemate.decompose.graph import Graph

ASSETS = frozenset({"model", "llm", "agent"})


class Way(NamedTuple):
    """One threat as a way to a goal: Beta(a, b) for an attempt, and what controls leave of it and of the loss.

    a and b come rounded to 9 digits, so that equal beliefs have equal draws.
    """

    threat: str
    a: float
    b: float
    factor: float = 1.0
    loss_factor: float = 1.0

    @property
    def shape(self) -> tuple[float, float, float, float]:
        """The way without its name."""
        return self.a, self.b, self.factor, self.loss_factor


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who, what for, on what; and how."""

    attacker: str
    outcome: str
    asset: str
    ways: tuple[Way, ...]
    shape: tuple[tuple[float, float, float, float], ...] = field(init=False, compare=False, repr=False)
    """What it is made of, its names apart: scenarios of one shape share their draws."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", shape(self.ways))

    @property
    def key(self) -> tuple[str, str, str]:
        """Who, what for, on what."""
        return self.attacker, self.outcome, self.asset

    def changed(self, ways: Mapping[str, Way | None]) -> Scenario | None:
        """With the ways of some threats changed, or closed (None); None when no way is left."""
        kept = tuple([new for w in self.ways if (new := ways.get(w.threat, w)) is not None])
        return Scenario(self.attacker, self.outcome, self.asset, kept) if kept else None


def assets(graph: Graph) -> dict[str, str]:
    """The asset of every component and flow. Linear: at most two assets are ever remembered for a component."""
    return _assets(Same(graph))


@lru_cache(maxsize=1)
def _assets(same: Same[Graph]) -> dict[str, str]:
    graph = same.value
    behind: dict[str, list[str]] = {c: [c] if graph.kind[c].name in ASSETS else [] for c in graph.kind}
    queue = deque(sorted(c for c, found in behind.items() if found))
    while queue:
        here = queue.popleft()
        for before in graph.gets_from(here):
            if graph.kind[before].name in ASSETS or len(behind[before]) > 1:
                continue
            new = [a for a in behind[here] if a not in behind[before]]
            if new:
                behind[before] = (behind[before] + new)[:2]
                queue.append(before)
    out = {c: found[0] if len(found) == 1 else c for c, found in behind.items()}
    out |= {f.id: out.get(f.target, out.get(f.source, f.target)) for f in graph.system.flows}
    return {**out, "system": "system"}


def scenarios(
    ways: Iterable[tuple[tuple[str, ...], str, str, Way]], like: Iterable[Scenario] = ()
) -> tuple[Scenario, ...]:
    """Ways grouped by who, what for and on what. ways: (attacker classes, outcome, asset, way).

    like: those of another view, most of which are the same in this one.
    """
    grouped: dict[tuple[str, str, str], list[Way]] = {}
    for attackers, outcome, asset, way in ways:
        for attacker in attackers:
            grouped.setdefault((attacker, outcome, asset), []).append(way)
    known, out = {s.key: s for s in like}, []
    for key, found in sorted(grouped.items()):
        here, same = tuple(sorted(found, key=attrgetter("threat"))), known.get(key)
        out.append(same if same is not None and same.ways == here else Scenario(*key, here))
    return tuple(out)


def shape(ways: Iterable[Way]) -> tuple[tuple[float, float, float, float], ...]:
    """The different ways, their names apart."""
    return tuple(sorted({w.shape for w in ways}))
