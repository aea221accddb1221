"""Law 1: evidence binds to what it measured. Of another digest it is shown as void, and changes no risk."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.assess import assess
from casemate.evidence.bind import element_digest
from casemate.evidence.statement import ControlResult
from casemate.report.json import document
from casemate.validate.policy import read_policy
from strategies import (
    DIGEST,
    OTHER,
    TODAY,
    assessed,
    controls_of,
    documents,
    evidence_of,
    only,
    record,
    system_of,
    trial,
)

DOC = {
    "casemate": "1",
    "name": "one",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "returns": ["scores"]},
        "m": {"kind": "model", "zone": "cloud", "path": "m.pkl", "format": "pickle"},
    },
    "flows": [{"from": "api", "to": "m"}],
}
RULE = (
    "about: model\nwhen: {reached by any: {trust below: trust}}\nunless: {control: [query-quota]}\nunits: {row: 10}\n"
)
CATALOG = only(RULE)
RECORDS = {
    "facts": record("m", "scan", facts={"format": "onnx", "contents": "unsafe"}),
    "trials": record("m", trials=(trial("r0", 30, 20),)),
    "controls": controls_of([ControlResult("query-quota", "r0", True, None, trial("r0", 0, 90))], "m"),
}


def estimates(a):
    return {r.id: (r.found.outcome, r.estimates) for r in a.risks.risks}


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("signed", [True, False])
def test_a_record_of_another_digest_changes_no_risk_and_is_shown_as_void(kind, signed):
    moved = replace(RECORDS[kind], digest=OTHER, signed=signed)
    with_it, without = assessed(DOC, moved, of=CATALOG), assessed(DOC, of=CATALOG)
    assert estimates(with_it) == estimates(without)
    assert with_it.risks.years["current"].mean == without.risks.years["current"].mean
    assert [r.state for r in with_it.risks.parts.records["m"]] == ["void"]


@pytest.mark.parametrize("kind", RECORDS)
def test_the_same_record_of_the_digest_in_use_changes_what_it_speaks_of(kind):
    a = assessed(DOC, RECORDS[kind])  # of the whole shelf: a format or what a file holds settles some threat
    b = assessed(DOC, RECORDS[kind], of=CATALOG)
    assert (estimates(a), estimates(b)) != (estimates(assessed(DOC)), estimates(assessed(DOC, of=CATALOG)))
    assert [r.state for r in a.risks.parts.records["m"]] == ["valid"]


def test_a_twin_with_the_same_bytes_is_served_and_a_namesake_with_others_is_not():
    doc = {**DOC, "components": {**DOC["components"], "twin": dict(DOC["components"]["m"])}}
    system = system_of(doc)
    evidence = evidence_of(system, RECORDS["facts"])
    both = assess(system, evidence, CATALOG, read_policy(), TODAY)
    assert {e: [r.state for r in rs] for e, rs in both.risks.parts.records.items()} == {
        "m": ["valid"],
        "twin": ["valid"],
    }
    changed = replace(evidence, digests={"m": OTHER, "twin": DIGEST})
    one = assess(system, changed, CATALOG, read_policy(), TODAY)
    assert {e: [r.state for r in rs] for e, rs in one.risks.parts.records.items()} == {"m": ["void"], "twin": ["valid"]}


def test_evidence_of_what_has_no_bytes_binds_to_what_the_file_says_of_it():
    system = system_of(DOC)
    probe = record(
        "api", "probe", digest=element_digest(system, system.components["api"]), facts={"rate limit": "per-client"}
    )
    assert assessed(system, probe).risks.parts.things["api"].facts["rate limit"] == "per-client"
    said_more = {**DOC, "components": {**DOC["components"], "api": {**DOC["components"]["api"], "auth": "key"}}}
    assert "rate limit" not in assessed(said_more, probe).risks.parts.things["api"].facts


@given(documents(), st.sampled_from(["scan", "redteam", "probe"]))
def test_no_record_of_another_digest_ever_changes_an_assessment_but_for_the_list_of_records(doc, kind):
    records = [
        record(
            c, kind, digest=OTHER, facts={"format": "pickle", "signed": True, "contents": "unsafe"},
            trials=(trial("model-extraction", 9, 0),), controls=(ControlResult("query-quota", None, True),),
        )
        for c in doc["components"]
    ]  # fmt: skip
    with_them, without = document(assessed(doc, *records)), document(assessed(doc))
    with_them.pop("evidence")
    without.pop("evidence")
    for d in (with_them, without):
        for threat in (*d["threats"], *d["ruled out by declaration"]):
            threat.pop("evidence")  # what was shown and not used is named beside its threat
        d["gate"]["reasons"] = [r["rule"] for r in d["gate"]["reasons"]]  # void or missing
    assert with_them == without
