"""One small system written by hand, a few rules on it, and what an assessment says in numbers."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from casemate.define.build import from_text
from casemate.define.system import System
from casemate.evidence.statement import ControlResult, Statement
from casemate.prioritize.risk import Risk
from casemate.validate import Assessment
from strategies import assessed, only, record, shelf, trial

FILE = """\
casemate: 1
name: small
zones: {{net: {{trust: public}}, in: {{trust: staff}}}}
actors:
  visitor: {{trust: public, zone: net}}
components:
  api: {{kind: endpoint, zone: in, exposed to: [net]{api}}}
  engine: {{kind: inference, zone: in, runs: scorer{engine}}}
  scorer: {{kind: model, zone: in, path: scorer.pkl, proprietary: yes{scorer}}}
flows:
  - visitor -> api: questions
  - api -> engine: questions
{more}
"""
THEFT = """\
id: theft
about: model
when: {proprietary: yes}
unless: {control: [query-quota]}
attacker: public
harms: model-stolen
units: {query: 10000, row: 10}
countered by: [query-quota, label-only-output]
"""
LOADED = """\
id: loaded
about: model
when: {format: [pickle, joblib]}
attacker: partner
harms: takeover
countered by: [code-free-format, model-signing]
"""
PRICED = "harms: {model-stolen: 50k to 800k, takeover: 50k to 1.5M}\n"
OWNED = "attempts: {public: 2 to 20 a year, by: ann, on: 2026-10-02}\n"


def small(more: str = "", api: str = "", engine: str = "", scorer: str = "") -> System:
    """The system; what is given is added to the file or to one of its components."""
    said = {name: f", {text}" if text else "" for name, text in (("api", api), ("engine", engine), ("scorer", scorer))}
    return from_text(FILE.format(more=more, **said), "small.yaml", {"fines": tuple(shelf().fines)})


def look(
    system: System | None = None, *records: Statement, rules: tuple[str, ...] = (THEFT,), **more: Any
) -> Assessment:
    """The system assessed by these rules alone."""
    return assessed(system or small(), *records, of=only(*rules), **more)


def risk(a: Assessment, id: str = "theft@scorer") -> Risk:
    """The one risk of this id."""
    (found,) = [r for r in a.risks.risks if r.id == id]
    return found


def means(a: Assessment, id: str = "theft@scorer") -> dict[str, float]:
    """Expected yearly loss by view, the plan's target too."""
    return {v: e.mean for v, e in risk(a, id).estimates.items()} | {"target": a.treatment.target[id].mean}


def numbers(a: Assessment) -> dict[str, Any]:
    """All that an assessment says of each threat in numbers."""
    return {
        r.id: (
            a.outcomes[r.id], r.severity, r.frequency, r.own, r.danger, r.loss,
            {v: astuple(e) for v, e in r.estimates.items()}, astuple(a.treatment.target[r.id]),
        )
        for r in a.risks.risks
    }  # fmt: skip


def results(
    control: str, *, kind: str = "redteam", about: str = "scorer", threat: str = "theft", **said: Any
) -> Statement:
    """A record of one control's test; said: verified, naive and adaptive as (broken, held)."""
    trials = {k: trial(threat, *v) if isinstance(v, tuple) else v for k, v in said.items()}
    return record(about, kind, controls=(ControlResult(control, threat, **trials),))
