"""The treatment plan: greedy, by what each action saves for what it costs, within the file's budget.

Savings are of the whole system's expected loss: an action that closes one of two equal ways saves nothing by itself, so
a small share of what it takes from the single threats breaks such ties. Where people can be hurt more often than is
tolerable, what lowers that comes first and is never weighed against money (law 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from casemate.catalog.controls import Control
from casemate.counter.place import place
from casemate.counter.saving import Book
from casemate.define.system import Plan
from casemate.prioritize.risk import Estimate, Risk, Risks, estimate
from casemate.prioritize.scenario import scenarios
from casemate.prioritize.simulate import Years, simulate
from casemate.prioritize.standing import Standing, standing

MOST_ACTIONS = 12
COST_PER_DAY = 800.0  # where the file names none; expert judgement, illustrative
PROVING_DAYS = 1.0
TREATED = ("open", "assumed", "declared")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `do`: `add` a control, or `prove` one that somebody says is there."""

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


@dataclass(frozen=True, slots=True)
class Treatment:
    """The plan and what is left after it: `target` by threat, and the yearly losses then."""

    risks: Risks
    actions: tuple[Action, ...]
    target: Mapping[str, Estimate]
    years: Years
    cost: float
    budget: float | None


def counter(risks: Risks, controls: Mapping[str, Control], plan: Plan) -> Treatment:
    """Choose actions until the budget or their worth ends."""
    per_day = plan.cost_per_day if plan.cost_per_day is not None else COST_PER_DAY
    book = Book(risks)
    chosen: list[Action] = []
    offers = _offers(risks, controls, per_day)
    left = plan.budget if plan.budget is not None else float("inf")
    while offers and len(chosen) < MOST_ACTIONS:
        priced = [(book.saving(o.control, o.threats), o) for o in offers if o.cost <= left]
        worth = [(s, o) for s, o in priced if s.tie > 0 and (plan.budget is not None or s.money >= o.cost or s.danger)]
        if not worth:
            break
        saved, best = max(
            worth, key=lambda so: (so[0].danger, so[0].tie / max(so[1].cost, 1.0), so[1].at, so[1].control)
        )
        chosen.append(replace(best, saves=saved.money))
        book.take(best.control, best.threats)
        offers = [o for o in offers if (o.control, o.at) != (best.control, best.at)]
        left -= best.cost
    return _treatment(risks, tuple(chosen), plan.budget)


def _offers(risks: Risks, controls: Mapping[str, Control], per_day: float) -> list[Action]:
    """Every control at every place where it would act on something that is not yet proven to be countered."""
    at: dict[tuple[str, str], list[Risk]] = {}
    for r in risks.risks:
        if r.found.outcome not in TREATED or r.id in risks.aside or (r.current <= 0 and r.danger is None):
            continue
        for name in r.found.rule.countered_by:
            where = place(risks.parts, r.found, controls[name]) if name in controls else None
            if where is not None:
                at.setdefault((name, where), []).append(r)
    return [_offer(risks, controls[name], where, found, per_day) for (name, where), found in sorted(at.items())]


def _offer(risks: Risks, c: Control, where: str, found: Iterable[Risk], per_day: float) -> Action:
    said = c.id in risks.parts.ladder.of(where)
    title = f"Prove: {c.title[0].lower()}{c.title[1:]}" if said else c.title
    cost = PROVING_DAYS * per_day if said else c.cost(per_day)
    threats = tuple(sorted(r.id for r in found))
    return Action(
        c.id, where, "prove" if said else "add", title, c.owner, cost, 0.0, threats, c.test, c.proven_by
    )  # fmt: skip


def _treatment(risks: Risks, actions: tuple[Action, ...], budget: float | None) -> Treatment:
    planned: dict[str, set[str]] = {}
    for a in actions:
        for threat in a.threats:
            planned.setdefault(threat, set()).add(a.control)
    after: dict[str, Standing] = {}
    for r in risks.risks:
        chosen = planned.get(r.id, set())
        view = r.views["current"]
        if chosen:
            view = standing("current", r.found, risks.parts, risks.catalog, chosen)
        after[r.id] = view
    target = {r.id: estimate(after[r.id], r.found, r.loss, risks.rates, risks.seed) for r in risks.risks}
    ways = []
    for r in risks.risks:
        way = after[r.id].way(r.id)
        if way is not None:
            ways.append((r.found.attackers, r.found.rule.harms, r.asset, way))
    years = simulate(scenarios(ways), risks.losses, risks.rates, risks.seed)
    return Treatment(risks, actions, target, years, sum(a.cost for a in actions), budget)
