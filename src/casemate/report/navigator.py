"""navigator: a layer for MITRE's ATLAS Navigator. Colour and score tell the current risk, comments what it rests on.

A technique's score is the largest current expected yearly loss of the threats that map to it: they are ways to the same
end, and a sum would count a loss twice. Form: layer 4.5, domain `atlas-atlas`, as MITRE's own layers since 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from casemate.catalog import atlas
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.report.view.status import status
from casemate.report.view.words import OUTCOME, joined
from casemate.validate.assessment import Assessment

VERSIONS = {"layer": "4.5", "navigator": "5.3.2"}
COLOR = {"critical": "#b3261e", "high": "#e07b39", "medium": "#e6c15a", "low": "#f3ecd2"}  # dark text stays readable
SETTLED, DECLARED = "#cfe3d4", "#e3e5e8"
LIVE = ("open", "assumed", "accepted")
MOST = 12  # threats that one comment names


def render(a: Assessment) -> str:
    """One JSON object in ASCII, ending in a line break: names of strangers reach no terminal and no page unescaped."""
    return json.dumps(layer(a), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def layer(a: Assessment) -> dict[str, Any]:
    """The layer as plain data."""
    by = _by_technique(a)
    unfolded = {t.parent for i in by for t in [newest().techniques[i]] if t.parent}
    scored = [{**e, "showSubtechniques": i in unfolded} for i in sorted(by) for e in _entries(a, i, by[i])]
    currency = a.system.currency
    return {
        "name": a.system.name,
        "versions": VERSIONS,
        "domain": "atlas-atlas",
        "description": (
            f"Score: current expected loss a year in {currency} of the worst threat that maps to the technique"
            f"{'' if a.owned else ' (illustrative: nobody owns the attempts)'}. Casemate, policy {a.policy.name}."
        ),
        "metadata": [{"name": "atlas_data_version", "value": newest().version}],
        "sorting": 3,
        "layout": {"layout": "side", "showID": True, "showName": True},
        "hideDisabled": False,
        "techniques": sorted(
            [*scored, *_parents(unfolded - by.keys())], key=lambda t: (t["techniqueID"], t.get("tactic", ""))
        ),
        "gradient": {
            "colors": ["#ffffff", COLOR["critical"]],
            "minValue": 0,
            "maxValue": max([t["score"] for t in scored], default=0) or 1,
        },
        "legendItems": [
            *({"label": word, "color": COLOR[word]} for word in SEVERITIES),
            {"label": "countered or dismissed", "color": SETTLED},
            {"label": "ruled out by declared facts alone", "color": DECLARED},
        ],
    }


def newest() -> atlas.Edition:
    """The edition that the layer is drawn on: MITRE's Navigator shows the newest."""
    return atlas.shipped(atlas.EDITIONS[-1])


def _by_technique(a: Assessment) -> dict[str, list[Risk]]:
    """Risks of each technique, worst first. A retired id counts for the one that stands for it now."""
    edition = newest()
    found: dict[str, list[Risk]] = {}
    for r in (*a.threats, *a.of("declared")):
        ids = {edition.now(i) for key, ids in r.found.rule.maps.items() if key in atlas.EDITIONS for i in ids}
        for i in ids & edition.techniques.keys():
            found.setdefault(i, []).append(r)
    return found


def _entries(a: Assessment, technique: str, risks: list[Risk]) -> Iterable[dict[str, Any]]:
    """One entry for each tactic of the technique: the Navigator keeps them apart."""
    live = [r for r in risks if a.outcomes[r.id] in LIVE]
    worst = min((SEVERITIES.index(r.severity) for r in live), default=None)
    settled = DECLARED if all(a.outcomes[r.id] == "declared" for r in risks) else SETTLED
    entry = {
        "techniqueID": technique,
        "score": float(f"{max(r.current for r in risks):.3g}"),
        "color": settled if worst is None else COLOR[SEVERITIES[worst]],
        "comment": joined((_said(a, r) for r in risks), MOST),
        "enabled": True,
    }
    for tactic in _tactics(technique):
        yield {**entry, "tactic": tactic}


def _said(a: Assessment, r: Risk) -> str:
    """What the threat is, how bad, and what that rests on."""
    outcome, s = a.outcomes[r.id], status(a, r)
    more = f" ({s.said})" if r.basis == "measured" or outcome not in ("open", "assumed") else ""
    return f"{r.id}: {OUTCOME[outcome].lower()}, {r.severity}; rests on {RESTS[r.basis]}{more}"


RESTS = {
    "measured": "measured evidence", "attested": "records that nobody signed", "declared": "declared facts",
    "nothing": "nothing",
}  # fmt: skip


def _parents(techniques: Iterable[str]) -> list[dict[str, Any]]:
    """Parents without a threat of their own are unfolded, so that their parts are seen; they get no score."""
    unfold = {"color": "", "comment": "", "enabled": True, "showSubtechniques": True}
    return [{"techniqueID": p, **unfold, "tactic": tactic} for p in techniques for tactic in _tactics(p)]


def _tactics(id: str) -> list[str]:
    """Tactics of a technique as the Navigator writes them: `command-and-control`."""
    return [newest().tactics[i].lower().replace(" ", "-") for i in newest().techniques[id].tactics]
