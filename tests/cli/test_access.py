"""`casemate access`: the words and the exit codes."""

import json

import pytest

ARN = "arn:aws:iam::1:role/"
MORE = """\
  applications:
    kind: dataset
    zone: cloud
    resource: arn:aws:s3:::b
    writers: {who: [etl], complete: yes}
    readers: {who: [etl], complete: yes}
"""
SYSTEM = """\
casemate: 1
name: Scoring
zones: {cloud: {trust: staff}}
actors: {etl: {trust: staff, accounts: role/etl}}
components:
""" + MORE  # fmt: skip


def policy(*who):
    named = {"AWS": [f"{ARN}{w}" for w in who]}
    actions = ["s3:PutObject", "s3:GetObject"]
    return {"Statement": [{"Effect": "Allow", "Principal": named, "Action": actions, "Resource": "arn:aws:s3:::b/*"}]}


@pytest.fixture
def run(casemate):
    def run(*args, who=("etl",), more=""):
        casemate.write("casemate.yaml", SYSTEM + more)
        casemate.write("bucket.json", json.dumps(policy(*who), indent=1))
        casemate.write("account.json", json.dumps({"RoleDetailList": [{"RoleName": "AWSServiceRoleForSupport"}]}))
        return casemate("access", *args)

    return run


BOTH = ("--export", "bucket.json", "--export", "account.json")


def test_rights_as_declared_end_with_0(run):
    assert run(*BOTH) == (0, "applications: writers as declared: etl\n  readers as declared: etl\n", "")


def test_a_writer_more_than_declared_ends_with_1(run):
    assert run(*BOTH, who=("etl", "etl-legacy")) == (
        1,
        "applications: 1 writer more than declared: role/etl-legacy (bucket.json:3)\n"
        "  1 reader more than declared: role/etl-legacy (bucket.json:3)\n",
        "",
    )


def test_an_export_that_does_not_show_everybody_ends_with_3(run):
    code, out, _ = run("--export", "bucket.json")
    assert code == 3
    assert "could not tell whether that is everybody" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_file_that_is_not_there_ends_with_3(run):
    assert run("--export", "gone.json")[:2] == (3, "applications: could not tell: gone.json: there is no such file\n")


def test_the_tasks_of_the_file_are_run_where_no_export_is_named(run):
    more = "measure: [{access: {of: applications, from: [bucket.json, account.json]}}]\n"
    assert run(more=more)[0] == 0


def test_without_anything_to_compare_it_says_what_to_give(run):
    assert run() == (2, "", "access: there is nothing to compare; give --export, or `measure: - access:`\n")
    assert run(*BOTH, "--component", "aplications")[2] == (
        "--component: 'aplications' is no component; did you mean 'applications'?\n"
    )


def test_the_json_says_where_everything_stands(run):
    (found,) = json.loads(run(*BOTH, "--format", "json", who=("etl", "x"))[1])["components"]
    assert found["writers"]["extra"] == [
        {"name": f"unknown: {ARN}x", "accounts": [f"{ARN}x"], "at": ["bucket.json:3"], "notes": []}
    ]
    assert found["verdict"] == "more"


def test_measuring_writes_records_that_the_assessment_uses(run, casemate):
    more = "measure: [{access: {of: applications, from: [bucket.json, account.json]}}]\n"
    run(more=more, who=("etl", "x"))
    code, out, _ = casemate("measure")
    assert code == 0
    assert "1 writer more than declared: role/x (bucket.json:3)" in out
    code, out, _ = casemate("assess", "--measure", "--format", "json")
    told = json.loads(out)
    assert "undeclared-access@applications" in {t["id"] for t in told["threats"]}
    assert {c["field"] for c in told["corrections"]} == {"writers", "readers"}


def test_a_task_of_the_file_opens_nothing_outside(run):
    (run.__closure__[0].cell_contents.root / "out").symlink_to("/etc/hostname")
    code, out, err = run(more="measure:\n  - access: {of: applications, from: [out]}\n")
    assert (code, out) == (3, "")
    assert err.endswith("an export was not read: out is a link that leads out of the folder of this file\n")


def test_a_measured_right_is_one_phrase(casemate):
    policy_of_three = json.dumps(policy("etl", "old", "older"), indent=1)
    task = "measure: [{access: {of: applications, from: [bucket.json]}}]\n"
    casemate.write("casemate.yaml", SYSTEM + task)
    casemate.write("bucket.json", policy_of_three)
    code, out, _ = casemate("measure")
    assert code == 0
    assert "writers: etl and accounts of no actor (role/old, role/older), perhaps others;" in " ".join(out.split())
