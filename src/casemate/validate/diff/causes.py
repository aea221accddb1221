"""Why a threat changed: each change is undone alone, and made alone, and the threats are found and priced again.

    undone   in the new world everything is new but this: the threat is what it was    it took this change
    made     in the old world everything is old but this: the threat is what it is     this change is enough
    together neither: a smallest set that, undone, gives back what was

Undone goes first; what is enough is asked where no single change is needed (two changes that each close one door).
This is the counterfactual (but-for) notion of a cause; Halpern and Pearl 2005 extend it to such double causes.
It knows nothing of the rules, so it holds for any of them. The work is bounded: of more changes than there may be
worlds, those that the derivations of the threats touch are looked at one by one, the others by section together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from casemate.decompose import decompose
from casemate.evidence.bind import Record, newest
from casemate.identify import Found, identify
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.loss import losses_of
from casemate.prioritize.price import BANDS, band
from casemate.prioritize.scenario import assets
from casemate.prioritize.standing import standing
from casemate.validate.diff.change import Change
from casemate.validate.diff.inputs import Inputs, fitted, taken

WORK = 120_000  # components and flows, over all worlds of a kind: about four seconds
LEAST, MOST = 20, 200  # worlds of each kind; there are fewer sections than LEAST
SINGLE = 24  # changes among which a smallest set is looked for


@dataclass(frozen=True, slots=True)
class Sight:
    """A threat in one world: what it is, what it costs a year, how often it comes, and over what is tolerable."""

    outcome: str
    severity: str
    price: float
    often: float
    danger: float | None


World: TypeAlias = Mapping[str, Sight]
Bundle: TypeAlias = tuple[Change, ...]
Same: TypeAlias = Callable[[Sight | None, Sight | None], bool]


@dataclass(frozen=True, slots=True)
class Cause:
    """The changes that made it. `how`: needed or enough (each of them), together, some (of them), unknown."""

    changes: tuple[Change, ...] = ()
    how: str = "unknown"


def causes(
    old: Inputs,
    new: Inputs,
    found: Sequence[Change],
    outcomes: Collection[str],
    prices: Collection[str],
    touched: Mapping[str, int] | None = None,
) -> dict[str, Cause]:
    """Why each of these threats changed.

    outcomes: ids of those that became another; prices: of those that cost another sum; touched: how many of their
    derivations an element takes part in.
    """
    ids = frozenset((*outcomes, *prices))
    if not ids or not found:
        return dict.fromkeys(ids, Cause())
    worlds = _Worlds(old, new, bundles(found, _worlds(new), touched or {}), ids)
    return {i: worlds.cause(i, _outcome if i in outcomes else _alike) for i in sorted(ids)}


def _outcome(x: Sight | None, y: Sight | None) -> bool:
    return (x and x.outcome) == (y and y.outcome)


def _alike(x: Sight | None, y: Sight | None) -> bool:
    return x == y


def _worlds(i: Inputs) -> int:
    size = len(i.system.components) + len(i.system.flows)
    return max(LEAST, min(MOST, WORK // max(1, size)))


def bundles(found: Sequence[Change], most: int, touched: Mapping[str, int]) -> tuple[Bundle, ...]:
    """The changes one by one. Where there are too many, those that most derivations touch; the rest by section."""
    if len(found) <= most:
        return tuple((c,) for c in found)
    ranked = sorted(found, key=lambda c: -_touched(c, touched))  # stable: of equal ones in their order
    alone = frozenset(ranked[: most - len({c.section for c in found})])
    groups: dict[object, list[Change]] = {}
    for c in found:
        groups.setdefault(c if c in alone else c.section, []).append(c)
    return tuple(map(tuple, groups.values()))


def _touched(c: Change, touched: Mapping[str, int]) -> float:
    """How likely a change is to be a cause. What is of the whole system is looked at first."""
    if c.section not in ("components", "claims", "flows", "evidence"):
        return float("inf")
    return max([touched.get(e, 0) for e in (c.element, *c.element.split("->"))])


class _Worlds:
    """The old world, the new one, and those between them, each looked at once."""

    def __init__(self, old: Inputs, new: Inputs, among: tuple[Bundle, ...], ids: frozenset[str]) -> None:
        self.zones = {**old.system.zones, **new.system.zones}
        self.old, self.new, self.among, self.ids = old, new, among, ids
        self.before, self.after = self.look(old), self.look(new)
        self.undone = [self.look(taken(new, old, b)) for b in among]
        self.made: list[World] = []

    def look(self, i: Inputs) -> World:
        return sights(i, self.ids, self.zones)

    def cause(self, id: str, same: Same) -> Cause:
        was, now = self.before.get(id), self.after.get(id)
        needed = self.those(self.undone, lambda x: same(x, was) if same is _outcome else not same(x, now), id)
        if needed:
            return _cause(needed, "needed")
        self.made = self.made or [self.look(taken(self.old, self.new, b)) for b in self.among]
        enough = self.those(self.made, lambda x: same(x, now) if same is _outcome else not same(x, was), id)
        if enough:
            return _cause(enough, "enough")
        return self.together(id, lambda x: same(x, was)) if len(self.among) <= SINGLE else Cause()

    def those(self, worlds: Iterable[World], fits: Callable[[Sight | None], bool], id: str) -> tuple[Bundle, ...]:
        return tuple(b for b, w in zip(self.among, worlds, strict=True) if fits(w.get(id)))

    def together(self, id: str, as_before: Callable[[Sight | None], bool]) -> Cause:
        """Undo all, then do again whatever can be done without the threat changing."""
        left = list(self.among)
        for b in self.among:
            less = [x for x in left if x is not b]
            if as_before(self.look(taken(self.new, self.old, [c for x in less for c in x])).get(id)):
                left = less
        return _cause(left, "together") if left else Cause()


def _cause(found: Iterable[Bundle], how: str) -> Cause:
    """Of changes that were looked at together nobody knows which of them it took."""
    found = tuple(found)
    return Cause(tuple(c for b in found for c in b), how if all(len(b) == 1 for b in found) else "some")


def sights(i: Inputs, ids: Collection[str], zones: Mapping[str, object]) -> World:
    """These threats in a world: found and priced as an assessment does it, without draws."""
    system = fitted(i.system, zones)
    parts = decompose(system, _records(i))
    rules = [i.rules[r] for r in sorted({x.partition("@")[0] for x in ids} & i.rules.keys())]
    elements = {x.partition("@")[2] for x in ids}
    few = replace(parts, things={e: t for e, t in parts.things.items() if e in elements})
    found = [f for f in identify(few, rules) if f.id in ids]
    where = assets(parts.graph)
    inside: dict[str, list[str]] = {}
    for element, asset in where.items():
        inside.setdefault(asset, [asset]).append(element)
    goals = {(f.rule.harms, where[f.element]) for f in found}
    losses = losses_of(system, i.catalog, {goal: inside[goal[1]] for goal in sorted(goals)})
    rates = {**i.catalog.priors.attempts, **{str(t): r for t, r in system.attempts.rates.items()}}
    appetite = system.appetite if system.appetite is not None else i.catalog.priors.appetite
    limits = {**BANDS, **i.policy.severity}

    def sight(f: Found) -> Sight:
        s, loss = standing("current", f, parts, i.catalog), losses[f.rule.harms, where[f.element]]
        often = 0.0 if s.out else sum(lognormal_mean(rates[w]) for w in f.attackers) * s.belief.mean * s.factor
        price = often * loss.mean * s.left("loss")
        danger = None if loss.tolerable is None else _round(often / loss.tolerable)
        return Sight(f.outcome, band(price / appetite, often, loss, limits), _round(price), _round(often), danger)

    return {f.id: sight(f) for f in found}


def _records(i: Inputs) -> dict[str, tuple[Record, ...]]:
    """By element, newest first as evidence is bound."""
    out: dict[str, list[Record]] = {}
    for (element, _), found in sorted(i.records.items()):
        if element in i.system.components:
            out.setdefault(element, []).extend(found)
    return {element: tuple(sorted(found, key=newest)) for element, found in out.items()}


def _round(value: float) -> float:
    """What is nearer than a millionth is the same number, added up in another order."""
    return float(f"{value:.6g}")
