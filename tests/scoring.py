"""A model behind a public endpoint, with a test that broke it and a scan that found nothing."""

from strategies import record, trial

SCORING = {
    "casemate": "1",
    "name": "Scoring",
    "zones": {"internet": {"trust": "public"}, "cloud": {"trust": "staff"}},
    "actors": {"visitor": {"trust": "public", "zone": "internet"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "auth": "none", "returns": ["scores"]},
        "engine": {"kind": "inference", "zone": "cloud", "runs": ["scorer"]},
        "scorer": {"kind": "model", "zone": "cloud", "format": "pickle", "path": "m.pkl", "proprietary": "yes"},
    },
    "flows": [
        {"from": "visitor", "to": "api"}, {"from": "api", "to": "engine"}, {"from": "engine", "to": "api"},
        {"from": "api", "to": "visitor"},
    ],
}  # fmt: skip
WORTHLESS = {**SCORING["components"], "scorer": {**SCORING["components"]["scorer"], "proprietary": "no"}}
"""The components, with a model that is worth no copy."""
BROKEN = record("scorer", trials=(trial("model-extraction", 3, 1),))
CLEAN = record("scorer", "scan", facts={"format": "pickle", "contents": "clean"})
