"""What we believe of one attempt's success: a Beta prior from the technique's maturity, updated by measured trials.

Every threat and every trial names its unit; without a conversion a number is shown and not used. With `k` rows to one
campaign, `n` rows of which a share `p` was broken are `n / k` campaigns with success `1 - (1 - p)^k`.
A failure of an attack weaker than the assumed attacker counts 0.3; such failures together weigh at most the prior.
Trials that nobody signed and this run did not measure can raise the belief to what they show, never lower it (law 4).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from casemate.catalog.load import Priors
from casemate.evidence.bind import PROMPTS, Record
from casemate.evidence.statement import Trial
from casemate.identify.rule import Rule

ATTESTED = "attested: can raise the belief, not lower it"


@dataclass(frozen=True, slots=True)
class Used:
    """How one trial entered: successes and failures in attempts of the threat's own unit, after all weights."""

    record: str
    trial: Trial
    successes: float
    failures: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Belief:
    """Beta(a, b) for the success of one attempt, with the trials that made it so."""

    a: float
    b: float
    prior: float
    used: tuple[Used, ...] = ()

    @property
    def mean(self) -> float:
        """Expected success of one attempt."""
        return self.a / (self.a + self.b)

    @property
    def effective(self) -> float:
        """How many attempts the evidence is worth, after all weights."""
        return sum(u.successes + u.failures for u in self.used)


def prior_of(rule: Rule, priors: Priors, scale: float = 1.0) -> float:
    """The prior success, scaled for the question whether the ranking survives; never outside 0.001 to 0.95."""
    return min(0.95, max(0.001, priors.success[rule.maturity] * scale))


def belief(rule: Rule, records: Collection[Record], priors: Priors, *, trusting: bool, scale: float = 1.0) -> Belief:
    """Prior and trials together. `trusting`: attested trials may lower it too (the claimed risk)."""
    p, weight = prior_of(rule, priors, scale), priors.weight
    if not records:
        return untested(p, weight)
    mine = [(r, t) for r in records for t in r.statement.trials if t.threat == rule.id]
    mine.sort(key=lambda x: not _lowers(x[0], trusting))  # what counts whole comes first
    whole = sum(_lowers(r, trusting) for r, _ in mine)
    used = _capped([_use(rule, r, t) for r, t in mine], p, priors)
    counted = used[:whole]
    a = weight * p + sum(u.successes for u in counted)
    b = weight * (1 - p) + sum(u.failures for u in counted)
    raising = _raising(used[whole:], a, b)
    a, b = a + sum(u.successes for u in raising), b + sum(u.failures for u in raising)
    return Belief(a, b, p, (*counted, *raising))


@lru_cache(maxsize=1024)
def untested(p: float, weight: float) -> Belief:
    """The prior alone."""
    return Belief(weight * p, weight * (1 - p), p)


def adaptive(before: Belief, rule: Rule, record: Record, trial: Trial, priors: Priors) -> Belief | None:
    """The belief that an adaptive test of a control gives: measured with the control on, so nothing is multiplied.

    Before the test the control is worth nothing: the prior is what we believe without it, at the usual weight. None
    where the test says nothing in the threat's own unit.
    """
    u = _use(rule, record, trial)
    if u.successes + u.failures == 0:
        return None
    p = before.mean
    (u,) = _capped([u], p, priors)
    return Belief(priors.weight * p + u.successes, priors.weight * (1 - p) + u.failures, p, (u,))


def _lowers(r: Record, trusting: bool) -> bool:
    """Prompts that a language model withstood lower no view: architecture does, not a list."""
    return r.standing == "measured" or (trusting and r.statement.settings.get(PROMPTS) is not True)


def _raising(used: list[Used], a: float, b: float) -> list[Used]:
    """Of attested trials those that raise the belief Beta(a, b), the worst first; the others count nothing.

    Each counts whole: it raises the belief to what it shows, and not further by forgetting its failures.
    """
    out: dict[int, Used] = {}
    for i, u in sorted(enumerate(used), key=lambda x: -_rate(x[1])):
        if u.successes * b > u.failures * a:
            a, b, out[i] = a + u.successes, b + u.failures, u
    return [out.get(i) or replace(u, successes=0.0, failures=0.0, note=u.note or ATTESTED) for i, u in enumerate(used)]


def _rate(u: Used) -> float:
    return u.successes / (u.successes + u.failures) if u.successes else 0.0


def _use(rule: Rule, r: Record, t: Trial) -> Used:
    scored = t.broken + t.held
    per = rule.per(t.unit)
    if r.weight == 0:
        return Used(r.statement.id, t, 0, 0, r.state)
    if per is None:
        return Used(r.statement.id, t, 0, 0, f"no conversion from {t.unit} to {rule.unit}")
    if scored == 0:
        return Used(r.statement.id, t, 0, 0, "nothing could be scored")
    n = scored / per
    success = 1 - (1 - t.broken / scored) ** per
    return Used(r.statement.id, t, r.weight * n * success, r.weight * n * (1 - success))


def _capped(used: list[Used], p: float, priors: Priors) -> list[Used]:
    """Failures of weaker tests: discounted, and together at most as heavy as the prior.

    Where such a test shows no more than was believed before (p), its successes are discounted as its failures are: one
    hit among thousands is no reason to believe more.
    """
    out = []
    room = priors.weight
    for u in used:
        if u.trial.strength == "weaker" and u.failures > 0:
            failures = min(u.failures * priors.weaker, room)
            room -= failures
            few = u.successes * (1 - p) <= u.failures * p
            u = replace(u, successes=u.successes * (failures / u.failures) if few else u.successes, failures=failures)
        out.append(u)
    return out
