"""From findings to risks: each with what it rests on, and the system's yearly loss in four views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from casemate.catalog.load import Catalog
from casemate.core.money import Interval
from casemate.decompose.parts import Parts
from casemate.identify.judge import Found
from casemate.prioritize.draws import attempts, ends, lognormal_mean, order, success
from casemate.prioritize.loss import Loss, losses_of
from casemate.prioritize.scenario import Scenario, Way, assets, scenarios
from casemate.prioritize.simulate import Shape, Years, best, simulate
from casemate.prioritize.standing import VIEWS, Standing, standing, standings, untouched

BANDS = {"critical": 1.0, "high": 0.3, "medium": 0.05}
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected yearly loss over what is uncertain: mean, and the 5 % and 95 % ends, in the file's currency."""

    mean: float
    p5: float
    p95: float


@dataclass(frozen=True, slots=True)
class Risk:
    """A threat with its price. `own`: what closing this one alone would save; 0 when another way serves as well."""

    id: str
    """`rule@element`."""
    found: Found
    asset: str
    loss: Loss
    views: Mapping[str, Standing]
    estimates: Mapping[str, Estimate]
    frequency: float
    own: float
    severity: str
    basis: str

    @property
    def current(self) -> float:
        """Expected yearly loss as evidence has it."""
        return self.estimates["current"].mean

    @property
    def proven(self) -> bool:
        """Whether a measurement itself shows the threat: an attack that worked, or a state that only evidence gives."""
        broken = any(u.successes > 0 and u.trial.broken for u in self.views["current"].belief.used)
        return broken or any(f.decisive for f in self.found.reason.facts)  # attested bad news counts too

    @property
    def danger(self) -> float | None:
        """How often people get hurt, as a multiple of what is tolerable; None when nobody does."""
        return None if self.loss.tolerable is None else self.frequency / self.loss.tolerable


@dataclass(frozen=True, slots=True)
class Risks:
    """All risks, worst first, and the yearly losses of the system by view."""

    parts: Parts
    catalog: Catalog
    seed: int
    risks: tuple[Risk, ...]
    years: Mapping[str, Years]
    losses: Mapping[tuple[str, str], Loss]
    rates: Mapping[str, Interval]
    appetite: float
    appetite_chance: float
    scenarios: tuple[Scenario, ...]
    """As things stand."""
    aside: frozenset[str] = frozenset()


def prioritize(
    parts: Parts,
    found: Iterable[Found],
    catalog: Catalog,
    bands: Mapping[str, float] | None = None,
    seed: int = 0,
    aside: Collection[str] = (),
) -> Risks:
    """Price every finding.

    bands: least expected loss / appetite of each severity, from the policy; aside: ids of threats that somebody
    dismissed (they leave the claimed risk only).
    """
    found = tuple(found)
    system = parts.system
    where = assets(parts.graph)
    rates = {**catalog.priors.attempts, **{str(t): r for t, r in system.attempts.rates.items()}}
    inside: dict[str, list[str]] = {}
    for element, asset in where.items():
        inside.setdefault(asset, [asset]).append(element)
    goals = sorted({(f.rule.harms, where[f.element]) for f in found})
    losses = losses_of(system, catalog, {goal: inside[goal[1]] for goal in goals})
    views = [standings(f, parts, catalog, aside=f.id in aside) for f in found]
    ways = ways_of(found, where, views)
    grouped: dict[str, tuple[Scenario, ...]] = {}
    years: dict[str, Years] = {}
    for v, of_view in ways.items():
        same = next((w for w in years if ways[w] == of_view), None)  # as where no control counts
        grouped[v] = grouped[same] if same else scenarios(of_view, grouped.get("inherent", ()))
        years[v] = years[same] if same else simulate(grouped[v], losses, rates, seed)
    often = {who: lognormal_mean(rate) for who, rate in rates.items()}
    own = _own(grouped["current"], losses, often, seed)
    appetite = system.appetite if system.appetite is not None else catalog.priors.appetite
    chance = system.appetite_chance if system.appetite_chance is not None else catalog.priors.appetite_chance
    risks = []
    known: dict[tuple[object, ...], Estimate] = {}

    def price(s: Standing, f: Found, loss: Loss) -> Estimate:
        alike = s.out, s.belief.a, s.belief.b, s.effects, f.attackers, loss.mean
        if alike not in known:
            known[alike] = estimate(s, f, loss, rates, seed)
        return known[alike]

    limits = {**BANDS, **(bands or {})}
    for f, seen in zip(found, views, strict=True):
        asset = where[f.element]
        loss = losses[f.rule.harms, asset]
        now = price(seen["current"], f, loss)
        estimates = {v: now if s is seen["current"] else price(s, f, loss) for v, s in seen.items()}
        frequency = _frequency(seen["current"], f, often)
        severity = band(now.mean / appetite, frequency, loss, limits)
        basis = _basis(parts, f, seen["current"])
        risks.append(Risk(f.id, f, asset, loss, seen, estimates, frequency, own[f.id], severity, basis))
    ordered = tuple(sorted(risks, key=lambda r: (SEVERITIES.index(r.severity), -(r.danger or 0), -r.current, r.id)))
    return Risks(
        parts, catalog, seed, ordered, years, losses, rates, appetite, chance, grouped["current"], frozenset(aside)
    )


def ways_of(
    found: Iterable[Found], where: Mapping[str, str], standings: Iterable[Mapping[str, Standing]]
) -> dict[str, list[tuple[tuple[str, ...], str, str, Way]]]:
    """By view, (attackers, outcome, asset, way) of each finding that is not ruled out in it."""
    out: dict[str, list[tuple[tuple[str, ...], str, str, Way]]] = {v: [] for v in VIEWS}
    for f, seen in zip(found, standings, strict=True):
        first = seen["inherent"]
        plain = first.way(f.id)
        for v, s in seen.items():
            way = plain if s is first else s.way(f.id)
            if way is not None:
                out[v].append((f.attackers, f.rule.harms, where[f.element], way))
    return out


