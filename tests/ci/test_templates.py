"""What people copy into their CI: it parses, its commands and options exist, no input becomes a part of a script."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from casemate import __version__
from casemate.cli import Commands
from casemate.core import shelf

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
SYSTEM = """\
casemate: 1
name: "Scoring ::error::forged"
zones:
  internet: {trust: public}
  cloud: {trust: staff}
actors:
  client: {trust: public, zone: internet}
components:
  api: {kind: endpoint, zone: cloud, auth: none}
  engine: {kind: inference, zone: cloud, runs: scorer}
  scorer: {kind: model, zone: cloud, proprietary: yes, provider: {version: floating}}
flows:
  - client -> api: application
  - api -> engine: features
  - engine -> api: score
  - api -> client: score
"""


def checked(words):
    """The options of a command line, each of which the command has."""
    assert words[0] == "casemate"
    commands = Commands()
    command = commands.get_command(click.Context(commands), words[1])
    assert command is not None, words
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--"}
    given = [w for w in words[2:] if w.startswith("-")]
    assert [o for o in given if o not in known] == []
    forms = [
        words[i + 1].partition("=")[0] for i, w in enumerate(words) if w in ("--output", "-o") and words[1] == "assess"
    ]
    assert [f for f in forms if f not in shelf.names("report")] == []
    return given


def expanded(script):
    """A line of shell with `${NAME:+words}` written out, as where every variable is set."""
    return shlex.split(re.sub(r"\$\{\w+:\+([^}]*)\}", r"\1", script))


# The hooks.


def test_the_hooks_run_commands_that_exist():
    assert [h["id"] for h in HOOKS] == ["casemate-check", "casemate-assess"]
    for h in HOOKS:
        checked([*shlex.split(h["entry"]), *h.get("args", [])])
        assert h["language"] == "python"


@pytest.mark.parametrize(
    ("name", "hooks"),
    [
        ("casemate.yaml", [0, 1]),
        ("a/b.casemate.yaml", [0, 1]),
        ("evidence/a.jsonl", [1]),
        ("policy.yaml", [1]),
        ("baseline.yaml", [1]),
        ("notcasemate.yaml", []),
        ("casemate.yaml.j2", []),
        ("src/a.py", []),
    ],
)
def test_a_hook_takes_these_files(name, hooks):
    assert [i for i, h in enumerate(HOOKS) if re.search(h["files"], name)] == hooks


# GitLab.


def test_the_job_of_gitlab_runs_commands_that_exist_and_pins_this_version():
    job = GITLAB["casemate"]
    (line,) = job["script"]
    assert set(checked(expanded(line))) == {"--measure", "--policy", "--baseline", "--output", "--"}
    assert job["variables"]["CASEMATE_PACKAGE"] == f"casemate=={__version__}"
    assert job["artifacts"]["when"] == "always"
    written = re.findall(r"--output \w+=(\S+)", line)
    assert job["artifacts"]["reports"]["junit"] in written
    assert sorted(job["artifacts"]["paths"]) == sorted(written)


def test_the_job_of_gitlab_runs_in_a_shell(tmp_path):
    (tmp_path / "casemate.yaml").write_text(SYSTEM)
    (tmp_path / "p.yaml").write_text("name: none\n")
    (line,) = GITLAB["casemate"]["script"]
    env = {**os.environ, **GITLAB["casemate"]["variables"], "CASEMATE_POLICY": "p.yaml"}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=tmp_path, env=env, check=False)
    assert done.returncode == 0
    assert {"casemate.html", "casemate.sarif", "casemate-junit.xml"} <= {p.name for p in tmp_path.iterdir()}


# The action.


def test_no_input_of_the_action_stands_in_a_script():
    steps = ACTION["runs"]["steps"]
    assert not [s for s in steps if "${{" in s["run"] or "uses" in s]
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(steps)))
    assert used == set(ACTION["inputs"])
    assert all(re.fullmatch(r"\$\{\{ inputs\.[a-z-]+ \}\}", v) for s in steps for v in s["env"].values())


def test_every_default_of_the_action_is_a_text():
    assert all(isinstance(i["default"], str) and i["description"] for i in ACTION["inputs"].values())


def inputs(**given):
    """The variables that the runner sets for the second step."""
    step = ACTION["runs"]["steps"][1]
    names = {key: re.search(r"inputs\.([a-z-]+)", v)[1] for key, v in step["env"].items()}
    told = {name: i["default"] for name, i in ACTION["inputs"].items()} | {
        k.replace("_", "-"): v for k, v in given.items()
    }
    return {key: told[name] for key, name in names.items()}


@pytest.fixture
def step(tmp_path):
    """The second step of the action, as the runner runs it, with this Python as the one that was installed."""
    bin_ = tmp_path / "temp" / "casemate" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (bin_ / "python").chmod(0o755)
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "casemate.yaml").write_text(SYSTEM)
    (repo / "strict.yaml").write_text(
        "name: s\nfails on: [open-measured]\nrequires: [{evidence: redteam, of: [model]}]\n"
    )

    def run(**given):
        env = {
            **os.environ, **inputs(**given), "RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "GITHUB_ACTIONS": "true", "SOURCE_DATE_EPOCH": "1795392000",
        }  # fmt: skip
        script = ACTION["runs"]["steps"][1]["run"]
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=repo, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    run.root = tmp_path
    return run


def test_the_action_ends_as_the_gate_does_and_says_so(step):
    code, _, err = step(policy="strict.yaml", junit="out/junit.xml", html="out/report.html")
    assert (code, err) == (3, "")
    assert (step.root / "output").read_text() == "exit-code=3\n"
    assert (step.root / "summary").read_text("utf-8").startswith("## Scoring")
    assert {p.name for p in (step.root / "repo" / "out").iterdir()} == {"junit.xml", "report.html"}
    assert step(policy="strict.yaml", exit_zero="true")[0] == 0


def test_nothing_of_a_system_file_is_a_command_and_the_annotations_are(step):
    _, out, _ = step(policy="strict.yaml")
    lines = out.splitlines()
    token = re.fullmatch("::stop-commands::([0-9a-f]{32})", lines[0])[1]
    end = lines.index(f"::{token}::")
    assert not [x for x in lines[1:end] if re.match(r"\s*::(error|warning|notice) file=", x)]
    assert [x for x in lines[end + 1 :] if not re.match(r"::(error|warning|notice)[ :]", x)] == []
    assert "::error file=casemate.yaml,line=11,title=required-evidence::" in out
    assert token not in step(policy="strict.yaml")[1]


def test_code_scanning_gets_what_is_not_suppressed(step):
    step(policy="strict.yaml")
    every = results(step)
    done = subprocess.run(
        [sys.executable, "-m", "casemate", "baseline", "--by", "Ada", "--until", "2027-01-01", "--today", "2026-11-23"],
        cwd=step.root / "repo", check=False,
    )  # fmt: skip
    assert done.returncode == 0
    step(policy="strict.yaml", baseline="baseline.yaml")
    assert [x["ruleId"] for x in results(step)] == ["policy/required-evidence"]
    assert len(every) > 1


def results(step):
    return json.loads((step.root / "repo" / "casemate.sarif").read_text("utf-8"))["runs"][0]["results"]


def test_errors_of_a_file_are_annotated(step):
    (step.root / "repo" / "casemate.yaml").write_text(SYSTEM + "colour: red\n")
    code, out, _ = step()
    assert code == 2
    assert "::error file=casemate.yaml,line=17,col=1,title=Casemate::" in out
    assert (step.root / "output").read_text() == "exit-code=2\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": "--help"}, "file is no path; write it relative to the repository"),
        ({"file": ""}, "file is empty; name the system file"),
        ({"file": "/etc/passwd"}, "file leads out of the repository; write it relative to the repository, with /"),
        ({"sarif": "../x"}, "sarif leads out of the repository; write it relative to the repository, with /"),
        ({"baseline": "a\n::set-output name=x::y"}, "baseline is no path; write it relative to the repository"),
        ({"measure": "yes; id"}, "measure is neither true nor false"),
        ({"exit_zero": "1"}, "exit-zero is neither true nor false"),
    ],
)
def test_an_input_that_is_not_what_it_should_be_is_refused(step, given, said):
    code, out, err = step(**given)
    assert (code, out, err) == (2, f"::error title=Casemate::{said}\n", "")


@pytest.mark.parametrize("text", ["$(touch x).yaml", "`touch x`.yaml", "a;touch x", "a b.yaml", "'\"x"])
def test_a_name_with_shell_in_it_is_a_name(step, text):
    code, out, _ = step(file=text)
    assert code == 2
    assert "there is no such file" in out
    assert not (step.root / "repo" / "x").exists()


@pytest.mark.parametrize("given", [{"EXTRAS": "a]; touch x"}, {"EXTRAS": "A"}, {"PYTHON": "-c"}, {"PYTHON": "a b"}])
def test_what_is_installed_and_with_what_is_checked_first(tmp_path, given):
    step = ACTION["runs"]["steps"][0]
    env = {**os.environ, "EXTRAS": "", "PYTHON": "python3", **given, "RUNNER_TEMP": str(tmp_path / "t")}
    done = subprocess.run(
        [shutil.which("bash"), "-c", step["run"]], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=Casemate::")
    assert list(tmp_path.iterdir()) == []


# The page.


def test_the_page_names_every_input_and_output_and_its_examples_are_true():
    assert [i for i in (*ACTION["inputs"], *ACTION["outputs"]) if f"`{i}`" not in PAGE] == []
    blocks = [yaml.safe_load(b) for b in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    steps = [s for b in blocks for job in b.get("jobs", {}).values() for s in job["steps"]]
    ours = [s for s in steps if "/casemate@" in s.get("uses", "")]
    assert ours
    assert not [k for s in ours for k in s.get("with", {}) if k not in ACTION["inputs"]]
    assert not [s for s in steps if "uses" in s and not re.search(r"@(v[0-9.]+|[0-9a-f]{40})$", s["uses"])]
    hooks = [h["id"] for b in blocks for r in b.get("repos", ()) for h in r["hooks"]]
    assert set(hooks) == {h["id"] for h in HOOKS}
    for line in re.findall(r"^(?:\$ )?(casemate [^\n`]+)$", PAGE, re.MULTILINE):
        checked(shlex.split(line))
