"""The passport of the last release in the next assessment, and the short way to its check."""

import json
import subprocess
import sys

import pytest

DAY = ("--today", "2026-11-23")


@pytest.fixture
def issued(casemate):
    casemate.add("policy: nothing.yaml\n")
    casemate("sign", "--new-key", "k", "--no-passphrase")
    assert casemate("passport", "issue", "--key", "k", "--measure", *DAY)[0] == 0
    return casemate


def test_an_assessment_says_whether_the_passport_beside_the_system_file_holds(issued):
    said = " ".join(issued("assess", *DAY)[1].split())
    assert "passport: valid from 2026-11-23 to 2027-02-21, and signed by nobody whom the policy names" in said
    issued.write("nothing.yaml", "name: another\n")
    said = " ".join(issued("assess", *DAY)[1].split())
    assert "passport: void, because the policy is another (passport.json)" in said
    doc = json.loads(issued("assess", *DAY, "--format", "json")[1])
    assert doc["passport"] == {"state": "void", "because": ["the policy is another"], "signed": False}
    doc = json.loads(issued("assess", *DAY, "--format", "json", "--passport", "none.json")[1])
    assert doc["passport"]["because"] == ["it was not read: there is no such file"]
    (issued.root / "passport.json").unlink()
    assert "passport" not in json.loads(issued("assess", *DAY, "--format", "json")[1])


def test_python_m_casemate_takes_the_short_way_and_any_other_form_the_long_one(issued):
    words = ["passport", "verify", "passport.json", "--key", "k.pub", "--model", "scorer.pkl", *DAY]
    for more, code in (
        (["--component", "scorer"], 0),
        (["--component=scorer"], 0),
        (["--component", "api"], 1),
        (["-x"], 2),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "casemate", *words, *more],
            capture_output=True,
            text=True,
            cwd=issued.root,
            check=False,
        )
        assert (ran.returncode, ran.stdout.split("  ")[0]) == (code, ["VALID", "REFUSED", ""][code])


def test_a_policy_that_wants_a_passport_fails_without_one_and_lets_a_new_one_be_issued(casemate):
    casemate.add("policy: p.yaml\n")
    casemate("sign", "--new-key", "k", "--no-passphrase")
    casemate.write(
        "p.yaml",
        "name: p\nfails on: [passport-void, passport-missing]\nsigners: [{name: ci, public key: k.pub}]\n",
    )

    def gate():
        code, out, _ = casemate("assess", "--measure", "--format", "json", *DAY)
        return code, [r["rule"] for r in json.loads(out)["gate"]["reasons"]]

    assert gate() == (1, ["passport-missing"])
    assert casemate("passport", "issue", "--key", "k", "--measure", *DAY)[0] == 0
    assert gate() == (0, [])
    casemate.add("policy: p.yaml\n# another\n")
    assert gate() == (1, ["passport-void"])
    assert casemate("passport", "issue", "--key", "k", "--measure", *DAY)[0] == 0
    assert gate() == (0, [])
