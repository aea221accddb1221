"""What an action saves, given those already chosen. Only the scenarios that it touches are worked out again."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from math import prod

from casemate.catalog.controls import Control
from casemate.counter.offers import Action
from casemate.identify.rule import Rule
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.price import best_mean
from casemate.prioritize.risk import Risk, Risks
from casemate.prioritize.scenario import Way, shape
from casemate.prioritize.standing import LEAST

ROUNDING = 1e-3
"""More than what is lost or won by rounding the shares that controls leave."""
TIE = 0.02
"""Weight of the threats' own prices beside the system's: enough to order, too little to overrule."""

NEAR = 0.1
"""How much better a control looks that the threats themselves name under `unless`: it wins where two nearly tie."""


@dataclass(frozen=True, slots=True)
class Saving:
    """Money of the system's expected yearly loss, the same with ties broken, and intolerable harm that it lowers.

    danger: of threats that are open or assumed; doubt: of those that a declared fact rules out. Both in multiples of
    what is tolerable. near: how much better it looks than that, from 1 to 1 + NEAR, where the threats themselves name
    the control.
    """

    money: float
    tie: float
    danger: float
    doubt: float = 0.0
    near: float = 1.0


class Book:
    """The ways as they stand after the actions taken so far."""

    def __init__(self, risks: Risks) -> None:
        self.risks = risks
        self.by_id: dict[str, Risk] = {r.id: r for r in risks.risks}
        self.ways: dict[str, Way] = {}
        self.scenarios: dict[tuple[str, str, str], list[str]] = {}
        self.of: dict[str, list[tuple[str, str, str]]] = {}
        self.costs: dict[tuple[str, str, str], float] = {}
        self.left: dict[tuple[str, str], float] = {}
        """What controls would leave of a threat's attempts, success or loss, if they could leave less than `LEAST`."""
        self.per: dict[tuple[str, str, str], float] = {}
        """What a scenario costs a year if every attempt succeeds."""
        self.named = {r.found.rule.id: prevents(r.found.rule) for r in risks.risks}
        rate = {who: lognormal_mean(risks.rates[who]) for who in {s.attacker for s in risks.scenarios}}
        for s in risks.scenarios:
            self.scenarios[s.key] = [w.threat for w in s.ways]
            self.per[s.key] = risks.losses[s.outcome, s.asset].mean * rate[s.attacker]
            self.costs[s.key] = best_mean(risks.seed, s.shape) * self.per[s.key]
            for w in s.ways:
                self.ways[w.threat] = w
                self.of.setdefault(w.threat, []).append(s.key)

    def anew(self) -> Book:
        """A book that stands where this one stands now, and goes on by itself."""
        other = copy(self)
        other.ways, other.costs, other.left = dict(self.ways), dict(self.costs), dict(self.left)
        return other

    def changed(self, a: Action) -> dict[str, Way]:
        """The ways that the action would change, changed. What a measurement rules out is no way any more."""
        if a.do == "measure":
            found = [self.ways[t] for t in a.threats if t in self.ways]
            return {w.threat: Way(w.threat, w.a, w.b, 0.0, w.loss_factor) for w in found}
        c = self.risks.catalog.controls[a.control]
        out = {}
        for t in a.threats:
            now = self.ways.get(t)
            if now is None:
                continue
            effects = self.by_id[t].views["current"].effects
            held = next((e for e in effects if e.control == a.control), None) if effects else None
            if held is not None and (held.adaptive or held.share >= c.effect):
                continue  # it is there already, as far as it goes
            left = self._left(t, c.acts_on)
            after = max(LEAST, left * self._more(t, c)) / max(LEAST, left)
            if after >= 1:
                continue  # the others leave as little as anything can
            factor, loss_factor = now.factor, now.loss_factor
            if c.acts_on == "loss":
                loss_factor = round(loss_factor * after, 6)
            else:
                factor = round(factor * after, 6)
            out[t] = Way(t, now.a, now.b, factor, loss_factor)
        return out

    def _left(self, threat: str, acts_on: str) -> float:
        if (threat, acts_on) not in self.left:
            effects = self.by_id[threat].views["current"].effects
            self.left[threat, acts_on] = prod(1 - e.share for e in effects if e.acts_on == acts_on)
        return self.left[threat, acts_on]

    def _more(self, threat: str, c: Control) -> float:
        """What the control leaves at its full effect of what it leaves now."""
        effects = self.by_id[threat].views["current"].effects
        return (1 - c.effect) / next((1 - e.share for e in effects if e.control == c.id), 1.0)

    def most(self, offered: Iterable[Action]) -> list[Saving]:
        """What each action saves at most, now and later: the share that it can take of all that its threats lead to."""
        at_stake: dict[str, tuple[float, float, float]] = {}
        for t, keys in self.of.items():
            r = self.by_id[t]
            danger = max(0.0, (r.danger or 0.0) * (1 + ROUNDING) - 1)
            doubt = danger if r.found.outcome == "declared" else 0.0
            at_stake[t] = sum([self._now(key) for key in keys]) + TIE * r.current, danger - doubt, doubt
        out = []
        for a in offered:
            share = 1.0 if a.do == "measure" else self.risks.catalog.controls[a.control].effect + ROUNDING
            found = [at_stake[t] for t in a.threats if t in at_stake]
            near = 1.0 if a.do == "measure" else 1 + NEAR
            money = near * share * sum([m for m, _, _ in found])
            danger, doubt = sum([d for _, d, _ in found]), sum([d for _, _, d in found])
            out.append(Saving(money, money + danger + doubt, danger, doubt))
        return out

    def saving(self, a: Action) -> Saving:
        """What the action would save."""
        new = self.changed(a)
        touched = sorted({key for t in new for key in self.of[t]})
        money = sum(self._now(key) - self._cost(key, new) for key in touched)
        alone, named, danger, doubt = 0.0, 0.0, 0.0, 0.0
        for t, way in new.items():
            r, was = self.by_id[t], self.ways[t]
            if was.factor == 0:
                continue
            share = 1 - way.factor * way.loss_factor / (was.factor * was.loss_factor)
            alone += share * r.current
            named += share * r.current if a.control in self.named[r.found.rule.id] else 0.0
            if r.danger is not None:
                now = r.danger * was.factor / r.views["current"].left("success") / r.views["current"].left("attempts")
                fall = max(0.0, now - 1) - max(0.0, now * way.factor / was.factor - 1)
                danger, doubt = (danger, doubt + fall) if r.found.outcome == "declared" else (danger + fall, doubt)
        near = 1 + NEAR * named / alone if alone > 0 else 1.0
        tie = (max(0.0, money) + TIE * alone) * near + danger + doubt
        return Saving(max(0.0, money), tie, danger, doubt, near)

    def take(self, a: Action) -> set[str]:
        """The action is chosen. Gives the threats whose savings that may change: all of the scenarios it touches."""
        new = self.changed(a)
        self.ways |= new
        if a.do != "measure":
            c = self.risks.catalog.controls[a.control]
            for t in new:
                self.left[t, c.acts_on] = self._left(t, c.acts_on) * self._more(t, c)
        touched = {key for t in new for key in self.of[t]}
        for key in touched:
            self.costs.pop(key, None)
        return {t for key in touched for t in self.scenarios[key]}

    def _now(self, key: tuple[str, str, str]) -> float:
        if key not in self.costs:
            self.costs[key] = self._cost(key, {})
        return self.costs[key]

    def _cost(self, key: tuple[str, str, str], new: dict[str, Way]) -> float:
        ways = [new.get(t) or self.ways[t] for t in self.scenarios[key]]
        return best_mean(self.risks.seed, shape(ways)) * self.per[key]


def prevents(rule: Rule) -> frozenset[str]:
    """The controls that a threat itself names as what prevents it."""
    return frozenset(w for c in rule.unless if c.field.words_from == "controls" and not c.op for w in c.want)
