"""The flows as a graph: who sends to whom, and what kinds of components do. Built once, linear in the system."""

from __future__ import annotations

from dataclasses import dataclass

from casemate.core.trust import Trust
from casemate.define.system import Actor, Flow, System
from casemate.define.vocabulary import Kind, vocabulary


FURTHER_IN = {
    kind: i
    for i, kinds in enumerate(
        (
            ("client-app",), ("web-app",), ("gateway",), ("endpoint",), ("service", "external-service"), ("agent",),
            ("inference", "llm"), ("tool",), ("interpreter", "model"), ("store", "dataset", "index", "memory"),
        )
    )
    for kind in kinds
}  # fmt: skip
"""Kinds in the order in which a request meets them. Of two that send to each other, the outer one asks."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Flows by their ends and by id. `runs` and `run_by` join engines and models; `kind` says what a component does."""

    system: System
    out: dict[str, list[Flow]]
    into: dict[str, list[Flow]]
    runs: dict[str, tuple[str, ...]]
    run_by: dict[str, list[str]]
    linked: dict[str, list[str]]
    """Agents and the tools that they name without drawing a flow: calls one way, results the other."""
    kind: dict[str, Kind]
    trust: dict[str, Trust]
    flows: dict[str, Flow]

    def does(self, component: str, *roles: str) -> bool:
        """Whether the component's kind does one of these: serves, stores, supplies, trains ..."""
        return component in self.kind and self.kind[component].does in roles

    def sends(self, component: str) -> list[str]:
        """The components that it sends to or runs, each once, in the order of the file."""
        to = [f.target for f in self.out.get(component, ()) if f.target in self.kind]
        return list(dict.fromkeys([*to, *self.runs.get(component, ()), *self.linked.get(component, ())]))

    def gets_from(self, component: str) -> list[str]:
        """The components that send to it or run it."""
        of = [f.source for f in self.into.get(component, ()) if f.source in self.kind]
        return list(dict.fromkeys([*of, *self.run_by.get(component, ()), *self.linked.get(component, ())]))

    def requests(self, component: str) -> list[str]:
        """Those of `sends` that it asks, not answers: of two that send to each other, the one further out asks."""
        return [there for there in self.sends(component) if not self._answers(component, there)]

    def _answers(self, here: str, there: str) -> bool:
        if self.does(there, "client"):
            return True  # nothing but its user calls a client application
        outer, inner = FURTHER_IN.get(self.kind[there].name, 0), FURTHER_IN.get(self.kind[here].name, 0)
        return outer < inner and any(f.target == here for f in self.out.get(there, ()))


def graph(system: System) -> Graph:
    """The system's flows, indexed."""
    out: dict[str, list[Flow]] = {}
    into: dict[str, list[Flow]] = {}
    for f in system.flows:
        out.setdefault(f.source, []).append(f)
        into.setdefault(f.target, []).append(f)
    runs = {c.id: c.props["runs"] for c in system.components.values() if "runs" in c.props}
    run_by: dict[str, list[str]] = {}
    for engine, models in runs.items():
        for m in models:
            run_by.setdefault(m, []).append(engine)
    linked: dict[str, list[str]] = {}
    for c in system.components.values():
        for tool in c.props.get("tools", ()):
            linked.setdefault(c.id, []).append(tool)
            linked.setdefault(tool, []).append(c.id)
    kinds = vocabulary().kinds
    kind = {c.id: kinds[c.kind] for c in system.components.values()}
    trust = {c.id: system.zones[c.zone].trust for c in system.components.values()}
    return Graph(system, out, into, runs, run_by, linked, kind, trust, {f.id: f for f in system.flows})


def openings(system: System) -> list[tuple[Actor, str]]:
    """Who touches which component from outside the graph: senders of flows, then those it is exposed to."""
    found = [(system.actors[f.source], f.target) for f in system.flows if f.source in system.actors]
    for c in system.components.values():
        for ref in c.props.get("exposed to", ()):
            found.append((system.actors.get(ref) or _anyone(system, ref), c.id))
    return [(actor, target) for actor, target in dict.fromkeys(found) if target in system.components]


def _anyone(system: System, zone: str) -> Actor:
    return Actor(f"anyone in {zone}", system.zones[zone].trust, f"anyone in {zone}", zone)
