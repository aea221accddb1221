"""The treatment plan: greedy, by what each action saves for what it costs, within the file's budget.

Savings are of the whole system's expected loss: an action that closes one of two equal ways saves nothing by itself, so
a small share of what it takes from the single threats breaks such ties. Of two that nearly tie, the one that the
threats themselves name under `unless` comes first. Where people can be hurt more often than is tolerable, what lowers
that comes first and is never weighed against money (law 9): the most danger for what it costs is chosen, so that a
budget makes people as safe as it can. To show that a declared fact is right makes nobody safer than they are, if it is,
so what treats an open or an assumed threat comes before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from casemate.catalog.controls import Control
from casemate.counter.offers import SAFER, SURE, Action, offers, per_day
from casemate.counter.saving import Book, Saving
from casemate.define.system import Plan
from casemate.prioritize.price import SEVERITIES, Estimate, estimate
from casemate.prioritize.risk import Risk, Risks
from casemate.prioritize.simulate import Years, simulate
from casemate.prioritize.standing import Standing, standing

MOST_ACTIONS = 16
Rank: TypeAlias = tuple[float, float, float, str, str]


@dataclass(frozen=True, slots=True)
class Treatment:
    """The plan and what is left after it: `target` by threat, and the yearly losses then.

    danger: by threat that hurts people, how often it still does as a multiple of what is tolerable.
    """

    risks: Risks
    actions: tuple[Action, ...]
    target: Mapping[str, Estimate]
    years: Years
    cost: float
    budget: float | None
    danger: Mapping[str, float]


def counter(risks: Risks, controls: Mapping[str, Control], plan: Plan) -> Treatment:
    """Choose actions until the budget or their worth ends."""
    budget = plan.budget if plan.budget is not None else float("inf")
    book = Book(risks)
    chosen = _worthwhile(book, _greedy(book.anew(), offers(risks, controls, per_day(plan)), budget))
    return _treatment(risks, chosen, plan.budget)


def _greedy(book: Book, offered: list[Action], left: float) -> list[Action]:
    """Take what saves most for its cost, again and again. What saves nothing yet may open the way to what does.

    What an action saves is worked out when it could be the next: until then it stands at the most that it can save.
    """
    chosen: list[Action] = []
    ranks: dict[int, Rank] = {}
    bounds = [_rank(most, o) for most, o in zip(book.most(offered), offered, strict=True)]
    heap = [(bound, i) for i, bound in enumerate(bounds)]
    heapify(heap)
    waiting = set(range(len(offered)))
    acting: dict[str, list[int]] = {}
    for i, o in enumerate(offered):
        for threat in o.threats:
            acting.setdefault(threat, []).append(i)
    while heap and len(chosen) < MOST_ACTIONS:
        rank, best = heappop(heap)
        if best in waiting:
            waiting.remove(best)
            ranks[best] = _rank(book.saving(offered[best]), offered[best])
            heappush(heap, (ranks[best], best))
            continue
        if ranks.get(best) != rank or rank[2] >= 0 or offered[best].cost > left:
            continue  # worked out anew since, worth nothing, or too dear: what is left only shrinks
        del ranks[best]
        chosen.append(offered[best])
        stale = {i for threat in book.take(offered[best]) for i in acting.get(threat, ())}
        for i in sorted(stale & ranks.keys()):
            del ranks[i]
            waiting.add(i)
            heappush(heap, (bounds[i], i))
        left -= offered[best].cost
    return chosen


def _rank(s: Saving, o: Action) -> Rank:
    """The smallest first: who is safer, what is saved, all for its cost; then any order that stays the same."""
    cost = max(o.cost, 1.0)
    return -s.danger / cost, -s.doubt / cost, -s.tie / cost, o.at, o.control


def _worthwhile(book: Book, chosen: list[Action]) -> tuple[Action, ...]:
    """Leave out what, given all the others, saves less than it costs and makes nobody safer; the dearest first.

    Again and again: what was worth its price beside another may not be without it.
    """
    kept = sorted(chosen, key=lambda a: (-a.cost, a.control, a.at))
    while (poor := next((a for a in kept if _poor(_without(book.anew(), kept, a), a)), None)) is not None:
        kept.remove(poor)
    worth = [(_without(book.anew(), kept, a), a) for a in kept]
    worth.sort(key=lambda sa: _first(book, *sa))
    return tuple(a._replace(saves=s.money, people=SAFER if s.danger else SURE if s.doubt else "") for s, a in worth)


def _first(book: Book, s: Saving, a: Action) -> tuple[float, float, int, float, float, str, str]:
    """What is done first: what makes people safer, by how much; then by the worst that is open, by money, by cost."""
    return -s.danger, -s.doubt, _worst(book, a), -s.money * s.near, a.cost, a.control, a.at


def _poor(saving: Saving, a: Action) -> bool:
    return saving.money < a.cost and not saving.danger and not saving.doubt


def _worst(book: Book, a: Action) -> int:
    """How bad the worst open threat is that it acts on: what is open comes before what is only assumed.

    What is open and low is no reason to come first.
    """
    found = [book.by_id[t] for t in a.threats]
    low = SEVERITIES.index("low")
    return min((SEVERITIES.index(r.severity) for r in found if r.found.outcome == "open"), default=low)


def _without(book: Book, chosen: Iterable[Action], a: Action) -> Saving:
    """What the plan would save less without this action. book: nothing taken yet; used up."""
    for other in chosen:
        if other is not a:
            book.take(other)
    return book.saving(a)


def _treatment(risks: Risks, actions: tuple[Action, ...], budget: float | None) -> Treatment:
    planned: dict[str, set[str]] = {}
    for a in actions:
        for threat in a.threats if a.do != "measure" else ():
            planned.setdefault(threat, set()).add(a.control)
    settled = {threat for a in actions if a.do == "measure" for threat in a.threats}
    after: dict[str, Standing] = {}
    for r in risks.risks:
        if r.id in planned or r.id in settled:
            view = standing("current", r.found, risks.parts, risks.catalog, planned.get(r.id, ()))
            after[r.id] = Standing(view.belief, view.effects, out=True) if r.id in settled else view
    target = {
        r.id: estimate(after[r.id], r.found, r.loss, risks.rates, risks.seed)
        if r.id in after
        else r.estimates["current"]
        for r in risks.risks
    }
    ways = {i: s.way(i) for i, s in after.items()}
    left = [s.changed(ways) if any(w.threat in ways for w in s.ways) else s for s in risks.scenarios]
    years = simulate([s for s in left if s is not None], risks.losses, risks.rates, risks.seed)
    danger = {r.id: r.danger * _still(r, after) for r in risks.risks if r.danger is not None}
    return Treatment(risks, actions, target, years, sum(a.cost for a in actions), budget, danger)


def _still(r: Risk, after: Mapping[str, Standing]) -> float:
    """The share of its successes that the plan leaves."""
    then = after.get(r.id)
    if then is None:
        return 1.0
    return 0.0 if then.out else then.factor / r.views["current"].factor
