"""What access found reaches the threats: measured writers overrule declared ones, and an undeclared one is a threat."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.decompose import decompose
from casemate.define.build import from_text
from casemate.evidence.access.measure import measure
from casemate.evidence.bind import Evidence, bind
from casemate.identify import identify
from strategies import documents, found_in, record, rules

DAY = date(2026, 10, 2)
FILE = """\
casemate: 1
name: x
zones: {net: {trust: public}, z: {trust: restricted}}
actors:
  etl: {trust: restricted, accounts: role/etl}
  clerk: {trust: staff, accounts: role/clerk}
components:
  data: {kind: KIND, zone: z, LISTS resource: "arn:aws:s3:::b", sensitivity: personal, origin: own}
  fit: {kind: training, zone: z}
  scorer: {kind: model, zone: z, origin: own, trained by: fit}
flows:
  - data -> fit: rows
  - fit -> scorer: model
measure:
  - access: {of: data, from: [bucket.json, account.json]}
"""
DECLARED = "writers: {who: [etl], complete: yes}, readers: {who: [etl], complete: yes},"
ARN = "arn:aws:iam::1:role/"
ROLE = {"RoleName": "AWSServiceRoleForSupport"}


def statement(*who, action=("s3:PutObject",)):
    named = "*" if who == ("*",) else {"AWS": [f"{ARN}{w}" for w in who]}
    return {"Effect": "Allow", "Principal": named, "Action": list(action), "Resource": "arn:aws:s3:::b/*"}


def parts_of(tmp_path, *statements, kind="dataset", lists=DECLARED, measured=True, whole=True):
    system = from_text(FILE.replace("KIND", kind).replace("LISTS", lists), "m.yaml", {})
    (tmp_path / "bucket.json").write_text(json.dumps({"Statement": list(statements), "Version": "2012-10-17"}))
    account = (
        {"RoleDetailList": [ROLE]} if whole else {"RoleDetailList": [ROLE], "UserDetailList": [{"GroupList": ["gone"]}]}
    )
    (tmp_path / "account.json").write_text(json.dumps(account))
    found = measure(system.measure[0], system, tmp_path, DAY)
    evidence = Evidence(tuple(found), {}, {}, frozenset(s.id for s in found) if measured else frozenset())
    return decompose(system, bind(system, evidence, DAY))


def outcomes(parts, about="data"):
    return {f.rule.id: f.outcome for f in identify(parts, rules()) if f.element == about}


def shown(parts, side="writers"):
    return [(t.id, str(t.facts.get("trust")), t.facts.get("undeclared")) for t in parts.things["data"].facts[side]]


def test_what_is_as_declared_corrects_nothing_and_is_no_threat(tmp_path):
    parts = parts_of(tmp_path, statement("etl", action=["s3:PutObject", "s3:GetObject"]))
    assert parts.corrections == ()
    assert shown(parts) == [("etl", "restricted", False)]
    assert not {"undeclared-access", "broad-training-data-access", "copyable-data"} & outcomes(parts).keys()


def test_an_account_that_nobody_knows_is_a_correction_and_a_threat(tmp_path):
    parts = parts_of(tmp_path, statement("etl", "etl-legacy"))
    (first, _) = sorted(parts.corrections, key=lambda c: c.field != "writers")
    assert (first.declared, first.measured) == (("etl",), ("etl", f"unknown: {ARN}etl-legacy"))
    assert shown(parts)[1] == (f"{ARN}etl-legacy", "None", True)
    found = {f.rule.id: f for f in identify(parts, rules()) if f.element == "data"}
    assert found["undeclared-access"].outcome == "open"
    assert found["undeclared-access"].reason.because == (
        f"the exported rights let {ARN}etl-legacy write to data, and the file does not say so"
    )
    assert found["broad-training-data-access"].outcome == "assumed"  # how far the account is trusted is not known
    assert found["training-data-poisoning"].outcome == "assumed"


def test_an_actor_who_was_not_declared_has_the_trust_of_the_file(tmp_path):
    found = outcomes(parts_of(tmp_path, statement("etl", "clerk")))
    assert (found["undeclared-access"], found["broad-training-data-access"]) == ("open", "open")
    assert "training-data-poisoning" not in found


def test_a_bucket_that_anyone_may_write_is_poisoned_by_anyone(tmp_path):
    found = outcomes(parts_of(tmp_path, statement("*")))
    assert (found["undeclared-access"], found["training-data-poisoning"]) == ("open", "open")


def test_a_bucket_that_anyone_may_read_is_copied(tmp_path):
    found = outcomes(parts_of(tmp_path, statement("*", action=["s3:GetObject"])))
    assert found["copyable-data"] in ("open", "assumed")
    assert "undeclared-access" not in found


@pytest.mark.parametrize(("kind", "threat"), [
    ("model-registry", "model-tampering"), ("log-store", "tampered-log"), ("prompt-store", "prompt-tampering"),
])  # fmt: skip
def test_other_stores_have_their_threats(tmp_path, kind, threat):
    assert outcomes(parts_of(tmp_path, statement("etl"), kind=kind)).get(threat) in (None, "countered", "declared")
    assert outcomes(parts_of(tmp_path, statement("clerk"), kind=kind))[threat] == "open"
    assert outcomes(parts_of(tmp_path, statement("strange"), kind=kind))[threat] == "assumed"


def test_a_whole_measurement_settles_a_list_that_nobody_called_complete(tmp_path):
    lists = "writers: [etl, clerk],"
    assert shown(parts_of(tmp_path, statement("etl"), lists=lists)) == [("etl", "restricted", False)]
    assert "broad-training-data-access" not in outcomes(parts_of(tmp_path, statement("etl"), lists=lists))


def test_a_measurement_that_is_not_whole_takes_nobody_away(tmp_path):
    parts = parts_of(tmp_path, statement("etl"), lists="writers: [clerk],", whole=False)
    assert [m[0] for m in shown(parts)] == ["clerk", "etl", None]


def test_a_list_that_was_called_complete_and_is_not_is_no_longer_believed(tmp_path):
    parts = parts_of(tmp_path, statement("clerk"), whole=False)
    assert [m[0] for m in shown(parts)] == ["etl", "clerk", None]


def test_where_nothing_was_declared_a_known_actor_is_an_answer_and_no_contradiction(tmp_path):
    parts = parts_of(tmp_path, statement("clerk"), lists="")
    assert shown(parts) == [("clerk", "staff", False)]
    assert parts.corrections == ()


def test_an_unsigned_record_adds_writers_and_takes_none_away(tmp_path):
    parts = parts_of(tmp_path, statement("clerk"), measured=False)
    assert [m[0] for m in shown(parts)] == ["etl", "clerk", None]
    assert outcomes(parts)["undeclared-access"] == "open"
    assert parts.corrections == ()


def test_the_control_is_configured_and_never_verified(tmp_path):
    parts = parts_of(tmp_path, statement("etl", action=["s3:PutObject", "s3:GetObject"]))
    assert parts.ladder.of("data")["least-write-access"].level == "configured"
    assert parts.ladder.verified("data") == ()
    assert "least-write-access" not in parts_of(tmp_path, statement("etl", "x")).ladder.of("data")


def test_a_record_of_accounts_and_ids_that_are_gone_is_no_error(tmp_path):
    system = from_text(FILE.replace("KIND", "dataset").replace("LISTS", "path: a.csv,"), "m.yaml", {})
    strange = record(
        "data", "access", facts={"writers": ("gone", "", ": ", "public: x", "staff:"), "readers": "no list"}
    )
    evidence = Evidence((strange,), {"data": strange.digest}, {}, frozenset({strange.id}))
    parts = decompose(system, bind(system, evidence, strange.measured))
    assert {t.id for t in parts.things["data"].facts["writers"]} >= {"gone", "x"}
    assert identify(parts, rules())


@settings(max_examples=40, deadline=None)
@given(documents(), st.data())
def test_a_record_that_nobody_vouches_for_never_rules_a_threat_out(doc, data):
    able = [c for c, p in doc["components"].items() if "path" in p]
    if not able:
        return
    names = st.lists(st.sampled_from([*doc.get("actors", ()), "unknown: x", "public: anyone", "gone"]), max_size=3)
    facts = {"writers": tuple(data.draw(names)), "writers complete": True, "readers": tuple(data.draw(names))}
    seen = record(data.draw(st.sampled_from(able)), "access", facts=facts)
    before, after = found_in(doc), found_in(doc, seen, measured=False)
    stood = {i for i, f in before.items() if f.outcome in ("open", "assumed")}
    assert stood <= {i for i, f in after.items() if f.outcome in ("open", "assumed")}
