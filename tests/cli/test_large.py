"""A system in parts and with a shared component, as people run it: places, hints, the same commands as for one file."""

import hashlib

import pytest

PLATFORM = """\
casemate: 1
name: Platform
zones: {cluster: {trust: staff}}
components:
  api: {kind: endpoint, zone: cluster, auth: token, rate limit: per-client, patched: yes}
"""
ROOT = """\
casemate: 1
name: Loans
include: [parts/serving.yaml]
zones: {internet: {trust: public}, cloud: {trust: staff}}
actors: {client: {trust: public, zone: internet}}
components:
  api: {kind: endpoint, zone: cloud, from: {file: ../platform/casemate.yaml, digest: sha256:%s}}
flows:
  - client -> api: application
  - api -> engine: features
  - api -> client: decision
measure:
  - scan: scorer
"""
SERVING = """\
components:
  engine: {kind: inference, zone: cloud, runs: scorer}
  scorer: {kind: model, zone: cloud, format: pickle, path: scorer.pkl}
flows:
  - engine -> api: score
"""


@pytest.fixture
def loans(casemate):
    (casemate.root / ".git").mkdir()
    casemate.write("platform/casemate.yaml", PLATFORM)
    casemate.write("loans/casemate.yaml", ROOT % hashlib.sha256(PLATFORM.encode()).hexdigest())
    casemate.write("loans/parts/serving.yaml", SERVING)
    (casemate.root / "scorer.pkl").rename(casemate.root / "loans" / "scorer.pkl")
    return casemate


def test_the_parts_are_checked_as_one_file(loans):
    code, out, _ = loans("check", "loans")
    assert code == 0
    assert out.startswith("loans/casemate.yaml: no errors; 3 components, 4 flows, 1 actor, ")
    assert "Hint" not in out


def test_a_threat_in_a_part_stands_there(loans):
    _, out, _ = loans("why", "unsafe-artifact-load@scorer", "loans")
    assert "format of scorer is pickle (parts/serving.yaml:3)" in out


def test_what_is_measured_lies_beside_the_system_file(loans):
    code, _, err = loans("measure", "loans")
    assert code == 0, err
    assert (loans.root / "loans" / "evidence").is_dir()


def test_errors_of_a_part_name_the_part(loans):
    loans.write("loans/parts/serving.yaml", SERVING.replace("pickle", "pikle"))
    code, out, err = loans("assess", "loans")
    assert (code, out) == (2, "")
    assert err == "loans/parts/serving.yaml:3:46: format is never 'pikle'; did you mean 'pickle'?\n"


def test_a_shared_file_that_changed_is_a_hint_with_its_new_digest(loans):
    text = PLATFORM.replace("token", "none")
    loans.write("platform/casemate.yaml", text)
    code, out, _ = loans("check", "loans")
    assert code == 0
    now = hashlib.sha256(text.encode()).hexdigest()
    assert (
        "Hint: casemate.yaml:7: ../platform/casemate.yaml has changed, so what it says of api counts as unknown for "
        f"api; read what changed, then write `digest: sha256:{now}`." in " ".join(out.split())
    )


def test_what_a_shared_file_ruled_out_comes_back_when_it_changes(loans):
    def named():
        _, out, _ = loans("assess", "loans", "--format", "json", "--exit-zero")
        import json

        return {t["id"]: t["outcome"] for t in json.loads(out)["threats"]}

    before = named()
    loans.write("platform/casemate.yaml", PLATFORM.replace("Platform", "Platform 2"))
    assert named()["unauthenticated-endpoint@api"] == "assumed" != before.get("unauthenticated-endpoint@api")


def test_a_portfolio_holds_systems_in_parts(loans):
    loans.write("platform/casemate.yaml", PLATFORM + "# newer\n")
    code, out, _ = loans("report", "--portfolio", ".", "--today", "2026-11-23")
    assert code == 0
    told = " ".join(out.split())
    assert "loans/casemate.yaml" in told
    assert "Loans: ../platform/casemate.yaml, which describes api, has changed" in told
