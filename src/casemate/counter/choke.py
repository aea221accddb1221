"""Choke points: the controls that cut most of the attack paths, each by itself.

A control is put where the plan would put it, at its full effect, and the ways are looked for again: who finds one
closed takes the next. What a control saves here is of the told paths alone, so it is no part of the plan's account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from casemate.catalog.controls import Control
from casemate.counter.offers import placed, there
from casemate.prioritize.paths import Path, Paths
from casemate.prioritize.paths.web import Key
from casemate.prioritize.risk import Risks
from casemate.prioritize.standing import standing

Place = tuple[str, str]
"""(control, where it would be put)."""
MOST = 5
LEAST = 0.01
"""Of what the told paths cost, and of the danger on them, the least that is worth telling."""
NOISE = 1e-9
"""Of a chain's probability, a fall that is nothing but rounding."""


@dataclass(frozen=True, slots=True)
class Choke:
    """A control at a place, and what it takes from the told paths: yearly loss, its share, and danger to people.

    safer: the share of the danger that it takes, of the paths on which that is intolerable; 0 where there is none.
    """

    control: str
    at: str
    do: str
    title: str
    cuts: float
    share: float
    danger: float
    safer: float
    threats: tuple[str, ...]
    """Steps of told paths on which it acts."""
    paths: tuple[int, ...]
    """The told paths on which it acts, by their number from 1."""

    @property
    def rank(self) -> tuple[float, float, str, str]:
        """What makes people safer first, then money."""
        return -self.danger, -self.cuts, self.control, self.at


def chokes(found: Paths, risks: Risks, controls: Mapping[str, Control], few: int = MOST) -> tuple[Choke, ...]:
    """The few that cut most. Only as many are worked out as could be among them."""
    bounded = sorted((_bound(found, left), at, left) for at, left in _left(found, risks, controls).items())
    best: list[Choke] = []
    for most, at, left in bounded:
        if len(best) == few and most >= best[-1].rank[:2]:
            break  # even if no way led around it, it would cut less
        best = sorted([*best, _choke(found, risks, controls, at, left)], key=lambda c: c.rank)[:few]
    return tuple(c for c in best if c.share >= LEAST or c.safer >= LEAST)


def _left(found: Paths, risks: Risks, controls: Mapping[str, Control]) -> dict[Place, dict[str, float]]:
    """By control and place, what it would leave of each threat's success; of those that act on a step of a path."""
    threats = found.chains.web.threats
    told = {t for p in found.paths for t in p.threats}
    places = {at for t in sorted(told) for at in placed(risks, threats[t].risk)}
    named = {control for control, _ in places}
    out: dict[Place, dict[str, float]] = {}
    for i, e in threats.items():
        if named.isdisjoint(e.risk.found.rule.countered_by):
            continue
        for at in places.intersection(placed(risks, e.risk)):
            then = standing("current", e.risk.found, risks.parts, risks.catalog, (at[0],))
            left = then.factor / e.risk.views["current"].factor
            if left < 1:
                out.setdefault(at, {})[i] = left
    return {at: left for at, left in sorted(out.items()) if told & left.keys()}


def _falls(p: Path, after: float, attempts: float) -> tuple[float, float]:
    """(danger, money) that fall when a chain's probability does."""
    fall = max(0.0, p.probability * (1 - NOISE) - after) * attempts
    danger = fall / max(p.loss.tolerable, 1e-12) if p.loss.tolerable is not None and p.danger > 1 else 0.0
    return danger, fall * p.loss.mean


def _bound(found: Paths, left: Mapping[str, float]) -> tuple[float, float]:
    falls = [_falls(p, p.probability * prod(left.get(t, 1.0) for t in p.threats), p.attempts) for p in found.paths]
    return -sum(d for d, _ in falls), -sum(m for _, m in falls)


def _choke(found: Paths, risks: Risks, controls: Mapping[str, Control], at: Place, left: Mapping[str, float]) -> Choke:
    met = [(i, p) for i, p in enumerate(found.paths, 1) if left.keys() & set(p.threats)]
    falls = []
    for who in dict.fromkeys(a for _, p in met for a in p.attackers):
        mine: dict[Key, Path] = {(p.outcome, p.asset): p for _, p in met if who in p.attackers}
        then = {r.key: r.probability for r in found.chains.routes(who, mine, left)}
        falls += [_falls(p, then.get(key, 0.0), found.chains.often[who]) for key, p in mine.items()]
    total, cuts = sum(p.yearly for p in found.paths), sum(m for _, m in falls)
    hurt, danger = sum(p.danger for p in found.paths if p.danger > 1), sum(d for d, _ in falls)
    control, where = at
    do = "prove" if there(risks, control, where) else "add"
    return Choke(
        control, where, do, controls[control].title, cuts, cuts / total if total else 0.0,
        danger, danger / hurt if hurt else 0.0,
        tuple(sorted({t for _, p in met for t in p.threats if t in left})), tuple(i for i, _ in met),
    )  # fmt: skip
