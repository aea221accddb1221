"""What to find out next: missing facts, and declared ones that nobody proved, by the risk that each would settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from casemate.define.vocabulary import Field, vocabulary
from casemate.prioritize.risk import Risks

RELATIONS = {
    "trained by": "data-science",
    "trained on": "data-science",
    "writers": "operations",
    "readers": "operations",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One missing fact. `kind`: `say` (nobody said) or `prove` (declared, and a threat is ruled out by that alone)."""

    id: str
    kind: str
    ask: str
    role: str
    settles: tuple[str, ...]
    at_stake: float
    measured_by: tuple[str, ...]
    where: str


def questions(risks: Risks, outcomes: Mapping[str, str]) -> tuple[Question, ...]:
    """All questions, the one that settles most risk first. Accepted and dismissed threats ask nothing."""
    open_: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    for r in risks.risks:
        outcome = outcomes[r.id]
        if outcome == "assumed":
            asked = [("say", *m) for m in r.found.reason.missing]
        elif outcome == "declared":
            asked = [("prove", *m) for m in r.found.reason.doubted]
        else:
            continue
        for key in asked:
            open_.setdefault(key, []).append((r.id, r.current))
    made = [_question(risks, key, found) for key, found in open_.items()]
    return tuple(sorted(made, key=lambda q: (-q.at_stake, q.kind != "say", q.id)))


def _question(risks: Risks, key: tuple[str, str, str], found: list[tuple[str, float]]) -> Question:
    kind, element, name = key
    system = risks.parts.system
    f = _field(element in system.components, name)
    flow = risks.parts.graph.flows.get(element)
    ends = {"from": flow.source, "to": flow.target} if flow else {}
    plain = f.question or f"What is {name!r} of {{id}}?"
    ask = plain.format(id=element, **ends)
    if kind == "prove":
        said = risks.parts.things[element].facts.get(name)
        source = "A record that nobody signed" if _attested(risks, element, name) else "The file"
        ask = f"{source} says {name} of {element} is {_shown(said)}. How do we know?"
    settles = tuple(sorted(i for i, _ in found))
    section = "flows" if flow else "components"
    at = system.line(section, element) if element != "system" else system.path
    return Question(
        f"{name}@{element}", kind, ask, f.asks or RELATIONS.get(name, "security"), settles,
        sum(amount for _, amount in found), f.measured_by, at,
    )  # fmt: skip


def _attested(risks: Risks, element: str, name: str) -> bool:
    """Whether the fact comes from a record that was neither signed nor measured in this run."""
    return any(r.usable and name in r.statement.facts for r in risks.parts.records.get(element, ()))


def _field(component: bool, name: str) -> Field:
    about = vocabulary().about
    flow, part = about["flow"].get(name), vocabulary().component.get(name) or about["component"].get(name)
    found = (part or flow) if component else (flow or part)
    return found or Field(name, "text")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
