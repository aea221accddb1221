"""What to find out next: missing facts, and declared ones that nobody proved, by the risk that each would settle.

Where people can be hurt more often than is tolerable, what decides on that comes first, whatever it costs (law 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from casemate.core.same import Same
from casemate.counter.offers import attested
from casemate.decompose.thing import Thing
from casemate.define.vocabulary import Field, vocabulary
from casemate.identify.clause import Clause
from casemate.prioritize.risk import Risk, Risks

RELATIONS = {
    "trained by": "data-science",
    "trained on": "data-science",
    "writers": "operations",
    "readers": "operations",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One missing fact. `kind`: `say` (nobody said) or `prove` (declared, and a threat is ruled out by that alone).

    prevents: those of the threats that it would not decide on but prevent, if a measurement shows it. They are open
    today, or wait for another fact too. danger: how often the worst of the threats hurts people as a multiple of what
    is tolerable, where that is above 1; else 0.
    """

    id: str
    kind: str
    ask: str
    role: str
    settles: tuple[str, ...]
    prevents: tuple[str, ...]
    at_stake: float
    measured_by: tuple[str, ...]
    where: str
    danger: float = 0.0

    @property
    def rank(self) -> tuple[float, float]:
        """The smallest first: danger to people, then money."""
        return -self.danger, -self.at_stake


def dangerous(found: Iterable[Risk]) -> float:
    """How often people get hurt by the worst of them, as a multiple of what is tolerable; 0 where it is tolerable."""
    most = max((r.danger or 0.0 for r in found), default=0.0)
    return most if most > 1 else 0.0


def questions(risks: Risks, outcomes: Mapping[str, str]) -> tuple[Question, ...]:
    """All questions, those about people's safety first, then the one that settles most risk.

    At equal risk what decides comes before what only prevents, and what is likelier before what is less.

    Accepted and dismissed threats ask nothing.
    """
    return _questions(Same(risks), Same(outcomes))


@lru_cache(maxsize=2)
def _questions(risks: Same[Risks], outcomes: Same[Mapping[str, str]]) -> tuple[Question, ...]:
    made = [_question(risks.value, key, found) for key, found in _asked(risks.value, outcomes.value).items()]
    often = {r.id: r.frequency for r in risks.value.risks}
    return tuple(sorted(made, key=lambda q: _order(q, often)))


def _order(q: Question, often: Mapping[str, float]) -> tuple[object, ...]:
    likely = -sum(often[t] for t in q.settles)
    return *q.rank, q.kind != "say", q.prevents == q.settles, likely, q.id


def how_many(risks: Risks, outcomes: Mapping[str, str]) -> int:
    """How many questions there are, without wording them."""
    return len(_asked(risks, outcomes))


def _asked(risks: Risks, outcomes: Mapping[str, str]) -> dict[tuple[str, str, str], list[Risk]]:
    """The threats of each question, by (kind, element, fact)."""
    asked: dict[tuple[str, str, str], list[Risk]] = {}
    for r in risks.risks:
        outcome = outcomes[r.id]
        if outcome in ("assumed", "open"):
            found = [("say", *m) for m in r.found.reason.missing]
        else:
            found = [("prove", *m) for m in r.found.reason.doubted] if outcome == "declared" else []
        for word, element, name in found:
            asked.setdefault((word, *_told_by(risks, element, name)), []).append(r)
    return asked


def _told_by(risks: Risks, element: str, name: str) -> tuple[str, str]:
    """Where the fact is stated: what a flow carries is known of its sender."""
    flow, about = risks.parts.graph.flows.get(element), vocabulary().about
    own = flow is None or name not in about["flow"] or about["flow"][name].question
    return (element, name) if own or flow is None or flow.source not in risks.parts.things else (flow.source, name)


def _prevents(r: Risk, name: str) -> bool:
    """Whether the fact is one that would prevent the threat, and none that makes it possible."""
    rule = r.found.rule
    return r.found.outcome == "open" or (name in _names(rule.unless) and name not in _names(rule.when))


def _names(clauses: Iterable[Clause]) -> set[str]:
    return {n for c in clauses for n in (c.field.name, *_names(c.inner))}


def _question(risks: Risks, key: tuple[str, str, str], found: list[Risk]) -> Question:
    kind, element, name = key
    system = risks.parts.system
    f = _field(element in system.components, name)
    flow = risks.parts.graph.flows.get(element)
    ends = {"from": flow.source, "to": flow.target} if flow else {}
    plain = f.question or f"What is {name!r} of {{id}}?"
    ask = plain.format(id=element, **ends)
    if kind == "prove":
        said = risks.parts.things[element].facts.get(name)
        source = "A record that nobody signed" if attested(risks, element, name) else "The file"
        ask = f"{ask} {source} says {_shown(said)}; how do we know?"
    settles = tuple(sorted(r.id for r in found))
    prevents = tuple(sorted(r.id for r in found if kind == "say" and _prevents(r, name)))
    section = "flows" if flow else "components"
    at = system.line(section, element) if element != "system" else system.path
    return Question(
        f"{name}@{element}", kind, ask, f.asks or RELATIONS.get(name, "security"), settles, prevents,
        sum(r.current for r in found), f.measured_by, at, dangerous(found),
    )  # fmt: skip


def _field(component: bool, name: str) -> Field:
    about = vocabulary().about
    flow, part = about["flow"].get(name), vocabulary().component.get(name) or about["component"].get(name)
    found = (part or flow) if component else (flow or part)
    return found or Field(name, "text")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(v.id or "somebody nobody named") if isinstance(v, Thing) else str(v) for v in value)
    return str(value)
