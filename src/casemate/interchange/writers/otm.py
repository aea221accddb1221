"""otm: Open Threat Model 0.2 as JSON.

Zones become trust zones, components and actors become components, flows become dataflows; our own words go along under
`attributes.casemate`, where the import of this format finds them again. With an assessment, its threats and the
controls that would counter them go along. Likelihood stays null: ours is a frequency, and no percentage is made of it.
"""

from __future__ import annotations

import json
from typing import Any

from casemate.core.trust import Trust
from casemate.define.system import Actor, Component, Flow, System, Zone
from casemate.interchange import unsaid
from casemate.interchange.give import Given
from casemate.interchange.loss import CHANGED, CHOSEN, LEFT, Losses
from casemate.interchange.names import slug
from casemate.interchange.said import plain, properties
from casemate.interchange.tables import tables
from casemate.prioritize.risk import Risk
from casemate.validate.assessment import Assessment

VERSION = "0.2.0"
NO_PLACE = "Open Threat Model has no place for it"
TAKEN = frozenset({"purpose", "actors", "zones", "flows"})


def write(given: Given, losses: Losses) -> str:
    """One JSON object in ASCII, ending in a line break."""
    return json.dumps(document(given, losses), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(given: Given, losses: Losses) -> dict[str, Any]:
    """The model as plain data."""
    system, a = given.system, given.assessment
    unsaid.note(system, losses, NO_PLACE, TAKEN)
    homeless = _homeless(system, losses)
    at = _threats_by_element(a, losses) if a else {}
    actors = [_actor(x, homeless) for x in system.actors.values()]
    components = [_component(c, at.get(c.id, [])) for c in system.components.values()]
    sizes = {"zones": system.zones, "actors": actors, "components": components, "flows": system.flows}
    for word, things in sizes.items():
        losses.count(word, len(things))
    about: dict[str, Any] = {"name": system.name, "id": slug(system.name, "model")}
    out: dict[str, Any] = {
        "otmVersion": VERSION,
        "project": about | ({"description": system.purpose} if system.purpose else {}),
        "trustZones": [*map(_zone, system.zones.values()), *(_for_actors(t, i) for t, i in homeless.items())],
        "components": [*actors, *components],
        "dataflows": [_flow(f, at.get(f.id, [])) for f in system.flows],
    }
    if a:
        losses.count("threats", len(a.threats))
        out |= {"threats": [_threat(r, a) for r in a.threats], "mitigations": _mitigations(a)}
    return out


def _attributes(ours: dict[str, Any]) -> dict[str, Any]:
    return {"attributes": {"casemate": ours}} if ours else {}


def _rating(trust: Trust) -> dict[str, Any]:
    return {"trustRating": int(tables()["otm"]["gives rating"][str(trust)])}


def _zone(z: Zone) -> dict[str, Any]:
    parent = {"parent": {"trustZone": z.parent}} if z.parent else {}
    ours = {"trust": str(z.trust)} | ({"owner": z.owner} if z.owner else {})
    return {"id": z.id, "name": z.name, "type": str(z.trust), "risk": _rating(z.trust)} | parent | _attributes(ours)


def _homeless(system: System, losses: Losses) -> dict[Trust, str]:
    """Ids of trust zones for actors without a zone, by their trust: every component there lies in a zone."""
    out: dict[Trust, str] = {}
    for actor in system.actors.values():
        if actor.zone is None:
            if actor.trust not in out:
                out[actor.trust] = f"no-zone-{actor.trust}"
                while out[actor.trust] in system.zones:
                    out[actor.trust] += "-"
            losses.note(
                CHOSEN, f"actors.{actor.id}", "has no zone, and is put into one", out[actor.trust], like="actors.*"
            )
    return out


def _for_actors(trust: Trust, id: str) -> dict[str, Any]:
    ours = _attributes({"stands for": "no zone"})
    return {"id": id, "name": f"Actors without a zone ({trust})", "risk": _rating(trust)} | ours


def _actor(x: Actor, homeless: dict[Trust, str]) -> dict[str, Any]:
    ours: dict[str, Any] = {"actor": "yes", "trust": str(x.trust)}
    ours |= {"apart": "yes"} if x.apart else {}
    ours |= {"accounts": list(x.accounts)} if x.accounts else {}
    parent = {"trustZone": x.zone or homeless[x.trust]}
    return {"id": x.id, "name": x.name, "type": "actor", "parent": parent} | _attributes(ours)


def _component(c: Component, threats: list[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {"id": c.id, "name": c.name, "type": c.kind, "parent": {"trustZone": c.zone}}
    out |= {"description": c.props["means"]} if c.props.get("means") else {}
    out |= {"threats": threats} if threats else {}
    return out | _attributes({"kind": c.kind, **properties(c)})


def _flow(f: Flow, threats: list[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {"id": f.id, "name": f.data or f.id, "source": f.source, "destination": f.target}
    out |= {"bidirectional": False} | ({"threats": threats} if threats else {})
    data = {"data": f.data} if f.data else {}
    return out | _attributes(data | {k: plain(v) for k, v in sorted(f.props.items())})


# Threats.


def _threats_by_element(a: Assessment, losses: Losses) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for r in a.threats:
        if r.found.element == "system":
            losses.note(
                LEFT, f"threats.{r.id}", "is about the organisation, and stands at no component", like="threats.*"
            )
        losses.note(
            CHANGED, f"threats.{r.id}", "severity is an impact of 25, 50, 75 or 100", r.severity, like="threats.*"
        )
        mitigations = [
            {"mitigation": c, "state": "implemented" if c in r.found.countered_by else "recommended"}
            for c in _controls(r, a)
        ]
        entry = {"threat": r.id, "state": a.outcomes[r.id], "mitigations": mitigations}
        out.setdefault(r.found.element, []).append(entry)
    return out


def _controls(r: Risk, a: Assessment) -> list[str]:
    known = a.risks.catalog.controls
    return [c for c in dict.fromkeys((*r.found.countered_by, *r.found.rule.countered_by)) if c in known]


def _threat(r: Risk, a: Assessment) -> dict[str, Any]:
    share = "" if a.owned else "; illustrative, because nobody owns the attempts"
    return {
        "id": r.id,
        "name": r.found.title,
        "description": r.found.reason.because,
        "categories": list(r.found.rule.stride),
        "risk": {
            "likelihood": None,
            "likelihoodComment": "not given: the assessment has frequencies, and this field is a percentage",
            "impact": int(tables()["severity"][r.severity]),
            "impactComment": f"severity {r.severity}: expected yearly loss beside the appetite{share}",
        },
        **_attributes({"outcome": a.outcomes[r.id], "severity": r.severity, "rests on": r.basis}),
    }


def _mitigations(a: Assessment) -> list[dict[str, Any]]:
    named = sorted({c for r in a.threats for c in _controls(r, a)})
    known = a.risks.catalog.controls
    return [
        {
            "id": c,
            "name": known[c].title,
            "description": known[c].limits,
            "riskReduction": round(known[c].effect * 100, 1),
        }
        for c in named
    ]
