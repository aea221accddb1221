"""`casemate diff` between files, git revisions and saved assessments, as people run it."""

import json
import os
import shutil
import subprocess

import pytest

from casemate.cli import _git, _sides

DAY = ("--today", "2026-11-23")
SAYS = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@pytest.fixture
def git(casemate, monkeypatch):
    """A repository with the project's first state as `main`; gives a function that runs git in it."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for name, value in SAYS.items():
        monkeypatch.setenv(name, value)

    def run(*args):
        who = ("-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *who, *args], cwd=casemate.root, check=True, capture_output=True, text=True
        ).stdout

    run("init", "-q", "-b", "main")
    run("add", "-A")
    run("commit", "-q", "-m", "first")
    return run


def commit(git, message="more"):
    git("add", "-A")
    git("commit", "-q", "-m", message)


def of(casemate, *args):
    """The comparison as data, and the exit code."""
    code, out, err = casemate("diff", *args, "--format", "json", *DAY)
    assert code in (0, 1, 3), err
    return code, json.loads(out)


def causes(doc):
    return {i for t in doc["threats"] for i in t["because"]["changes"]}


# ------------------------------------------------------------------------------------------------- revisions


def test_a_revision_is_compared_with_the_file_here(casemate, git):
    casemate.change("auth: none", "auth: sso")
    code, doc = of(casemate, "main:casemate.yaml")
    assert (code, causes(doc)) == (0, {"auth@api"})
    assert [c["said"] for c in doc["changes"]] == ["auth of api: none → sso"]
    assert doc["changes"][0]["where"] == "casemate.yaml:9"


def test_what_got_worse_ends_with_1_unless_it_may_not(casemate, git):
    casemate.change("auth: none", "auth: sso")
    commit(git)
    args = ("diff", "main:casemate.yaml", "main~1:casemate.yaml", *DAY)
    assert casemate(*args)[0] == 1
    assert casemate(*args, "--exit-zero")[0] == 0


def test_a_revision_that_is_the_same_says_so(casemate, git):
    code, out, _ = casemate("diff", "main:casemate.yaml", "HEAD:casemate.yaml", *DAY)
    assert (code, out.splitlines()[3]) == (0, "Nothing changed. Both sides say the same.")


def test_the_folder_of_the_file_will_do(casemate, git):
    casemate.write("deep/down/casemate.yaml", (casemate.root / "casemate.yaml").read_text())
    commit(git)
    assert of(casemate, "main:deep/down", "main:deep/down/casemate.yaml")[1]["threats"] == []


def test_policy_threats_and_evidence_come_from_the_revision(casemate, git):
    casemate.write("rules.yaml", "name: first\nfails on: [open-measured]\n")
    casemate.write("local/house-rule.yaml", RULE)
    casemate.add("policy: rules.yaml\ncatalog: [local/]\n")
    assert casemate("measure", *DAY)[0] == 0
    commit(git)
    casemate.write("rules.yaml", "name: second\nfails on: [open-measured]\n")
    casemate.write("local/house-rule.yaml", RULE.replace("format: [pickle]", "format: [onnx]"))
    (casemate.root / "evidence/scan.jsonl").unlink()
    _, doc = of(casemate, "main:casemate.yaml")
    assert {c["id"] for c in doc["changes"]} == {"policy:name", "threats:house-rule", "evidence:scorer/scan"}
    (house,) = [t for t in doc["threats"] if t["id"] == "house-rule@scorer"]
    assert (house["before"]["outcome"], house["after"]["outcome"]) == ("open", "declared")
    assert house["because"]["changes"] == ["threats:house-rule"]


RULE = """\
id: house-rule
title: The house forbids the format of {id}
stride: [tampering]
maturity: feasible
attacker: partner
about: [model]
when: {format: [pickle]}
because: "{id} is a {format}"
harms: takeover
countered by: [code-free-format]
examples:
  one: {model: {format: pickle}, gives: open}
  two: {model: {format: onnx}, gives: nothing}
