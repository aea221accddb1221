"""Measured against declared: the verdict, the names, the record, the command."""

import json
from datetime import date

import pytest

from casemate.core.errors import CasemateError
from casemate.core.trust import Trust
from casemate.define.build import from_text
from casemate.evidence.access.compare import compare
from casemate.evidence.access.measure import check, measure
from casemate.evidence.access.right import Right, Rights
from casemate.evidence.access.show import document, text
from casemate.evidence.gap import Gap
from casemate.evidence.read import statements
from casemate.evidence.statement import to_json

DAY = date(2026, 10, 2)
FILE = """\
casemate: 1
name: x
zones: {net: {trust: public}, z: {trust: staff}, team: {trust: staff, in: z}}
actors:
  etl: {trust: staff, zone: team, accounts: [role/etl, "serviceAccount:etl-*@x.com"]}
  ops: {trust: restricted, accounts: [role/ops]}
  visitor: {trust: public, zone: net}
components:
  applications:
    {kind: dataset, zone: z, writers: WRITERS, readers: {who: [etl, ops], complete: yes}, resource: "arn:aws:s3:::b"}
  job: {kind: preprocessing, zone: z, as: role/job}
  other: {kind: dataset, zone: z}
flows:
  - job -> applications: rows
"""
ARN = "arn:aws:iam::1:role/"


def system(writers="{who: [etl], complete: yes}", more=""):
    return from_text(FILE.replace("WRITERS", writers) + more, "m.yaml", {})


def rights(*who, may="write", whole=True, **more):
    return Rights(tuple(Right(w, may, f"iam.json:{i}", **more) for i, w in enumerate(who, 1)), whole)


def writers(found, of=None):
    return compare(of or system(), "applications", found).sides[0]


@pytest.mark.parametrize(("found", "word"), [
    (rights(f"{ARN}etl"), "equal"),
    (rights("serviceAccount:etl-7@x.com"), "equal"),
    (rights(f"{ARN}etl", f"{ARN}ops"), "more"),
    (rights(f"{ARN}etl", f"{ARN}etl-legacy"), "more"),
    (rights(), "fewer"),
    (rights(f"{ARN}etl", whole=False), "unclear"),
    (rights(f"{ARN}ops", whole=False), "more"),
    (rights(f"{ARN}ops", sure=False), "unclear"),
    (rights(f"{ARN}etl", sure=False), "equal"),
    (Rights((), True, ("x: cannot be read",)), "unclear"),
    (rights(f"{ARN}etl", may="grant"), "equal"),
    (rights(f"{ARN}job"), "fewer"),  # its flow says that it writes
])  # fmt: skip
def test_the_verdict_on_the_writers(found, word):
    assert writers(found).word == word


def test_an_account_that_only_may_is_not_settled():
    assert writers(rights(f"{ARN}etl", sure=False)).all_found is False


def test_the_zone_of_an_actor_is_a_declaration_too():
    (holder,) = writers(rights(f"{ARN}etl"), system("{who: [z], complete: yes}")).found
    assert (holder.name, holder.accounts) == ("z", (f"{ARN}etl",))


def test_anyone_is_whoever_the_file_trusts_least():
    anyone = rights("anyone", trust=Trust.PUBLIC)
    assert writers(anyone).extra[0].name == "public: anyone"
    assert writers(anyone, system("[visitor]")).word == "equal"


def test_a_component_without_a_flow_is_as_trusted_as_its_zone():
    (holder,) = compare(system(), "other", rights(f"{ARN}job")).sides[0].extra
    assert holder.name == f"staff: {ARN}job"


def test_a_role_of_the_same_name_in_another_account_is_somebody_else():
    found = rights(f"{ARN}etl", "arn:aws:iam::999999999999:role/etl")
    assert {h.name for h in writers(found).extra} == {
        f"unknown: {ARN}etl",
        "unknown: arn:aws:iam::999999999999:role/etl",
    }
    whole = FILE.replace("[role/etl,", f'["{ARN}etl",').replace("WRITERS", "{who: [etl], complete: yes}")
    (stranger,) = writers(found, from_text(whole, "m.yaml", {})).extra
    assert stranger.name == "unknown: arn:aws:iam::999999999999:role/etl"


def test_where_nothing_is_declared_everybody_is_news():
    assert compare(system(), "other", rights(f"{ARN}etl")).sides[0].word == "more"


