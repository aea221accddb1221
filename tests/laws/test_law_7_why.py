"""Law 7: every number explains itself. `why` never fails, and names what each threat rests on, with its place."""

from __future__ import annotations

import re

from hypothesis import given

from casemate.evidence.statement import ControlResult
from casemate.report.view.why import why
from strategies import OTHER, assessed, controls_of, documents, record, rules, trial

PLACE = re.compile(r"drawn\.yaml(:\d+)?|measured by [0-9a-f]{12}")


def evidence(doc):
    """Some of everything: facts, trials in known and unknown units, controls, a record of another file."""
    out = []
    for i, (c, p) in enumerate(doc["components"].items()):
        if "path" not in p:
            continue
        threat = rules()[i % len(rules())].id
        out.append(record(c, "scan", facts={"contents": "unsafe", "format": "pickle"}))
        out.append(record(c, trials=(trial(threat, 3, 9), trial(threat, 1, 1, "furlong"))))
        out.append(record(c, digest=OTHER, trials=(trial(threat, 9, 0),)))
        results = [ControlResult("query-quota", "model-extraction", True, None, trial("model-extraction", 0, 40))]
        out.append(controls_of([*results, ControlResult("label-only-output", None, True)], c))
    return out


@given(documents())
def test_every_threat_says_why_with_a_place_for_every_fact(doc):
    a = assessed(doc, *evidence(doc))
    for r in a.risks.risks:
        said = dict(why(a, r))
        text = "\n".join(line for lines in said.values() for line in lines)
        facts = [line for line in said.get("Facts", ()) if " of " in line and " is " in line]
        assert [line for line in facts if not PLACE.search(line)] == []
        assert len(facts) >= len(r.found.reason.facts)
        for heading in ("Nobody said", "Only declared"):
            assert [line for line in said.get(heading, ()) if not PLACE.search(line)] == []
        b = r.views["current"].belief
        assert "prior" in text
        assert f"Beta({b.a:.2f}, {b.b:.2f})" in text
        assert "Risk a year" in said
        assert r.found.rule.path in text
        if r.loss.mean > 0:
            assert "one event costs" in text


@given(documents())
def test_an_assumed_threat_names_what_is_missing_and_a_declared_one_what_is_doubted(doc):
    for r in assessed(doc, *evidence(doc)).risks.risks:
        if r.found.outcome == "assumed":
            assert r.found.reason.missing, r.id
        if r.found.outcome == "declared":
            assert r.found.reason.doubted or r.found.reason.missing, r.id
