"""The tutorial is true from top to bottom: its files are written, its commands run in order, their output is as shown.

A block with `title="NAME"` is the file NAME; `title="NAME, added at the end"` is added to it. A command of a console
block has to print what follows it, where `...` stands for anything; `; echo $?` shows its exit code.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from test_docs import matches

TUTORIAL = Path(__file__).parent.parent.parent / "docs" / "tutorial" / "README.md"
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {"casemate": [sys.executable, "-m", "casemate"], "python": [sys.executable], "cat": ["cat"], "rm": ["rm"]}
ENDS = "; echo $?"


def test_the_tutorial_goes_from_an_empty_folder_to_a_passed_gate(tmp_path):
    folder = tmp_path / "loan-desk"  # the draft takes the name of the folder
    folder.mkdir()
    wrong = []
    for kind, title, text in BLOCK.findall(TUTORIAL.read_text("utf-8")):
        if title:
            write(folder, title, text)
        elif kind == "console":
            for command, said in commands(text):
                printed = run(folder, command)
                wrong += [] if matches(said, printed) else [f"$ {command}\n{printed}"]
    assert wrong == []


def test_the_gate_of_the_tutorial_lacks_evidence_then_fails_then_passes_and_fails_when_the_acceptance_ends():
    ran = [pair for kind, _, text in BLOCK.findall(TUTORIAL.read_text("utf-8")) if kind == "console"
           for pair in commands(text)]  # fmt: skip
    assert [said.splitlines()[-1] for command, said in ran if command.startswith("casemate assess")] == list("3101")
    gates = [line for _, said in ran for line in said.splitlines() if line.startswith("Gate: ")]
    assert [line.split()[1] for line in gates] == ["failed", "failed", "passed"]


def test_what_the_tutorial_runs_is_casemate_and_what_it_just_wrote():
    ran = [shlex.split(command)[0] for kind, _, text in BLOCK.findall(TUTORIAL.read_text("utf-8"))
           if kind == "console" for command, _ in commands(text)]  # fmt: skip
    assert set(ran) <= set(PROGRAMS)


def commands(text):
    """(command, what it prints) of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, said = part.replace("\\\n", "").partition("\n")
        yield " ".join(command.split()), said


def write(folder, title, text):
    """Put the block into its file, or add it to what is there."""
    name, _, how = title.partition(", ")
    assert how in ("", "added at the end"), title
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text("utf-8") if how else "") + text, encoding="utf-8")


def run(folder, command):
    """What the command prints to both outputs, and its exit code where the page shows it."""
    first, *rest = shlex.split(command.removesuffix(ENDS))
    env = {**os.environ, "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1795392000", "COLUMNS": "80"}  # 2026-11-23
    env.pop("GITHUB_ACTIONS", None)  # there, `assess` says more
    done = subprocess.run(
        [*PROGRAMS[first], *rest], cwd=folder, env=env, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout + (f"{done.returncode}\n" if command.endswith(ENDS) else "")
