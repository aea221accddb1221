"""What one threat costs: expected loss and frequency, what closing it alone would save, and how severe that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from casemate.core.money import Interval
from casemate.decompose.parts import Parts
from casemate.identify.attested import facts
from casemate.identify.judge import Found
from casemate.prioritize.draws import attempts, ends, lognormal_mean, order, success
from casemate.prioritize.loss import Loss
from casemate.prioritize.scenario import Scenario
from casemate.prioritize.simulate import Shape, best
from casemate.prioritize.standing import Standing

BANDS = {"critical": 1.0, "high": 0.3, "medium": 0.05}
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected yearly loss over what is uncertain: mean, and the 5 % and 95 % ends, in the file's currency."""

    mean: float
    p5: float
    p95: float


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


def frequency(s: Standing, f: Found, often: Mapping[str, float]) -> float:
    """Expected events a year. often: expected attempts a year by attacker class."""
    return 0.0 if s.out else sum([often[w] for w in f.attackers]) * s.belief.mean * s.factor


def own(
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


def all_measured(f: Found) -> bool:
    """Whether what it needs and what can be measured was measured so, all of it."""
    provable = [fact for fact in f.reason.facts if fact.provable]
    return bool(provable) and all(fact.record for fact in provable)


def basis(parts: Parts, f: Found, s: Standing) -> str:
    """What the finding rests on: `measured` evidence, `attested` records, `declared` facts, `nothing` (one is missing).

    What a measurement itself shows rests on it, whatever else is only declared. A record that nobody signed raises the
    risk, and is no measurement (law 4).
    """
    unsigned = {r.statement.id for e in _where(f, s) for r in parts.records.get(e, ()) if r.standing != "measured"}
    tried = {u.record for u in s.belief.used if u.successes + u.failures > 0 and not u.note}
    proofs = tried | {e.evidence for e in s.effects if e.evidence}
    shown = any(fact.decisive and fact.record for fact in f.reason.facts)
    if proofs - unsigned or shown or all_measured(f):
        return "measured"
    if proofs or any(fact.decisive for fact in f.reason.facts):
        return "attested"
    if f.reason.missing and f.outcome == "assumed":
        return "nothing"
    return "attested" if parts.records and _attested(parts, f) else "declared"


def _where(f: Found, s: Standing) -> set[str]:
    """Elements whose records it may rest on: its own, and those at which its controls sit."""
    return {f.element, *(at for e in s.effects for at in e.at)}


def _attested(parts: Parts, f: Found) -> bool:
    """Whether a fact of it is there only because a record says so that nobody signed."""
    measured = {fact.field for fact in f.reason.facts if fact.record}
    lists = {name for name, found in f.reason.witnesses.items() if any(y.facts.get("undeclared") for y in found)}
    return bool(lists - measured) or next(facts(parts, f.reason), None) is not None