"""


def test_the_model_of_the_revision_is_what_its_evidence_speaks_of(casemate, git):
    assert casemate("measure", *DAY)[0] == 0
    commit(git)
    casemate.hostile()
    commit(git, "another model")
    _, doc = of(casemate, "main~1:casemate.yaml", "main:casemate.yaml")
    (moved,) = doc["evidence"]
    assert (moved["before"], moved["after"]) == ("valid, attested", "void, attested")


def test_what_git_ignores_comes_from_the_working_tree_and_is_said_to(casemate, git):
    casemate.write(".gitignore", "*.pkl\nevidence/\n")
    git("rm", "-q", "--cached", "scorer.pkl")
    assert casemate("measure", *DAY)[0] == 0
    commit(git)
    casemate.hostile()
    code, doc = of(casemate, "main:casemate.yaml")
    assert (code, doc["threats"], doc["evidence"]) == (0, [], [])
    note = "main:casemate.yaml: git ignores evidence, scorer.pkl, so the working tree's was taken"
    assert note in doc["notes"]


def test_an_untracked_model_is_absent_from_the_revision(casemate, git):
    git("rm", "-q", "--cached", "scorer.pkl")
    git("commit", "-q", "-m", "without the model")
    assert casemate("measure", *DAY)[0] == 0
    git("add", "evidence")
    git("commit", "-q", "-m", "with its evidence")
    _, doc = of(casemate, "main:casemate.yaml")
    assert [m["before"] for m in doc["evidence"]] == ["void, attested"]
    assert doc["notes"] == []


def test_parts_of_a_revision_are_read_with_it(casemate, git):
    text = (casemate.root / "casemate.yaml").read_text()
    head, flows, rest = text.partition("flows:\n")
    casemate.write("casemate.yaml", head + "include: [parts/flows.yaml]\n")
    casemate.write("parts/flows.yaml", flows + rest.partition("measure:")[0])
    commit(git)
    casemate.write("parts/flows.yaml", "flows:\n  - client -> api: application\n")
    folder = casemate.root / "there"
    folder.mkdir()
    assert _sides._fetch(_git.revision("main:casemate.yaml"), folder) == []
    assert (folder / "parts/flows.yaml").read_text() == flows + rest.partition("measure:")[0]
    assert {p.name for p in folder.rglob("*") if p.is_file()} == {"casemate.yaml", "flows.yaml", "scorer.pkl"}


def test_an_error_in_a_revision_names_the_revision(casemate, git):
    casemate.change("auth: none", "auth: noone")
    commit(git)
    casemate.change("auth: none", "auth: sso")
    code, _, err = casemate("diff", "main:casemate.yaml", *DAY)
    assert (code, err) == (2, "main:casemate.yaml:9:44: auth is never 'noone'; did you mean 'none'?\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere:casemate.yaml", "git knows no revision 'nowhere'; git log --all --oneline lists some"),
        ("--output=x:casemate.yaml", "git knows no revision '--output=x'; git log --all --oneline lists some"),
        ("-cx:casemate.yaml", "git knows no revision '-cx'; git log --all --oneline lists some"),
        ("HEAD@{u}:casemate.yaml", "git knows no revision 'HEAD@{u}'; git log --all --oneline lists some"),
        (":casemate.yaml", "is no file of a revision; write REVISION:PATH, such as main:casemate.yaml"),
        ("main:", "is no file of a revision; write REVISION:PATH, such as main:casemate.yaml"),
        ("ma\nin:casemate.yaml", "is no file of a revision; write REVISION:PATH, such as main:casemate.yaml"),
    ],
)
def test_a_strange_revision_is_an_error_that_says_what_to_write(casemate, git, name, said):
    code, _, err = casemate("diff", "--", name)
    assert (code, err) == (2, f"{name.replace(chr(10), '?')}: {said}\n")
    assert "x" not in casemate.files()


def test_a_file_that_the_revision_lacks_is_an_error(casemate, git):
    commit_id = git("rev-parse", "main").strip()[:12]
    code, _, err = casemate("diff", "main:other.yaml")
    said = f"the revision 'main' holds no file 'other.yaml'; git ls-tree -r --name-only {commit_id} lists what it holds"
    assert (code, err) == (2, f"main:other.yaml: {said}\n")


def test_outside_a_repository_a_revision_is_an_error(casemate, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(casemate.root.parent))
    code, _, err = casemate("diff", "main:casemate.yaml")
    assert (code, err) == (2, "git: found no repository here; go to the folder of the repository\n")


def test_without_git_a_revision_is_an_error(casemate, monkeypatch):
    monkeypatch.setenv("PATH", str(casemate.root))
    code, _, err = casemate("diff", "main:casemate.yaml")
    assert (code, err) == (2, "git: cannot be run; install git, or compare files and saved assessments\n")


def test_links_and_paths_that_lead_out_of_a_revision_are_never_followed(casemate, git, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.pkl"
    secret.write_bytes(b"secret")
    (casemate.root / "scorer.pkl").unlink()
    (casemate.root / "scorer.pkl").symlink_to(secret)
    casemate.write("casemate.yaml", (casemate.root / "casemate.yaml").read_text() + "policy: ../../policy.yaml\n")
    commit(git)
    code, _, err = casemate("diff", "main:casemate.yaml", "nothing.yaml")
    assert (code, err.partition(":")[0]) == (2, "main")
    assert "there is no such file" in err


def test_a_revision_that_refers_to_too_much_is_refused(casemate, git, monkeypatch):
    monkeypatch.setattr(_git, "MOST_FILES", 0)
    code, _, err = casemate("diff", "main:casemate.yaml", *DAY)
    assert code == 2
    assert "refers to more than" in err


def test_git_that_takes_too_long_is_stopped(casemate, monkeypatch):
    casemate.write("bin/git", "#!/bin/sh\nexec sleep 600\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{casemate.root}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(_git, "SECONDS", 0.2)
    code, _, err = casemate("diff", "main:casemate.yaml", *DAY)
    assert (code, "took longer than" in err) == (2, True)


# ----------------------------------------------------------------------------------------- files and saved ones


def test_two_files_are_compared_without_git(casemate):
    casemate.write("before.yaml", (casemate.root / "casemate.yaml").read_text())
    casemate.change("auth: none", "auth: sso")
    code, doc = of(casemate, "before.yaml", "casemate.yaml")
    assert (code, causes(doc)) == (0, {"auth@api"})
    assert (doc["old"]["label"], doc["new"]["label"]) == ("before.yaml", "casemate.yaml")


def test_a_saved_assessment_is_compared_as_far_as_it_tells(casemate):
    assert casemate("assess", "--output", "json=saved.json", "--exit-zero", *DAY)[0] == 0
    same = of(casemate, "saved.json", "casemate.yaml")[1]
    assert (same["threats"], same["evidence"], same["gate"]) == ([], [], {"gone": [], "new": []})
    casemate.change("format: pickle", "format: onnx")
    code, doc = of(casemate, "saved.json", "casemate.yaml")
    (load,) = [t for t in doc["threats"] if t["id"] == "unsafe-artifact-load@scorer"]
    assert (code, doc["changes"], load["before"]["outcome"]) == (1, None, "assumed")
    assert doc["notes"] == ["saved.json: a saved assessment holds no facts, so what was changed cannot be named"]
    _, text, _ = casemate("diff", "saved.json", "casemate.yaml", *DAY)
    assert "why: a saved assessment does not tell" in text


def test_a_saved_assessment_of_another_form_is_an_error(casemate):
    casemate("assess", "--output", "json=saved.json", "--exit-zero", *DAY)
    doc = json.loads((casemate.root / "saved.json").read_text())
    casemate.write("saved.json", json.dumps(doc | {"version": 99}))
    code, _, err = casemate("diff", "saved.json", "casemate.yaml")
    said = "saved.json: is a saved assessment of form 99, and this version reads form 1; save it again"
    assert (code, err) == (2, f"{said}: casemate assess --output json=FILE\n")


def test_what_is_not_there_is_an_error(casemate):
    code, _, err = casemate("diff", "none.yaml")
    todo = "name a system file, a saved assessment, or REVISION:PATH such as main:casemate.yaml"
    assert (code, err) == (2, f"none.yaml: there is no such file; {todo}\n")


def test_an_unknown_format_is_an_error_before_anything_is_read(casemate):
    code, _, err = casemate("diff", "none.yaml", "--format", "markdwon")
    assert (code, err) == (2, "--format: there is no format 'markdwon'; did you mean 'markdown'?\n")


def test_every_format_can_be_written_at_once_and_twice_the_same(casemate, git):
    casemate.change("auth: none", "auth: sso")
    made = []
    for name in ("one", "two"):
        outputs = [x for f in ("json", "markdown", "text") for x in ("--output", f"{f}={name}.{f}")]
        assert casemate("diff", "main:casemate.yaml", *outputs, *DAY)[0] == 0
        made.append([(casemate.root / f"{name}.{f}").read_bytes() for f in ("json", "markdown", "text")])
    assert made[0] == made[1]
    assert casemate("diff", "main:casemate.yaml", *DAY)[1].encode() == made[0][2]