def test_it_is_told_in_words():
    found = compare(system(), "applications", rights(f"{ARN}etl", f"{ARN}etl-legacy"))
    assert text([found]) == (
        "applications: 1 writer more than declared: role/etl-legacy (iam.json:2)\n"
        "  2 readers fewer than declared: etl, ops\n"
    )  # fmt: skip


def test_of_many_the_first_are_named_and_the_others_counted():
    found = [compare(system(), "other", rights(*(f"user/u{i:03}" for i in range(57))))]
    said = " ".join(text(found).split())
    assert said.startswith("other: 57 writers found, none declared: user/u000 (iam.json:1), user/u001")
    assert "user/u019 (iam.json:20) and 37 more" in said
    assert len(json.loads(document(found))["components"][0]["writers"]["extra"]) == 57


def test_a_name_moves_no_cursor():
    assert "\x1b" not in text([compare(system(), "applications", rights("\x1b[2J"))])
    assert "\\x1b" in document([compare(system(), "applications", rights("\x1b[2J"))])


def test_a_record_of_hostile_names_can_be_read_back(tmp_path):
    everyone = {"Type": "CanonicalUser", "ID": "\x1b[2J\u202e" + "x" * 5000}
    grants = {"Grants": [{"Grantee": everyone, "Permission": "WRITE"}]}
    (tmp_path / "acl.json").write_text(json.dumps(grants))
    found = measure(task("{of: applications, from: acl.json}"), system(), tmp_path, DAY)
    (back, _) = statements("\n".join(json.dumps(to_json(s)) for s in found), "e.jsonl")
    assert back.facts["writers"] == found[0].facts["writers"]


def task(what):
    return system(more=f"measure:\n  - access: {what}\n").measure[0]


@pytest.mark.parametrize(("what", "error"), [
    ("application", "m.yaml:16:5: access names 'application', which is no component; did you mean 'applications'?"),
    ("other", "m.yaml:16:5: other has no file whose modes could be read; give `from: [<export>]`"),
    ("{of: other, form: a}", "m.yaml:16:5: access has no setting 'form'; did you mean 'from'?"),
    ("{of: other, from: {}}", "m.yaml:16:5: access has a 'from' that is no list of files; write `from: [iam.json]`"),
    ("{from: a}", "m.yaml:16:5: access names no component; write `- access: {of: <component>, from: [<file>]}`"),
])  # fmt: skip
def test_a_wrong_task_is_named(what, error):
    with pytest.raises(CasemateError) as caught:
        check(task(what), system())
    assert str(caught.value) == error


POLICY = {"Statement": [
    {"Effect": "Allow", "Principal": {"AWS": [f"{ARN}etl"]}, "Action": ["s3:PutObject", "s3:GetObject"],
     "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Allow", "Principal": {"AWS": [f"{ARN}ops"]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
]}  # fmt: skip
IDENTITIES = {"RoleDetailList": [{"Arn": f"{ARN}nothing", "RoleName": "nothing"}]}
TASK = "{of: applications, from: [bucket.json, account.json]}"


def exported(root, policy=POLICY):
    (root / "bucket.json").write_text(json.dumps(policy, indent=1))
    (root / "account.json").write_text(json.dumps(IDENTITIES))
    return measure(task(TASK), system(), root, DAY)


def test_rights_as_declared_are_facts_and_lift_the_controls_to_configured_only(tmp_path):
    facts, controls = exported(tmp_path)
    assert (facts.kind, dict(facts.facts)) == ("access", {
        "writers": ("etl",), "writers complete": True, "readers": ("etl", "ops"), "readers complete": True,
    })  # fmt: skip
    assert (controls.kind, [(c.id, c.verified) for c in controls.controls]) == (
        "configuration", [("least-write-access", True), ("least-read-access", True)],
    )  # fmt: skip
    assert set(facts.settings["exports"]) == {"bucket.json", "account.json"}


def test_a_writer_more_takes_the_control_away(tmp_path):
    more = {"Statement": [*POLICY["Statement"], {**POLICY["Statement"][0], "Principal": "*"}]}
    facts, controls = exported(tmp_path, more)
    assert facts.facts["writers"] == ("etl", "public: anyone")
    assert [c.verified for c in controls.controls] == [False, False]
    assert "1 writer more than declared: anyone (bucket.json:" in facts.findings[0]


def test_an_export_that_is_not_there_is_a_gap(tmp_path):
    with pytest.raises(Gap) as caught:
        measure(task("{of: applications, from: gone.json}"), system(), tmp_path, DAY)
    assert str(caught.value) == (
        "m.yaml:16:5: the rights on applications were not measured: gone.json: there is no such file"
    )
