"""A run as evidence: aggregates only. Which rows broke, or were learned from, stays in a local file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from casemate import __version__
from casemate.core.interval import wilson
from casemate.evidence.redteam.attack import Outcome, Point
from casemate.evidence.redteam.campaign import Campaign, Plan
from casemate.evidence.redteam.drive import Tried
from casemate.evidence.redteam.guarding import GuardTrial, worst
from casemate.evidence.redteam.screening import RECALLED
from casemate.evidence.redteam.verdict import doubts, flags, of_attack, open_questions, verdict
from casemate.evidence.statement import ControlResult, Statement, Trial

MAX_AGE = 90


@dataclass(frozen=True, slots=True)
class Facts:
    """What was attacked with what, beside the run itself."""

    model: str
    adapter: str
    gives: str
    classes: int
    digests: Mapping[str, str] = field(default_factory=dict)
    """sha256 of the model, the data, the training data, the recipe, the feature file: those that there are."""
    rows: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    """Rows and calls that the target was asked. Seconds are no property of a model, and would differ every time."""
    names: tuple[str, ...] = ()
    """Of the classes, in the order of the scores."""


def statement(
    about: str, digest: str, today: date, facts: Facts, plan: Plan, c: Campaign, claimed: Iterable[str],
    recipe: str | None = None, threats: frozenset[str] | None = None,
) -> Statement:  # fmt: skip
    """The record of a run on an element. claimed: controls that the element is said to have; of others nothing is kept
    as evidence, since a guard that was tried in a laboratory stands in front of nothing.

    threats: keep the trials of these alone.
    """
    said = set(claimed)
    return Statement(
        kind="redteam",
        about=about,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        trials=tuple(t for t in trials(c) if threats is None or t.threat in threats),
        controls=tuple(r for g in c.guards if g.guard.make().about.control in said for r in _results(g)),
        accuracy=_point(c.probe.accuracy) if c.probe else {},
        coverage={"attacks": len(c.tried), "scored": sum(t.scored > 0 for t in c.tried)},
        settings=details(facts, plan, c),
        findings=tuple(findings(c)),
        seed=plan.seed,
        recipe=recipe,
    )


def trials(c: Campaign) -> list[Trial]:
    """For each threat the worst attack that speaks of it. Several attacks on the same rows are no more rows."""
    by_threat: dict[str, list[Tried]] = {}
    for t in c.tried:
        for threat in t.attack.threats if t.scored else ():
            by_threat.setdefault(threat, []).append(t)
    out = []
    for threat, found in sorted(by_threat.items()):
        t = worst(found)
        if t.broken or not all(any(doubts(x, c)) for x in found):
            out.append(trial(threat, t))
    return out


def trial(threat: str, t: Tried) -> Trial:
    """What an attack found, in the words of the evidence."""
    n = {o: t.result.count(o) for o in Outcome}
    return Trial(
        threat, t.attack.unit, len(t.result.outcomes), n[Outcome.BROKEN], n[Outcome.HELD], n[Outcome.ERRORED],
        n[Outcome.SKIPPED], strength(t),
    )  # fmt: skip


def strength(t: Tried) -> Literal["equal", "weaker"]:
    """How strong it was beside the attacker that we assume: with its budget, else as the attack says."""
    return t.result.strength or t.attack.strength


def _results(g: GuardTrial) -> list[ControlResult]:
    control = g.guard.make().about.control
    if not g.adaptive.scored:
        return []
    threats = [t for t in g.adaptive.attack.threats if t in g.naive.attack.threats]
    return [ControlResult(control, t, None, trial(t, g.naive), trial(t, g.adaptive)) for t in threats]


def details(facts: Facts, plan: Plan, c: Campaign) -> dict[str, Any]:
    """Everything that somebody needs to judge the run, or to repeat it."""
    return {
        "verdict": str(verdict(c)),
        "target": {"model": facts.model, "adapter": facts.adapter, "gives": facts.gives, "classes": facts.classes},
        "digests": dict(facts.digests),
        "rows": dict(facts.rows),
        "budget": {"queries a row": plan.limits.queries, "norm": plan.limits.norm, "epsilon": plan.limits.epsilon},
        **({"wanted": facts.names[plan.wanted]} if plan.wanted is not None else {}),
        "victims": {name: n for name, n in zip(facts.names, c.victims, strict=False) if n},
        "used": dict(facts.used),
        "deterministic": c.probe.deterministic if c.probe else None,
        "attacks": [_attack(t, c) for t in c.tried],
        "guards": [_guard(g, c) for g in c.guards],
        "flags": list(flags(c)),
        **({"stopped": c.stopped} if c.stopped else {}),
    }


def _attack(t: Tried, c: Campaign) -> dict[str, Any]:
    canary = (c.canaries or {}).get(t.name)
    queries = t.result.queries
    found = {
        "name": t.name,
        "goal": t.attack.goal,
        "source": t.attack.source,
        "nist": t.attack.nist,
        "knows": t.attack.gives,
        "strength": strength(t),
        "verdict": str(of_attack(t, c)),
        "outcomes": {o.name.lower(): t.result.count(o) for o in Outcome},
        "share": _share(t),
        "queries": {"mean": round(float(queries.mean()), 3), "most": int(queries.max())} if len(queries) else {},
        "axis": t.result.axis,
        "curve": [_point(p) for p in t.result.curve],
        "metrics": {k: _point(v) if isinstance(v, Point) else _number(v) for k, v in sorted(t.result.metrics.items())},
        "canary": None if canary is None else "found" if canary.broken else "missed",
        "stopped": t.stopped,
        "doubts": list(open_questions(t, c)),
    }
    return {k: v for k, v in found.items() if v not in ("", [], {}, None)}


def _guard(g: GuardTrial, c: Campaign) -> dict[str, Any]:
    cost = (c.costs or {})[g.guard.shown]
    return {
        "guard": g.guard.shown,
        "control": g.guard.make().about.control,
        "goal": g.goal,
        "bare": {"attack": g.bare.name, **_share(g.bare)},
        "naive": {"attack": g.naive.name, **_share(g.naive)},
        "adaptive": {"attack": g.adaptive.name, "view": g.view, **_share(g.adaptive)},
        "effective": effective(g),
        "accuracy": _point(cost.accuracy),
        "refused": _point(cost.refused),
    }


def effective(g: GuardTrial) -> bool:
    """Whether somebody who knows the guard gets clearly less than somebody meets without it."""
    bare, known = (wilson(t.result.count(Outcome.BROKEN), t.scored) for t in (g.bare, g.adaptive))
    return bool(g.adaptive.scored) and known[1] < bare[0]


def _share(t: Tried) -> dict[str, float]:
    low, high = wilson(t.result.count(Outcome.BROKEN), t.scored)
    return {"broken": _number(t.broken), "low": _number(low), "high": _number(high), "of": t.scored}


def _point(p: Point) -> dict[str, Any]:
    return {"x": _number(p.x), "value": _number(p.value), "low": _number(p.low), "high": _number(p.high)}


def _number(v: Any) -> Any:
    """Six digits: the last ones of a sum hang on the machine."""
    return float(f"{v:.6g}") if isinstance(v, float) else v


def findings(c: Campaign) -> list[str]:
    """One line for each attack and guard, worst first."""
    lines = [
        f"{of_attack(t, c)}: {t.name} {said(t)}" for t in sorted(c.tried, key=lambda t: (-t.broken, t.name)) if t.scored
    ]
    lines += [f"not tried: {t.name}: {t.stopped or 'nothing could be scored'}" for t in c.tried if _missed(t)]
    lines += [f"ended early: {c.stopped}"] if c.stopped else []
    for g in c.guards:
        works = "works" if effective(g) else "is worth nothing" if g.bare.broken else "has nothing to counter"
        shares = f"{percent(g.bare)} without it, {percent(g.naive)} unaware of it, {percent(g.adaptive)} aware of it"
        lines.append(f"{g.guard.shown} {works} against {g.goal}: {shares}")
    return lines


def _missed(t: Tried) -> bool:
    return not t.scored and not t.left_out


def said(t: Tried) -> str:
    """`broke 12 of 200 rows (6 %)`; of a screen what it found, and what it would find."""
    broken = t.result.count(Outcome.BROKEN)
    if t.attack.goal == "screening":
        return f"finds {broken:,} of {t.scored:,} training rows suspicious beyond chance{_recall(t)}"
    what = "rows" if t.attack.unit == "row" else "campaigns"
    return f"broke {broken} of {t.scored} {what} ({percent(t)})"


def _recall(t: Tried) -> str:
    found = t.result.metrics.get(RECALLED)
    if not isinstance(found, Point):
        return ""
    shown = f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"
    return f"; of rows planted in a copy it finds {shown}"


def percent(t: Tried) -> str:
    """The share that broke, for people."""
    if not t.scored:
        return "not scored"
    v = 100 * t.broken
    return f"{v:.0f} %" if v >= 10 or v == 0 else f"{v:.1f} %"
