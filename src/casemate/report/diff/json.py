"""json: a comparison for machines. Keys sorted, money rounded to three digits, no dates unless given."""

from __future__ import annotations

import json
from typing import Any

from casemate import __version__
from casemate.report.view.difference import verdict
from casemate.validate.diff.change import Change
from casemate.validate.diff.diff import Changed, Diff, Moved
from casemate.validate.diff.state import Reason, Side, State

VERSION = 1


def render(d: Diff) -> str:
    """One JSON object, indented, ending in a line break."""
    return json.dumps(document(d), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document(d: Diff) -> dict[str, Any]:
    """The comparison as plain data."""
    word, sentence, _ = verdict(d)
    idle = frozenset(d.idle)
    return {
        "casemate": __version__,
        "diff": VERSION,
        "verdict": {"word": word, "sentence": sentence, "exit": d.exit_code},
        "old": _side(d.old),
        "new": _side(d.new),
        "threats": [_threat(t) for t in d.threats],
        "changes": None if d.changes is None else [_change(c, c not in idle) for c in d.changes],
        "evidence": [_moved(m) for m in d.evidence],
        "controls": None if d.controls is None else [_moved(m) for m in d.controls],
        "gate": {"new": [_reason(r) for r in d.reasons_new], "gone": [_reason(r) for r in d.reasons_gone]},
        "notes": list(d.notes),
    }


def _side(s: Side) -> dict[str, Any]:
    return {
        "label": s.label, "name": s.name, "digest": s.digest,
        "policy": {"name": s.policy[0], "digest": s.policy[1]},
        "currency": s.currency, "money": "owned" if s.owned else "illustrative", "gate exit": s.exit_code,
        "expected yearly loss": {
            "current": _round(s.current), "claimed": _round(s.claimed), "target": _round(s.target)
        },
        "assessed": s.assessed or None,
    }  # fmt: skip


def _threat(t: Changed) -> dict[str, Any]:
    return {
        "id": t.id, "change": t.kind, "worse": t.worse, "title": t.now.title, "before": _state(t.before),
        "after": _state(t.after), "because": {"how": t.cause.how, "changes": [c.id for c in t.cause.changes]},
        "derivation": list(t.how),
    }  # fmt: skip


def _state(s: State | None) -> dict[str, Any] | None:
    if s is None:
        return None
    return {
        "outcome": s.outcome, "severity": s.severity, "current": _round(s.current),
        "danger": None if s.danger is None else _round(s.danger), "where": s.where,
    }  # fmt: skip


def _change(c: Change, named: bool) -> dict[str, Any]:
    return {
        "id": c.id, "section": c.section, "element": c.element, "field": c.field or None, "before": c.before,
        "after": c.after, "where": c.at or None, "said": c.said, "named by a threat": named,
    }  # fmt: skip


def _moved(m: Moved) -> dict[str, Any]:
    return {"id": m.id, "element": m.element, "kind": m.kind, "before": m.before or None, "after": m.after or None}


def _reason(r: Reason) -> dict[str, Any]:
    return {"rule": r.rule, "what": r.what, "exit": r.exit}


def _round(value: float) -> float:
    """Three significant digits: what a simulation of 10,000 years is worth."""
    return float(f"{value:.3g}")
