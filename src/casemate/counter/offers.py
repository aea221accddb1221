"""What could be done: every control at its best place, and every measurement that would settle a declared fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from casemate.catalog.controls import Control
from casemate.core.same import Same
from casemate.counter.place import candidates, place
from casemate.define.system import Plan
from casemate.define.vocabulary import Field, vocabulary
from casemate.identify.explain import shown
from casemate.identify.said import claimed, said_as
from casemate.prioritize.risk import Risk, Risks

PROVING_DAYS = 1.0  # to run a test and keep its record; expert judgement
COST_PER_DAY = 800.0  # where the file names none; expert judgement, illustrative
CONTROLLED = ("open", "assumed")
SAFER, SURE = "makes people safer", "shows whether people are safe"
SIGN = "`casemate measure --key KEY` and its public key under `signers:` of the policy, or `casemate assess --measure`"
"""What makes an attested record count as measured."""


def per_day(plan: Plan) -> float:
    """What a person's day costs."""
    return plan.cost_per_day if plan.cost_per_day is not None else COST_PER_DAY


class Action(NamedTuple):
    """One thing to do. `do`: `add` a control, `prove` one that somebody says is there, or `measure` a declared fact.

    control: a control's id, or the fact to measure. saves: what the plan would save less without it. With two equal
    ways to a goal, closing either alone saves nothing and closing both saves all, so the shares of a plan's actions
    need not add up to its total.
    """

    control: str
    at: str
    do: str
    title: str
    owner: str
    cost: float
    saves: float
    threats: tuple[str, ...]
    test: str
    proven_by: tuple[str, ...]
    people: str = ""
    """What it does for those who are hurt more often than is tolerable: SAFER, SURE or nothing."""
    how: str = ""
    """What to type, where that is not plain from the title."""


def offers(risks: Risks, controls: Mapping[str, Control], per_day: float) -> list[Action]:
    """Everything that would act on something that is not yet proven to be countered, in a stable order."""
    at: dict[tuple[str, str], list[Risk]] = {}
    facts: dict[tuple[str, str], list[Risk]] = {}
    for r in risks.risks:
        if r.id in risks.aside or (r.current <= 0 and r.danger is None):
            continue
        if r.found.outcome == "declared":
            for element, name in r.found.reason.doubted[:1]:  # proving one of them rules the threat out
                facts.setdefault((name, element), []).append(r)
        elif r.found.outcome in CONTROLLED:
            for key in placed(risks, r):
                at.setdefault(key, []).append(r)
    made = [_control(risks, controls[name], where, found, per_day) for (name, where), found in sorted(at.items())]
    return made + [_fact(risks, name, element, found, per_day) for (name, element), found in sorted(facts.items())]


def there(risks: Risks, control: str, where: str) -> bool:
    """Whether somebody says that a control is at a place: under `controls:`, or in words that mean the same.

    It is to be proven then, and not to be bought. What such a fact is worth is for the threats to say that ask for it:
    none of it moves the claimed risk.
    """
    return _there(Same(risks))[control, where]


@lru_cache(maxsize=1)
def _there(same: Same[Risks]) -> _There:
    return _There(same.value)


class _There(dict[tuple[str, str], bool]):
    """By (control, place); worked out when somebody asks first."""

    def __init__(self, risks: Risks) -> None:
        self.parts, self.said = risks.parts, said_as(risks.catalog.controls)

    def __missing__(self, at: tuple[str, str]) -> bool:
        control, where = at
        told = control in self.parts.ladder.of(where)
        self[at] = found = told or claimed(self.said.get(control, ()), self.parts.things[where])
        return found


def placed(risks: Risks, r: Risk) -> tuple[tuple[str, str], ...]:
    """The controls that counter a threat, each with where it would be put; those without a place are left out."""
    return _places(Same(risks))[r.id]


@lru_cache(maxsize=1)
def _places(same: Same[Risks]) -> dict[str, tuple[tuple[str, str], ...]]:
    """By threat. What is near one is near all at its element to which the same way leads."""
    risks = same.value
    near: dict[tuple[str, tuple[str, ...]], _Near] = {}
    out = {}
    for r in risks.risks:
        at = r.found.element, r.found.reason.path
        here = near.get(at)
        if here is None:
            here = near[at] = _Near(risks, candidates(risks.parts, r.found))
        out[r.id] = tuple([(name, where) for name in r.found.rule.countered_by if (where := here[name]) is not None])
    return out


class _Near(dict[str, str | None]):
    """By control, where it would be put among these places; worked out when somebody asks first."""

    def __init__(self, risks: Risks, places: Sequence[str]) -> None:
        self.risks, self.places = risks, places

    def __missing__(self, name: str) -> str | None:
        c = self.risks.catalog.controls.get(name)
        self[name] = found = place(self.risks.parts, self.places, c) if c is not None else None
        return found


def _control(risks: Risks, c: Control, where: str, found: Iterable[Risk], per_day: float) -> Action:
    said = there(risks, c.id, where)
    title = f"Prove: {c.title[0].lower()}{c.title[1:]}" if said else c.title
    cost = PROVING_DAYS * per_day if said else c.cost(per_day)
    threats = tuple(sorted(r.id for r in found))
    do = "prove" if said else "add"
    return Action(c.id, where, do, title, c.owner, cost, 0.0, threats, c.test, c.proven_by)


def _fact(risks: Risks, name: str, element: str, found: Iterable[Risk], per_day: float) -> Action:
    about = vocabulary().about
    thing = risks.parts.things[element]
    f = about.get(thing.about, {}).get(name) or Field(name, "text")
    said = f"{name} is {shown(thing.facts.get(name))}"
    title, how = f"Measure whether {said}", ""
    test = f"evidence by {' or '.join(f.measured_by)} says so" if f.measured_by else "evidence says so"
    if attested(risks, element, name):
        title, how, test = f"Sign the record that {said}", SIGN, f"{test}, signed by a key that the policy names"
    threats = tuple(sorted(r.id for r in found))
    return Action(
        name, element, "measure", title, f.asks or "security", PROVING_DAYS * per_day, 0.0, threats, test,
        f.measured_by, how=how,
    )  # fmt: skip


def attested(risks: Risks, element: str, name: str) -> bool:
    """Whether the fact comes from a record that was neither signed nor measured in this run."""
    return any(r.usable and name in r.statement.facts for r in risks.parts.records.get(element, ()))
