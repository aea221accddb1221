"""From findings to risks: each with what it rests on, and the system's yearly loss in four views."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from casemate.catalog.load import Catalog
from casemate.core.money import Interval
from casemate.decompose.parts import Parts
from casemate.identify.judge import Found
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.loss import Loss, losses_of
from casemate.prioritize.price import BANDS, SEVERITIES, Estimate, all_measured, band, basis, estimate, frequency, own
from casemate.prioritize.scenario import Scenario, Way, assets, scenarios
from casemate.prioritize.simulate import Years, simulate
from casemate.prioritize.standing import VIEWS, Standing, standing, standings, untouched

Taken: TypeAlias = "tuple[tuple[str, ...], str, str, Way]"
"""Who goes a way, for which outcome, to which asset."""


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
    def confirmed(self) -> bool:
        """Whether all that it needs and that can be measured was measured so, and nobody has tried whether it holds."""
        tried = any(u.successes + u.failures > 0 for u in self.views["current"].belief.used)
        return not tried and all_measured(self.found)

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
    system, priors, where = parts.system, catalog.priors, assets(parts.graph)
    rates = {**priors.attempts, **{str(t): r for t, r in system.attempts.rates.items()}}
    losses = _losses(parts, found, catalog, where)
    views = [standings(f, parts, catalog, aside=f.id in aside) for f in found]
    grouped, years = _by_view(ways_of(found, where, views), losses, rates, seed)
    appetite = system.appetite if system.appetite is not None else priors.appetite
    chance = system.appetite_chance if system.appetite_chance is not None else priors.appetite_chance
    each = _Pricing(parts, losses, rates, grouped["current"], appetite, {**BANDS, **(bands or {})}, seed)
    risks = [each.risk(f, seen, where[f.element]) for f, seen in zip(found, views, strict=True)]
    ordered = tuple(sorted(risks, key=lambda r: (SEVERITIES.index(r.severity), -(r.danger or 0), -r.current, r.id)))
    return Risks(
        parts, catalog, seed, ordered, years, losses, rates, appetite, chance, grouped["current"], frozenset(aside)
    )


def _losses(
    parts: Parts, found: Iterable[Found], catalog: Catalog, where: Mapping[str, str]
) -> Mapping[tuple[str, str], Loss]:
    """What each goal that somebody has costs: an outcome for an asset, which harms all that belongs to it."""
    inside: dict[str, list[str]] = {}
    for element, asset in where.items():
        inside.setdefault(asset, [asset]).append(element)
    goals = sorted({(f.rule.harms, where[f.element]) for f in found})
    return losses_of(parts.system, catalog, {goal: inside[goal[1]] for goal in goals})


def _by_view(
    ways: Mapping[str, list[Taken]], losses: Mapping[tuple[str, str], Loss], rates: Mapping[str, Interval], seed: int
) -> tuple[dict[str, tuple[Scenario, ...]], dict[str, Years]]:
    """The scenarios and the yearly losses of each view. Views in which all ways are the same are simulated once."""
    grouped: dict[str, tuple[Scenario, ...]] = {}
    years: dict[str, Years] = {}
    for v, of_view in ways.items():
        same = next((w for w in years if ways[w] == of_view), None)  # as where no control counts
        grouped[v] = grouped[same] if same else scenarios(of_view, grouped.get("inherent", ()))
        years[v] = years[same] if same else simulate(grouped[v], losses, rates, seed)
    return grouped, years


class _Pricing:
    """Makes risks of findings. What is alike is estimated once."""

    def __init__(
        self,
        parts: Parts,
        losses: Mapping[tuple[str, str], Loss],
        rates: Mapping[str, Interval],
        now: Iterable[Scenario],
        appetite: float,
        bands: Mapping[str, float],
        seed: int,
    ) -> None:
        self.parts, self.losses, self.rates, self.seed = parts, losses, rates, seed
        self.appetite, self.bands = appetite, bands
        self.often = {who: lognormal_mean(rate) for who, rate in rates.items()}
        self.own = own(now, losses, self.often, seed)
        self.known: dict[tuple[object, ...], Estimate] = {}

    def risk(self, f: Found, seen: Mapping[str, Standing], asset: str) -> Risk:
        """One finding with its price in each view."""
        loss, current = self.losses[f.rule.harms, asset], seen["current"]
        now = self.estimate(current, f, loss)
        estimates = {v: now if s is current else self.estimate(s, f, loss) for v, s in seen.items()}
        events = frequency(current, f, self.often)
        severity = band(now.mean / self.appetite, events, loss, self.bands)
        rests = basis(self.parts, f, current)
        return Risk(f.id, f, asset, loss, seen, estimates, events, self.own[f.id], severity, rests)

    def estimate(self, s: Standing, f: Found, loss: Loss) -> Estimate:
        """Its yearly loss as it stands there."""
        alike = s.out, s.belief.a, s.belief.b, s.effects, f.attackers, loss.mean
        if alike not in self.known:
            self.known[alike] = estimate(s, f, loss, self.rates, self.seed)
        return self.known[alike]


def ways_of(
    found: Iterable[Found], where: Mapping[str, str], standings: Iterable[Mapping[str, Standing]]
) -> dict[str, list[Taken]]:
    """By view, (attackers, outcome, asset, way) of each finding that is not ruled out in it."""
    out: dict[str, list[Taken]] = {v: [] for v in VIEWS}
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
            alike[key] = frequency(s, f, often) * r.loss.mean * s.left("loss")
        means[r.id] = alike[key]
    now = sorted(open_, key=lambda r: (-r.current, r.id))[:top]
    then = sorted(means, key=lambda i: (-means[i], i))[:top]
    return {r.id for r in now} == set(then)
