"""json: the whole assessment for machines. Keys sorted, money rounded to three digits, no dates unless given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from casemate import __version__
from casemate.catalog import atlas
from casemate.counter.choke import chokes
from casemate.counter.information import TRIES, NextTest
from casemate.prioritize.paths import Path, paths
from casemate.prioritize.price import Estimate
from casemate.prioritize.risk import Risk
from casemate.report.view.rows import place_of, said
from casemate.report.view.story import Story, story, totals
from casemate.validate.assessment import Assessment
from casemate.validate.diff.state import used

VERSION = 1
AT_ONCE = 400


def render(a: Assessment) -> str:
    """One JSON object, indented, ending in a line break."""
    return "".join(pieces(a))


def pieces(a: Assessment) -> Iterator[str]:
    """The same in pieces. Long lists are made and written in parts: whole they would take 80 MB."""
    out = _document(a)
    for i, key in enumerate(sorted(out)):
        yield f"{',' if i else '{'}\n  {_text(key)}: "
        value = out.pop(key)  # what is written is needed no more
        if isinstance(value, Iterator):
            yield from _items(value)
        else:
            yield _text(value).replace("\n", "\n  ")
    yield "\n}\n"


def _items(of: Iterator[Any]) -> Iterator[str]:
    before = "["
    while some := list(islice(of, AT_ONCE)):
        lines = _text(some).removeprefix("[").removesuffix("\n]")
        yield before + lines.replace("\n", "\n  ")
        before = ","
    yield "[]" if before == "[" else "\n  ]"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)


def document(a: Assessment) -> dict[str, Any]:
    """The assessment as plain data."""
    return {key: list(value) if isinstance(value, Iterator) else value for key, value in _document(a).items()}


def _document(a: Assessment) -> dict[str, Any]:
    """The same with long lists as iterators."""
    told = story(a)
    out: dict[str, Any] = {
        "casemate": __version__,
        "version": VERSION,
        "system": _system(a),
        "policy": {"name": a.policy.name, "digest": a.policy.digest},
        "seed": a.seed,
        "editions": {t.key: t.edition for t in a.risks.catalog.taxonomies.values()},
        "verdict": {"word": told.verdict, "sentence": told.sentence},
        "gate": {
            "passed": a.gate.passed,
            "exit": a.gate.exit_code,
            "reasons": [{"rule": r.rule, "what": r.what, "todo": r.todo, "exit": r.exit} for r in a.gate.reasons],
        },
        "baseline": _baseline(a),
        **_passport(a),
        "money": "owned" if a.owned else "illustrative",
        "basis": a.basis,
        "threats": (_threat(a, r) for r in sorted(a.threats, key=lambda r: r.id)),
        "ruled out by declaration": (_threat(a, r) for r in sorted(a.of("declared"), key=lambda r: r.id)),
        "risk": _risk(a, told),
        "plan": [_action(a, x.control, x) for x in a.treatment.actions],
        **_paths(a),
        "questions": (
            {
                "id": q.id, "kind": q.kind, "ask": q.ask, "role": q.role, "settles": list(q.settles),
                "prevents": list(q.prevents), "at stake": _round(q.at_stake), "danger": _round(q.danger),
                "measured by": list(q.measured_by), "where": q.where,
            }
            for q in a.questions
        ),
        "tests next": (_next(t) for t in a.tests),
        "decisions": [
            {
                "threat": r.decision.threat, "word": r.word, "state": r.state, "reason": r.decision.reason,
                "owner": r.decision.owner, "until": r.decision.until.isoformat(),
            }
            for r in a.rulings
        ],
        "evidence": _evidence(a),
        "corrections": [
            {name: getattr(c, name) for name in ("element", "field", "declared", "measured", "evidence")}
            for c in a.risks.parts.corrections
        ],
        "boundaries": {"crossed by": list(a.risks.parts.crossing), "entries": list(a.risks.parts.entries)},
        "review": {"state": a.review.state, "due": a.review.due.isoformat() if a.review.due else None},
    }  # fmt: skip
    if a.dated:
        out["assessed"] = a.today.isoformat()
    return out


def _system(a: Assessment) -> dict[str, Any]:
    s = a.system
    return {
        "name": s.name, "file": s.path, "digest": s.digest, "currency": s.currency,
        "components": len(s.components), "flows": len(s.flows),
    }  # fmt: skip


def _baseline(a: Assessment) -> dict[str, Any] | None:
    """What the gate passes over; null where nobody gave a baseline."""
    if a.baseline is None:
        return None
    h, b = a.baseline, a.baseline.baseline
    return {
        "by": b.by, "on": b.on.isoformat(), "until": b.until.isoformat(), "state": h.state, "held": sorted(h.covered),
        "worse": dict(sorted((h.worse or {}).items())), "refused": sorted(h.refused),
        "unused": [e.threat for e in h.unused],
    }  # fmt: skip


def _threat(a: Assessment, r: Risk) -> dict[str, Any]:
    f = r.found
    outcome = a.outcomes[r.id]
    return {
        "id": r.id,
        "rule": f.rule.id,
        "element": f.element,
        "title": f.title,
        "outcome": outcome if outcome != "declared" else "assumed",
        "was": f.outcome if outcome != f.outcome else None,
        "stride": list(f.rule.stride),
        "maps": {k: list(v) for k, v in f.rule.maps.items()},
        "enabled by": list(atlas.enablers(f.rule.maps)),
        "status": f.rule.status,
        "because": f.reason.because,
        "path": list(f.reason.path),
        "where": place_of(a, r),
        "attackers": list(f.attackers),
        "harm": f.rule.harms,
        "asset": r.asset,
        "basis": r.basis,
        "evidence": list(used(a.risks.parts, r)),
        "countered by": list(f.countered_by),
        "missing": [f"{name}@{element}" for element, name in f.reason.missing],
        "only declared": [f"{name}@{element}" for element, name in f.reason.doubted],
        "risk": {
            **{view: _estimate(e) for view, e in r.estimates.items()},
            "target": _estimate(a.treatment.target[r.id]),
            "own": _round(r.own),
        },
        "frequency": _round(r.frequency),
        "danger": None if r.danger is None else _round(r.danger),
        "severity": r.severity,
        "owner": f.rule.asked_of,
    }


def _estimate(e: Estimate) -> dict[str, float]:
    return {"mean": _round(e.mean), "p5": _round(e.p5), "p95": _round(e.p95)}


def _risk(a: Assessment, told: Story) -> dict[str, Any]:
    r = a.risks
    return {
        "expected yearly loss": {view: _round(mean) for view, mean in totals(a)},
        "appetite": {"loss": r.appetite, "at most": r.appetite_chance, "by default": _by_default(a)},
        "chance above appetite": {
            **{view: _round(y.above(r.appetite)) for view, y in r.years.items()},
            "target": _round(a.treatment.years.above(r.appetite)),
        },
        "curves": {name: [[_round(x), _round(p)] for x, p in points] for name, points in told.curves},
        "worst three survive priors": dict(zip(("ten times smaller", "ten times larger"), a.survives, strict=True)),
        "said": {view: said(a, mean) for view, mean in totals(a)},
    }


def _by_default(a: Assessment) -> list[str]:
    """What of the appetite the file does not name."""
    said_ = (("loss", a.system.appetite), ("at most", a.system.appetite_chance))
    return [word for word, value in said_ if value is None]


def _action(a: Assessment, control: str, x: Any) -> dict[str, Any]:
    return {
        "control": control, "at": x.at, "do": x.do, "title": x.title, "owner": x.owner, "cost": _round(x.cost),
        "saves": _round(x.saves), "people": x.people, "threats": list(x.threats), "test": x.test,
        "proven by": list(x.proven_by),
    }  # fmt: skip


def _next(t: NextTest) -> dict[str, Any]:
    return {
        "id": t.id, "at": t.at, "by": list(t.by), "proves": t.control, "owner": t.role, "threats": list(t.threats),
        "attempts": TRIES, "cost": _round(t.cost), "worth": None if t.value is None else _round(t.value),
        "changes": None if t.changes is None else _round(t.changes), "buys": list(t.now), "might buy": list(t.then),
        "danger": _round(t.danger), "unknown": dict(t.unknown),
    }  # fmt: skip


def _paths(a: Assessment) -> dict[str, Any]:
    found = paths(a.risks)
    best = chokes(found, a.risks, a.risks.catalog.controls)
    return {
        "paths": [_path(p) for p in found.paths],
        "choke points": [
            {
                "control": c.control, "at": c.at, "do": c.do, "cuts": _round(c.cuts), "share": _round(c.share),
                "safer": _round(c.safer), "danger": _round(c.danger), "threats": list(c.threats),
                "paths": list(c.paths),
            }
            for c in best
        ],
    }  # fmt: skip


def _path(p: Path) -> dict[str, Any]:
    names = ("threat", "source", "target", "says")
    return {
        "steps": list(p.threats),
        "probability": _round(p.probability),
        "harm": {
            "outcome": p.outcome, "element": p.element, "asset": p.asset, "loss": _round(p.loss.mean),
            "hurts": list(p.loss.hurts), "impact": list(p.impact), "says": p.ending or None,
        },
        "attackers": list(p.attackers),
        "attempts": _round(p.attempts),
        "a year": _round(p.yearly),
        "danger": _round(p.danger) if p.loss.tolerable is not None else None,
        "way": list(p.way),
        "also": list(p.also),
        "moves": [
            {**{n: getattr(s, n) for n in names}, "atlas": list(s.atlas), "assumed": s.assumed} for s in p.steps
        ],
    }  # fmt: skip


def _evidence(a: Assessment) -> list[dict[str, Any]]:
    found = [r for records in a.risks.parts.records.values() for r in records]
    return [
        {
            "id": r.statement.id, "element": r.element, "kind": r.statement.kind, "tool": r.statement.tool,
            "state": r.state, "standing": r.standing, "digest": r.statement.digest,
            "facts": {k: list(v) if isinstance(v, tuple) else v for k, v in r.statement.facts.items()},
            "measured": r.statement.measured.isoformat(),
        }
        for r in sorted(found, key=lambda r: (r.element, r.statement.kind, r.statement.id))
    ]  # fmt: skip


def _passport(a: Assessment) -> dict[str, Any]:
    """Nothing where there is no passport."""
    p = a.passport
    return {"passport": {"state": p.state, "because": list(p.because), "signed": p.signed}} if p else {}


def _round(value: float) -> float:
    """Three significant digits: what a simulation of 10,000 years is worth."""
    return float(f"{value:.3g}")
