"""The documentation is true: every command in it exists and prints what it says, every link leads somewhere."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def pairs(page):
    """(command, printed) for each `$ ` line of a page's console blocks."""
    for block in CONSOLE.findall(page.read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


CASES = [(page, command, printed) for page in PAGES if page.exists() for command, printed in pairs(page)]


@pytest.mark.parametrize(("page", "command", "printed"), CASES, ids=[f"{p.name}: {c}" for p, c, _ in CASES])
def test_a_command_in_the_docs_prints_what_the_docs_say(page, command, printed):
    if not printed.strip():
        return
    env = {**os.environ, "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1795392000", "COLUMNS": "80"}  # 2026-11-23
    words = shlex.split(command, comments=True)
    assert words[0] == "casemate"
    done = subprocess.run(
        [sys.executable, "-m", "casemate", *words[1:]],
        cwd=ROOT / "docs",
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert matches(printed, done.stdout + done.stderr), done.stdout + done.stderr


def matches(said, printed):
    """Whether the output is what was said; `...` stands for anything, alone on its line for any lines."""
    parts = [re.escape(part.strip("\n")) for part in said.strip("\n").split("...")]
    return re.fullmatch(r"[\s\S]*?".join(rf"\n*{p}\n*" for p in parts), printed.strip("\n")) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_of_a_page_leads_to_a_file(page):
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def test_the_system_file_of_the_readme_is_the_one_that_is_tested():
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert shown is not None
    assert shown[1] == (ROOT / "docs" / "first.casemate.yaml").read_text("utf-8")
    assert len(shown[1].splitlines()) <= 20


def test_the_readme_stays_on_one_screen():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 80


def test_every_command_of_the_makefile_in_the_readme_exists():
    targets = re.findall(r"make (\w+)", (ROOT / "README.md").read_text("utf-8"))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert [t for t in targets if f"\n{t}:" not in makefile] == []
