"""The treatment plan: greedy, by what each action saves for what it costs, within the file's budget.

Savings are of the whole system's expected loss: an action that closes one of two equal ways saves nothing by itself, so
a small share of what it takes from the single threats breaks such ties. Where people can be hurt more often than is
tolerable, what lowers that comes first and is never weighed against money (law 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from casemate.catalog.controls import Control
from casemate.counter.place import candidates, place
from casemate.counter.saving import Book, Saving
from casemate.define.system import Plan
from casemate.prioritize.risk import Estimate, Risk, Risks, estimate
from casemate.prioritize.scenario import scenarios
from casemate.prioritize.simulate import Years, simulate
from casemate.prioritize.standing import Standing, standing

MOST_ACTIONS = 16
COST_PER_DAY = 800.0  # where the file names none; expert judgement, illustrative
PROVING_DAYS = 1.0
TREATED = ("open", "assumed", "declared")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `do`: `add` a control, or `prove` one that somebody says is there.

    saves: what the plan would save less without it. With two equal ways to a goal, closing either alone saves nothing and
    closing both saves all, so the shares of a plan's actions need not add up to its total.
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
    budget = plan.budget if plan.budget is not None else float("inf")
    book = Book(risks)
    chosen = _worthwhile(book, _greedy(book.anew(), _offers(risks, controls, per_day), budget))
    return _treatment(risks, chosen, plan.budget)


def _greedy(book: Book, offers: list[Action], left: float) -> list[Action]:
    """Take what saves most for its cost, again and again. What saves nothing yet may open the way to what does."""
    chosen: list[Action] = []
    priced = [(book.saving(o.control, o.threats), o) for o in offers]
    while len(chosen) < MOST_ACTIONS:
        worth = [(s, o) for s, o in priced if o.cost <= left and s.tie > 0]
        if not worth:
            break
        _, best = max(worth, key=lambda so: (so[0].danger, so[0].tie / max(so[1].cost, 1.0), so[1].at, so[1].control))
        chosen.append(best)
        stale = book.take(best.control, best.threats)
        rest = [(s, o) for s, o in priced if o is not best]
        priced = [(s if stale.isdisjoint(o.threats) else book.saving(o.control, o.threats), o) for s, o in rest]
        left -= best.cost
    return chosen


def _worthwhile(book: Book, chosen: list[Action]) -> tuple[Action, ...]:
    """Leave out what, given all the others, saves less than it costs and makes nobody safer; the dearest first."""
    kept = list(chosen)
    for a in sorted(chosen, key=lambda a: (-a.cost, a.control, a.at)):
        saving = _without(book.anew(), kept, a)
        if saving.money < a.cost and not saving.danger:
            kept.remove(a)
    worth = [(_without(book.anew(), kept, a), a) for a in kept]
    worth.sort(key=lambda sa: (-sa[0].danger, -sa[0].money, sa[1].control, sa[1].at))
    return tuple(replace(a, saves=saving.money) for saving, a in worth)


def _without(book: Book, chosen: Iterable[Action], a: Action) -> Saving:
    """What the plan would save less without this action. book: nothing taken yet; used up."""
    for other in chosen:
        if other is not a:
            book.take(other.control, other.threats)
    return book.saving(a.control, a.threats)


def _offers(risks: Risks, controls: Mapping[str, Control], per_day: float) -> list[Action]:
    """Every control at every place where it would act on something that is not yet proven to be countered."""
    at: dict[tuple[str, str], list[Risk]] = {}
    for r in risks.risks:
        if r.found.outcome not in TREATED or r.id in risks.aside or (r.current <= 0 and r.danger is None):
            continue
        near = candidates(risks.parts, r.found)
        for name in r.found.rule.countered_by:
            where = place(risks.parts, near, controls[name]) if name in controls else None
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