def scenarios_of(risks: Iterable[Risk], standings: Mapping[str, Standing]) -> tuple[Scenario, ...]:
    """The scenarios of these risks, each threat standing as said, by its id."""
    ways = [(r, standings[r.id].way(r.id)) for r in risks]
    return scenarios((r.found.attackers, r.found.rule.harms, r.asset, way) for r, way in ways if way is not None)


def estimate(s: Standing, f: Found, loss: Loss, rates: Mapping[str, Interval], seed: int) -> Estimate:
    """The threat's expected yearly loss, were it the way that attackers take."""
    way = s.way(f.id)
    if way is None or loss.mean == 0:
        return Estimate(0.0, 0.0, 0.0)
    classes = tuple((who, rates[who].low, rates[who].high) for who in f.attackers)
    mean, p5, p95 = _spread(seed, classes, way.a, way.b)
    per = loss.mean * way.factor * way.loss_factor
    return Estimate(mean * per, p5 * per, p95 * per)


@lru_cache(maxsize=4096)
def _spread(seed: int, classes: tuple[tuple[str, float, float], ...], a: float, b: float) -> tuple[float, float, float]:
    """Mean, 5 % and 95 % of successes a year: attempts x success, over the uncertainty of both."""
    rate = sum((attempts(seed, *c) for c in classes), np.zeros(1))
    draws = rate * success(seed, a, b)[order(seed, "spread")]
    mean = sum(lognormal_mean(Interval(low, high)) for _, low, high in classes) * a / (a + b)
    return mean, *ends(draws)


def _frequency(s: Standing, f: Found, often: Mapping[str, float]) -> float:
    """Expected events a year. often: expected attempts a year by attacker class."""
    return 0.0 if s.out else sum([often[w] for w in f.attackers]) * s.belief.mean * s.factor


def _own(
    found: Iterable[Scenario], losses: Mapping[tuple[str, str], Loss], often: Mapping[str, float], seed: int
) -> dict[str, float]:
    """The total minus the total without the threat: with two equal ways, closing one of them saves nothing."""
    out: dict[str, float] = {}
    for s in found:
        per = losses[s.outcome, s.asset].mean * often[s.attacker]
        shapes = Counter([w.shape for w in s.ways]) if len(s.shape) < len(s.ways) else {}
        for w in s.ways:
            if shapes.get(w.shape, 1) == 1:  # otherwise another way serves as well
                out[w.threat] = out.get(w.threat, 0.0) + _saved(seed, s.shape, w.shape) * per
    return _Zero(out)


@lru_cache(maxsize=8192)
def _saved(seed: int, ways: Shape, way: tuple[float, float, float, float]) -> float:
    """The success that is lost without one of the ways."""
    rest = tuple([w for w in ways if w != way])
    return max(0.0, best_mean(seed, ways) - (best_mean(seed, rest) if rest else 0.0))


class _Zero(dict[str, float]):
    def __missing__(self, key: str) -> float:
        return 0.0


@lru_cache(maxsize=8192)
def best_mean(seed: int, ways: Shape) -> float:
    """Expected success of the best way, times the share of the loss that is left."""
    top, loss_factor = best(seed, ways)
    return float(top.mean()) * loss_factor


def band(ratio: float, frequency: float, loss: Loss, bands: Mapping[str, float]) -> str:
    """Severity from expected loss / appetite, or from how often people get hurt / what is tolerable: the worse one."""
    if loss.tolerable is not None:
        ratio = max(ratio, frequency / loss.tolerable if loss.tolerable > 0 else float("inf"))
    return next((name for name in SEVERITIES[:-1] if ratio >= bands[name]), "low")


def _basis(parts: Parts, f: Found, s: Standing) -> str:
    """What the finding rests on: measured evidence, declared facts, or nothing (a fact is missing).

    A trial that nobody signed raises the risk, and is no measurement (law 4).
    """
    attested = {r.statement.id for r in parts.records.get(f.element, ()) if r.standing != "measured"}
    trials = any(u.successes + u.failures > 0 and not u.note and u.record not in attested for u in s.belief.used)
    provable = [fact for fact in f.reason.facts if fact.provable]
    if trials or any(e.evidence for e in s.effects) or (provable and all(fact.record for fact in provable)):
        return "measured"
    return "nothing" if f.reason.missing and f.outcome == "assumed" else "declared"


def ranking_survives(risks: Risks, scale: float, top: int = 3) -> bool:
    """Whether the worst few stay the worst few when every prior success is this many times as large."""
    open_ = [r for r in risks.risks if r.found.outcome in ("open", "assumed")]
    often = {who: lognormal_mean(rate) for who, rate in risks.rates.items()}
    means: dict[str, float] = {}
    alike: dict[tuple[object, ...], float] = {}
    for r in open_:
        f = r.found
        key = (f.rule.maturity, f.attackers, r.loss.mean) if untouched(f, risks.parts) else (r.id,)
        if key not in alike:
            s = standing("current", f, risks.parts, risks.catalog, scale=scale)
            alike[key] = _frequency(s, f, often) * r.loss.mean * s.left("loss")
        means[r.id] = alike[key]
    now = sorted(open_, key=lambda r: (-r.current, r.id))[:top]
    then = sorted(means, key=lambda i: (-means[i], i))[:top]
    return {r.id for r in now} == set(then)
