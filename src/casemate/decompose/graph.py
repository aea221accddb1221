"""The flows as a graph: who sends to whom, and what kinds of components do. Built once, linear in the system.

What runs what, and which tools an agent calls, may be said by a property or by a flow. Where neither says anything,
nobody knows: an engine that is silent may run any model of the file, a silent agent may call any tool. Such ways are
kept apart (`may_send`), so that silence never rules a threat out. On all other kinds silence means no.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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


Ask = tuple[str, str]


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
    between: dict[tuple[str, str], list[Flow]]
    openings: list[tuple[Actor, str]]
    """Who touches which component from outside: senders of flows, then those it is exposed to."""
    silent: dict[str, str]
    """Components that do not say what they run or call, and the property in which they would say it."""
    could: dict[str, tuple[str, ...]]
    """By that property, the components that it could name; `run by` and `called by` are the silent ones themselves."""
    _after: dict[str, list[str]]
    _before: dict[str, list[str]]
    _asked: dict[str, list[str]]

    def does(self, component: str, *roles: str) -> bool:
        """Whether the component's kind does one of these: serves, stores, supplies, trains ..."""
        return component in self.kind and self.kind[component].does in roles

    def sends(self, component: str) -> list[str]:
        """The components that it sends to or runs, each once, in the order of the file."""
        return self._after.get(component, [])

    def gets_from(self, component: str) -> list[str]:
        """The components that send to it or run it."""
        return self._before.get(component, [])

    def may_send(self, component: str) -> tuple[tuple[str, ...], Ask | None]:
        """Where it sends too for all we know, and which (element, property) would say so."""
        if component in self.silent:
            asked = self.silent[component]
            return self.could[asked], (component, asked)
        agents = self.could["called by"] if self.kind[component].name in COULD["tools"] else ()
        return agents, (agents[0], "tools") if agents else None

    def may_get(self, component: str) -> tuple[tuple[str, ...], Ask | None]:
        """What sends to it too for all we know, and which (element, property) would say so."""
        if self.kind[component].name in COULD["runs"]:
            engines = self.could["run by"]
            return engines, (engines[0], "runs") if engines else None
        return self.may_send(component) if self.silent.get(component) != "runs" else ((), None)

    def requests(self, component: str) -> list[str]:
        """Those of `sends` that it asks, not answers: of two that send to each other, the one further out asks."""
        return self._asked.get(component, [])


def graph(system: System) -> Graph:
    """The system's flows, indexed."""
    out: dict[str, list[Flow]] = {}
    into: dict[str, list[Flow]] = {}
    between: dict[tuple[str, str], list[Flow]] = {}
    for f in system.flows:
        out.setdefault(f.source, []).append(f)
        into.setdefault(f.target, []).append(f)
        between.setdefault((f.source, f.target), []).append(f)
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
    silent, could = _silent(system, out)
    kind = _kinds(system, out, silent)
    trust = {c.id: system.zones[c.zone].trust for c in system.components.values()}
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    for i in kind:
        to = [f.target for f in out.get(i, ()) if f.target in kind]
        of = [f.source for f in into.get(i, ()) if f.source in kind]
        after[i] = list(dict.fromkeys([*to, *runs.get(i, ()), *linked.get(i, ())]))
        before[i] = list(dict.fromkeys([*of, *run_by.get(i, ()), *linked.get(i, ())]))
        calls = set(system.components[i].props.get("tools", ()))
        asked[i] = [
            t for t in after[i]
            if t in calls or not _answers(kind[i], kind[t], (t, i) in between or t in linked.get(i, ()))
        ]  # fmt: skip
    return Graph(
        system, out, into, runs, run_by, linked, kind, trust, {f.id: f for f in system.flows}, between,
        _openings(system), silent, could, after, before, asked,
    )  # fmt: skip


def _kinds(system: System, out: dict[str, list[Flow]], silent: dict[str, str]) -> dict[str, Kind]:
    """What each component is. An engine passes on what its models do: text, where one may be a language model."""
    kinds, parts = vocabulary().kinds, system.components
    found = {c.id: kinds[c.kind] for c in parts.values()}
    speaking = {c.id for c in parts.values() if c.kind == "llm"}
    for c in parts.values():
        if SAYS.get(c.kind) == "runs":
            runs = {*c.props.get("runs", ()), *(f.target for f in out.get(c.id, ()))}
            if speaking & (speaking if c.id in silent else runs):
                found[c.id] = replace(found[c.id], passes=kinds["llm"].passes)
    return found


SAYS = {"inference": "runs", "agent": "tools"}
COULD = {"runs": ("model", "llm"), "tools": ("tool", "interpreter")}
"""What only some kinds say of themselves, and of which kinds they say it."""


def _silent(system: System, out: dict[str, list[Flow]]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    parts = system.components
    could = {says: tuple(c.id for c in parts.values() if c.kind in kinds) for says, kinds in COULD.items()}
    silent = {}
    for c in parts.values():
        says = SAYS.get(c.kind)
        if says is None or says in c.props or not could[says]:
            continue
        if not any(f.target in parts and parts[f.target].kind in COULD[says] for f in out.get(c.id, ())):
            silent[c.id] = says
    could["called by"] = tuple(c for c, says in silent.items() if says == "tools")
    could["run by"] = tuple(c for c, says in silent.items() if says == "runs")
    return silent, could


def _answers(here: Kind, there: Kind, both_ways: bool) -> bool:
    if there.does == "client":
        return True  # nothing but its user calls a client application
    return both_ways and FURTHER_IN.get(there.name, 0) < FURTHER_IN.get(here.name, 0)


def _openings(system: System) -> list[tuple[Actor, str]]:
    found = [(system.actors[f.source], f.target) for f in system.flows if f.source in system.actors]
    for c in system.components.values():
        for ref in c.props.get("exposed to", ()):
            found.append((who(system, ref), c.id))
    return [(actor, target) for actor, target in dict.fromkeys(found) if target in system.components]


def who(system: System, ref: str) -> Actor:
    """The actor of that id, or whoever is in the zone of that id."""
    return system.actors.get(ref) or _anyone(system, ref)


def _anyone(system: System, zone: str) -> Actor:
    return Actor(f"anyone in {zone}", system.zones[zone].trust, f"anyone in {zone}", zone)
