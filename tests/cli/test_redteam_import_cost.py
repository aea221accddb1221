"""Nobody pays for the red team but who asks for it: what each other command loads, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from casemate.cli import Commands

HEAVY = ("sklearn", "scipy", "pandas", "joblib", "torch", "onnxruntime", "xgboost", "lightgbm", "httpx")
OURS = ("casemate.evidence.redteam", "casemate.guards")
CODE = """
import json, sys
from casemate.cli import main
sys.argv = ["casemate", *sys.argv[1:]]
try:
    main()
except SystemExit as e:
    code = e.code
print("\\nLOADED" + json.dumps([code, sorted(sys.modules)]))
"""
TASK = "  - redteam: {model: scorer, data: holdout.csv, label: y}\n"


def loaded(root, *args):
    """(exit code, modules of the red team, other heavy ones) after a command."""
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *args], cwd=root, env=os.environ, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    code, modules = json.loads(ended.stdout.rpartition("LOADED")[2])
    ours = [m for m in modules if m.startswith(OURS)]
    return code, ours, [m for m in HEAVY if m in modules]


@pytest.mark.parametrize("command", Commands().list_commands(None))
def test_the_help_of_a_command_loads_nothing_of_it(tmp_path, command):
    assert loaded(tmp_path, command, "--help") == (0, [], [])


@pytest.mark.parametrize(
    "args",
    [("--help",), ("check",), ("assess",), ("measure",), ("scan", "scorer.pkl"), ("why", "adversarial-input"),
     ("questions",)],
    ids=lambda args: args[0],
)  # fmt: skip
def test_a_command_on_a_file_that_asks_for_no_red_team_loads_nothing_of_it(casemate, args):
    code, *found = loaded(casemate.root, *args)
    assert found == [[], []]
    assert code in (0, 1, 3)


@pytest.mark.parametrize("command", ["check", "assess"])
def test_a_file_that_asks_for_one_is_read_without_it(casemate, command):
    """Only the file that knows what the task may say."""
    casemate.add(TASK)
    code, *found = loaded(casemate.root, command)
    assert found == [["casemate.evidence.redteam", "casemate.evidence.redteam.measure"], []]
    assert code in (0, 3)
