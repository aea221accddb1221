"""Why a threat changed: each case has an answer that a person can give by looking at the two files."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from casemate.evidence.bind import newest
from casemate.validate.decisions import SEVERITIES
from casemate.validate.diff import diff
from casemate.validate.diff.causes import bundles, sights
from casemate.validate.diff.change import Change
from casemate.validate.diff.changes import changes
from casemate.validate.diff.inputs import declared, inputs, taken
from small import LOADED, OWNED, PRICED, THEFT, look, results, small
from strategies import OTHER, assessed, documents, record, system_of

DOORS = """\
id: doors
about: model
when: {proprietary: yes}
unless: {format: [onnx], signed: yes}
attacker: public
harms: takeover
countered by: [model-signing]
"""
BOTH = """\
id: both
about: model
when: {format: [pickle], signed: no}
attacker: public
harms: takeover
countered by: [model-signing]
"""


def told(old, new, id):
    """How the causes of one threat work, and their ids."""
    (found,) = [t for t in diff(old, new).threats if t.id == id]
    return found.cause.how, [c.id for c in found.cause.changes]


def rules(*texts, **said):
    return look(small(**said), rules=texts)


def test_the_one_fact_is_named_among_others():
    old = rules(LOADED, scorer="format: pickle, name: the scorer", api="auth: none")
    new = rules(LOADED, scorer="format: onnx, name: scorer two", api="auth: sso")
    assert told(old, new, "loaded@scorer") == ("needed", ["format@scorer"])


def test_of_two_facts_that_only_together_make_it_both_are_named():
    old, new = rules(BOTH, scorer="format: onnx, signed: yes"), rules(BOTH, scorer="format: pickle, signed: no")
    assert told(old, new, "both@scorer") == ("needed", ["format@scorer", "signed@scorer"])


def test_of_two_facts_that_each_rule_it_out_both_are_enough():
    old, new = rules(DOORS, scorer="format: pickle, signed: no"), rules(DOORS, scorer="format: onnx, signed: yes")
    assert told(old, new, "doors@scorer") == ("enough", ["format@scorer", "signed@scorer"])


def test_a_control_that_was_proven_is_named_by_its_evidence():
    old = look()
    new = look(None, results("query-quota", kind="verify", verified=True))
    assert told(old, new, "theft@scorer") == ("needed", ["evidence:scorer/verify"])


def test_evidence_that_another_model_voids_is_named():
    proof = results("query-quota", kind="verify", verified=True)
    old, new = look(None, proof), look(None, proof, digest=OTHER)
    assert told(old, new, "theft@scorer") == ("needed", ["evidence:scorer/verify"])
    (change,) = diff(old, new).changes
    assert change.said == f"verify evidence of scorer: {proof.id} valid → void"


def test_a_price_that_rose_names_the_harm():
    old = look(small(OWNED + PRICED))
    new = look(small(OWNED + PRICED.replace("50k to 800k", "5M to 80M")))
    assert told(old, new, "theft@scorer") == ("needed", ["harms:model-stolen/loss"])


def test_a_severity_names_the_appetite():
    old = look(small(OWNED + PRICED + "appetite: {loss: 100M, at most: 5% a year}\n"))
    new = look(small(OWNED + PRICED + "appetite: {loss: 10k, at most: 5% a year}\n"))
    assert told(old, new, "theft@scorer") == ("needed", ["system:appetite"])


def test_a_severity_names_the_policy():
    strict = "name: strict\nseverity: {critical: 2%, high: 1%, medium: 0.5%}\n"
    old, new = look(small(OWNED + PRICED)), look(small(OWNED + PRICED), policy=strict)
    how, named = told(old, new, "theft@scorer")
    assert (how, "policy:severity" in named) == ("needed", True)


def test_a_rule_that_was_written_otherwise_is_named():
    old, new = look(rules=(THEFT,)), look(rules=(THEFT.replace("proprietary: yes", "format: [onnx]"),))
    assert told(old, new, "theft@scorer") == ("needed", ["threats:theft"])


def test_a_rule_that_is_new_names_itself():
    old, new = look(small(scorer="format: pickle")), look(small(scorer="format: pickle"), rules=(THEFT, LOADED))
    assert told(old, new, "loaded@scorer") == ("needed", ["threats:loaded"])


def test_a_component_that_is_new_names_itself():
    doc = {
        "casemate": "1", "name": "one", "zones": {"net": {"trust": "public"}, "in": {"trust": "staff"}},
        "components": {"store": {"kind": "store", "zone": "in"}},
    }  # fmt: skip
    api = {"kind": "endpoint", "zone": "in", "auth": "none", "exposed to": ["net"]}
    new = {**doc, "actors": {"visitor": {"trust": "public", "zone": "net"}}}
    new["components"] = {**doc["components"], "api": api}
    found = [t for t in diff(assessed(doc), assessed(new)).threats if t.id.endswith("@api")]
    assert {t.kind for t in found} == {"appeared"}
    assert {c.id for t in found for c in t.cause.changes} == {"components:api"}


def test_an_acceptance_names_itself():
    accepted = "accept: [{threat: theft@scorer, reason: it is cheap, owner: ann, until: 2026-12-01}]\n"
    assert told(look(), look(small(accepted)), "theft@scorer") == ("needed", ["decisions:theft@scorer/accepted"])


def test_an_acceptance_that_the_policy_refuses_names_the_policy():
    accepted = small("accept: [{threat: theft@scorer, reason: it is cheap, owner: ann, until: 2026-12-01}]\n")
    nobody = "name: nobody\nmay accept: {critical: [], high: [], medium: [], low: []}\n"
    how, named = told(look(accepted), look(accepted, policy=nobody), "theft@scorer")
    assert (how, "policy:may accept" in named) == ("needed", True)


def test_the_same_assessment_twice_is_no_difference():
    assert diff(look(), look()).same


def test_what_is_compared_in_words_has_no_place_in_the_file():
    """A line that moved is no change."""
    task = "measure: [{scan: scorer}]\n"
    assert not changes(inputs(look(small(task + OWNED))), inputs(look(small(OWNED + task))))


# -------------------------------------------------------------------------------------------------------- laws


@settings(max_examples=15)
@given(documents(6), documents(6))
def test_undoing_every_change_gives_back_what_was(a, b):
    old, new = inputs(assessed(a)), inputs(assessed(b))
    found = changes(old, new)
    ids = frozenset(f"{r}@{e}" for i in (old, new) for r in i.rules for e in (*i.system.components, "system"))
    zones = {**old.system.zones, **new.system.zones}
    assert sights(taken(new, old, found), ids, zones) == sights(old, ids, zones)
    assert sights(taken(old, new, found), ids, zones) == sights(new, ids, zones)


@settings(max_examples=15)
@given(documents(6))
def test_a_world_is_seen_as_its_assessment_sees_it(doc):
    a = assessed(doc)
    seen = sights(inputs(a), frozenset(r.id for r in a.risks.risks), a.system.zones)
    assert {i: (s.outcome, s.severity) for i, s in seen.items()} == {
        r.id: (r.found.outcome, r.severity) for r in a.risks.risks
    }
    assert {i: s.price for i, s in seen.items()} == pytest.approx({r.id: r.current for r in a.risks.risks}, rel=1e-5)
    assert {s.severity for s in seen.values()} <= set(SEVERITIES)


@settings(max_examples=15)
@given(documents(6))
def test_what_evidence_overruled_is_found_again_as_the_file_says_it(doc):
    system = system_of(doc)
    models = [c.id for c in system.components.values() if c.path]
    facts = {"format": "pickle", "signed": False, "contents": "clean", "writers": ("somebody",), "egress": "open"}
    a = assessed(system, *(record(m, "scan", facts=facts) for m in models))
    assert declared(a).components == system.components


def test_records_are_asked_in_the_order_in_which_they_were_bound():
    days = [replace(record("scorer", "scan"), tool=f"t {i}", measured=d) for i, d in enumerate(DAYS)]
    found = look(None, *days).risks.parts.records["scorer"]
    assert len(found) == len(days)
    assert sorted(found, key=newest) == list(found)


DAYS = [record("scorer").measured.replace(day=1 + i % 2, month=9 + i // 2) for i in range(6)]


def test_of_too_many_changes_those_that_derivations_touch_are_looked_at_alone():
    found = [Change("components", f"c{i}", f) for i in range(20) for f in ("format", "signed")]
    found += [Change("flows", "a->c7"), Change("zones", "in", "trust")]
    few = bundles(found, 8, {"c7": 3, "c3": 1})
    assert [len(b) for b in few] == [37, 1, 1, 1, 1, 1]
    assert {c.id for b in few for c in b if len(b) == 1} == {
        "flows:a->c7", "zones:in/trust", "format@c7", "signed@c7", "format@c3",
    }  # fmt: skip
    assert [len(b) for b in bundles(found, 42, {})] == [1] * 42


def test_of_changes_that_were_looked_at_together_it_is_said_that_some_made_it(monkeypatch):
    monkeypatch.setattr("casemate.validate.diff.causes._worlds", lambda _: 1)
    old = rules(LOADED, scorer="format: pickle, name: one", api="auth: none")
    new = rules(LOADED, scorer="format: onnx, name: two", api="auth: sso")
    how, named = told(old, new, "loaded@scorer")
    assert how == "some"
    assert "format@scorer" in named
