"""Law 4: only verified effects lower the current risk. What people say may lower the claimed one and no other.

For every threat claimed <= current <= inherent, unless an adaptive test shows that the system is weaker than believed:
then it raises claimed and current alike, and inherent stays. The same holds for the expected loss of the system.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.bind import element_digest
from casemate.evidence.statement import ControlResult
from strategies import (
    assessed,
    controls_of,
    documents,
    evidence_of,
    only,
    outcomes,
    parts_of,
    record,
    rule,
    rules,
    shelf,
    system_of,
    trial,
)

ATTESTED = {"attested by": "j", "attested on": "2026-10-01"}
NAMES = sorted(shelf().controls)


@st.composite
def claims(draw):
    """A system without claims, and the same with some: declared or attested."""
    doc = draw(documents())
    after = copy.deepcopy(doc)
    for p in after["components"].values():
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)):
            p.setdefault("controls", {})[name] = draw(st.sampled_from([{"by": "team"}, ATTESTED]))
    return doc, after


@st.composite
def records(draw, doc, adaptive):
    """Evidence of everything: trials, controls tested with or without success, measured or only attested."""
    system = system_of(doc)
    out = []
    for c in system.components.values():
        if not draw(st.booleans()):
            continue
        threat, name = draw(st.sampled_from(rules())).id, draw(st.sampled_from(NAMES))
        broken, held = draw(st.integers(0, 20)), draw(st.integers(0, 20))
        tested = trial(threat, broken, held) if draw(st.booleans()) and adaptive else None
        result = ControlResult(name, threat, draw(st.sampled_from([True, False, None])), None, tested)
        more = {"digest": element_digest(system, c)} if not c.path else {}
        out.append(controls_of([result], c.id, trials=(trial(threat, broken, held, strength="weaker"),), **more))
        out[-1] = replace(out[-1], signed=draw(st.booleans()))
    return out


def tolerant(less, more):
    return less <= more * (1 + 1e-9) + 1e-9


@given(claims())
def test_a_control_that_people_only_claim_changes_no_current_and_no_inherent_risk(docs):
    before, after = (assessed(d) for d in docs)
    now = {r.id: r for r in after.risks.risks}
    assert {r.id: r.found.outcome for r in before.risks.risks} == {i: r.found.outcome for i, r in now.items()}
    for r in before.risks.risks:
        for view in ("inherent", "current"):
            assert now[r.id].estimates[view] == r.estimates[view]
        assert tolerant(now[r.id].estimates["claimed"].mean, r.estimates["claimed"].mean)
    for view in ("inherent", "current"):
        assert after.risks.years[view].mean == pytest.approx(before.risks.years[view].mean, rel=1e-9)


@given(claims(), st.data())
def test_claimed_is_at_most_current_and_current_at_most_inherent(docs, data):
    _, doc = docs
    a = assessed(doc, *data.draw(records(doc, adaptive=False)), measured=False)
    for r in a.risks.risks:
        e = r.estimates
        assert tolerant(e["claimed"].mean, e["current"].mean), r.id
        assert tolerant(e["current"].mean, e["inherent"].mean), r.id
    means = [a.risks.years[v].mean for v in ("claimed", "current", "inherent")]
    assert means[0] <= means[1] * 1.01  # within the error of the simulation, where threats share a goal
    assert means[1] <= means[2] * 1.01


@given(claims(), st.data())
def test_with_adaptive_tests_claimed_still_is_at_most_current(docs, data):
    _, doc = docs
    a = assessed(doc, *data.draw(records(doc, adaptive=True)), measured=False)
    for r in a.risks.risks:
        assert tolerant(r.estimates["claimed"].mean, r.estimates["current"].mean), r.id
        adaptive = any(e.adaptive for e in r.views["current"].effects)
        assert adaptive or tolerant(r.estimates["current"].mean, r.estimates["inherent"].mean), r.id


DOC = {
    "casemate": "1",
    "name": "one",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "returns": ["scores"]},
        "m": {"kind": "model", "zone": "cloud", "path": "m.pkl", "format": "safetensors"},
    },
    "flows": [{"from": "api", "to": "m"}],
}
FORMAT = only("about: model\nwhen: {format: pickle, reached by any: {trust below: trust}}\n")


def test_a_threat_ruled_out_by_a_declared_fact_alone_stays_in_current_and_leaves_claimed():
    (r,) = assessed(DOC, of=FORMAT).risks.risks
    assert r.found.outcome == "declared"
    assert r.estimates["current"] == r.estimates["inherent"]
    assert r.current > 0
    assert r.estimates["claimed"].mean == 0
    assert r.found.reason.doubted == (("m", "format"),)


@pytest.mark.parametrize(("measured", "found"), [(True, []), (False, ["declared"])])
def test_a_measured_fact_rules_it_out_and_an_attested_one_only_claims_to(measured, found):
    a = assessed(DOC, record("m", "scan", facts={"format": "onnx"}), of=FORMAT, measured=measured)
    assert [r.found.outcome for r in a.risks.risks] == found


WAYS = {
    "a limit on the way": ("limited: no", {"rate limit": "per-client"}, ("api", "rate limit")),
    "what gets back": ("returns: scores", {"returns": ["labels"]}, ("api", "returns")),
    "a size limit on the way": ("sized: no", {"size limit": "yes"}, ("api", "size limit")),
    "a log on the way": ("logged: no", {"logs": ["request", "client"]}, ("api", "logs")),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_is_only_declared_of_the_way_rules_a_threat_out_only_by_declaration(name):
    clause, props, asked = WAYS[name]
    doc = copy.deepcopy(DOC)
    doc["components"]["api"] |= props
    by = [rule(f"about: model\nwhen: {{reached by any: {{trust below: trust, {clause}}}}}\n")]
    assert outcomes(doc, by=by) == {"r@m": "declared"}
    (found,) = assessed(
        doc, of=only(f"about: model\nwhen: {{reached by any: {{trust below: trust, {clause}}}}}\n")
    ).risks.risks
    assert found.found.reason.doubted == (asked,)
    system = system_of(doc)
    facts = {k: tuple(v) if isinstance(v, list) else v == "yes" if v == "yes" else v for k, v in props.items()}
    probe = record("api", "probe", digest=element_digest(system, system.components["api"]), facts=facts)
    assert outcomes(system, probe, by=by) == {}


def test_a_check_that_is_only_declared_lowers_a_grade_only_by_declaration():
    doc = copy.deepcopy(DOC)
    doc["components"]["api"]["checks"] = ["schema"]
    doc["components"]["m"] |= {"kind": "llm"}
    by = [rule("about: llm\nwhen: {tainted by any: {trust below: trust, grade at least: text}}\n")]
    assert outcomes(doc, by=by) == {"r@m": "declared"}
    system = system_of(doc)
    probe = record(
        "api", "probe", digest=element_digest(system, system.components["api"]), facts={"checks": ("schema",)}
    )
    assert outcomes(system, probe, by=by) == {}
    doc["components"]["api"]["checks"] = ["none"]
    assert outcomes(doc, by=by) == {"r@m": "open"}


def test_a_verified_control_takes_at_most_half_of_its_nominal_effect():
    catalog = only("about: model\nwhen: {reached by any: {trust below: trust}}\ncountered by: [label-only-output]\n")
    seen = controls_of([ControlResult("label-only-output", None, True)], "m", kind="probe")
    (r,) = assessed(DOC, seen, of=catalog).risks.risks
    effect = shelf().controls["label-only-output"].effect
    assert r.current / r.estimates["inherent"].mean == pytest.approx(1 - effect / 2, rel=1e-6)
    assert r.estimates["claimed"].mean / r.estimates["inherent"].mean == pytest.approx(1 - effect, rel=1e-6)


@pytest.mark.parametrize("kind", ["record", "configuration"])
def test_what_is_attested_or_seen_in_a_configuration_counts_only_in_the_claimed_risk(kind):
    catalog = only("about: model\nwhen: {reached by any: {trust below: trust}}\nunless: {control: [query-quota]}\n")
    seen = controls_of([ControlResult("query-quota", None, True)], "m", kind=kind)
    (r,) = assessed(DOC, seen, of=catalog, measured=kind == "configuration").risks.risks
    assert (r.found.outcome, r.current) == ("open", r.estimates["inherent"].mean)
    assert r.estimates["claimed"].mean < r.current


def test_evidence_that_a_control_is_absent_leaves_only_the_claim():
    doc = copy.deepcopy(DOC)
    doc["components"]["m"]["controls"] = ["query-quota"]
    absent = controls_of([ControlResult("query-quota", None, False)], "m", kind="probe")
    assert parts_of(doc, absent).ladder.of("m")["query-quota"].level == "declared"
    assert evidence_of(system_of(doc), absent).this_run
