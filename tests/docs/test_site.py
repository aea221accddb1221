"""The site: every page is in its navigation, it loads nothing from elsewhere, and links out of docs/ are put right.

`make site` builds it strictly, in an environment of its own; here is what holds without MkDocs.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from test_docs import LINK, matches, pairs

from casemate.cli import group

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "scripts"))
import command_page  # noqa: E402  a script, in no package
import site_hooks  # noqa: E402

SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
ROLES = sorted((DOCS / "how-to").glob("*.md"))
OWN = [*ROLES, DOCS / "tutorial" / "README.md"]
SHOWN = [(page, *pair) for page in ROLES for pair in pairs(page)]
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = [(page, line) for page in ROLES for block in SHELL.findall(page.read_text("utf-8"))
         for line in block.replace("\\\n", " ").splitlines()]  # fmt: skip


def leaves(nav):
    """The pages of a navigation, in its order."""
    for entry in nav:
        for to in entry.values():
            if isinstance(to, str):
                yield to
            else:
                yield from leaves(to)


def test_the_navigation_names_every_page_once_and_nothing_else():
    written = {p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")} | set(site_hooks.elsewhere().values())
    apart = {p for p in written if p.startswith(("threats/", "controls/")) and not p.endswith("README.md")}
    assert sorted(leaves(SITE["nav"])) == sorted(written - apart)


def test_the_site_is_built_strictly_and_fetches_no_font_and_no_script():
    assert SITE["strict"] is True
    assert SITE["theme"]["font"] is False
    assert {"extra_javascript", "repo_url", "analytics"} & {*SITE, *SITE["extra"]} == set()
    css = [(DOCS / sheet).read_text("utf-8") for sheet in SITE["extra_css"]]
    assert [found for sheet in css for found in re.findall(r"@import|url\(|//", sheet)] == []


def test_the_page_of_the_commands_is_what_they_say():
    assert (DOCS / "commands.md").read_text("utf-8") == command_page.page(), "run `make pages`"


def test_a_bar_in_the_words_of_an_option_ends_no_cell():
    made = click.Option(["--from", "source"], metavar="env:NAME|fd:N", help="Where.")
    assert command_page.option(made) == "| <code>--from env:NAME&#124;fd:N</code> | Where. |"


def test_an_option_stands_with_its_words_its_meaning_and_its_default():
    made = click.Option(
        ["--owner", "-w"], type=click.Choice(["a", "b"]), default="a", show_default=True, help="Whose | it is."
    )
    assert command_page.option(made) == "| `--owner, -w WORD` | Whose &#124; it is. One of `a`, `b`. Default: `a`. |"


@pytest.mark.parametrize(
    ("tag", "loads"),
    [
        ('<script src="https://a.example/x.js"></script>', ["https://a.example/x.js"]),
        ('<link rel="stylesheet" href="//a.example/x.css">', ["//a.example/x.css"]),
        ("<img alt=x src=http://a.example/x.png>", ["http://a.example/x.png"]),
        ('<link rel="canonical" href="https://a.example/">', []),
        ('<script src="assets/x.js"></script>', []),
        ('<a href="https://a.example/">a</a>', []),
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_found(tag, loads):
    assert site_hooks.LOADS.findall(tag) == loads


KNOWN = {ROOT / "docs" / "ci.md": "ci.md", ROOT / "CONTRIBUTING.md": "contributing.md"}


@pytest.mark.parametrize(
    ("said", "put"),
    [
        ("[the gate](../ci.md#gitlab)", "[the gate](../ci.md#gitlab)"),
        ("[how](../../CONTRIBUTING.md)", "[how](../contributing.md)"),
        ("[the code](../../src/casemate/assess.py)", "the code"),
        ("[gone](../../src/casemate/gone.py)", "[gone](../../src/casemate/gone.py)"),
        ("[out](../../../../etc/passwd)", "[out](../../../../etc/passwd)"),
        ("[web](https://a.example/x.md)", "[web](https://a.example/x.md)"),
        ("[here](#below)", "[here](#below)"),
        ("```\n[how](../../CONTRIBUTING.md)\n```", "```\n[how](../../CONTRIBUTING.md)\n```"),
    ],
)
def test_a_link_leads_to_the_page_of_the_site_or_stays_words(said, put):
    assert site_hooks.relink(said, DOCS / "how-to" / "security.md", "how-to/security.md", KNOWN) == put


def test_a_link_to_code_leads_to_the_repository_where_its_address_is_known():
    put = site_hooks.relink("[the code](../src/casemate/assess.py)", DOCS / "x.md", "x.md", {}, "https://a.example/b/")
    assert put == "[the code](https://a.example/b/src/casemate/assess.py)"


@pytest.mark.parametrize(
    ("said", "put"),
    [
        ("these:\n- one\n- two\n  more", "these:\n\n- one\n- two\n  more"),
        ("- one\n  - of it\n    - and of that", "- one\n    - of it\n        - and of that"),
        ("as here:\n```yaml\n- a\n  - b\n```\nso", "as here:\n\n```yaml\n- a\n  - b\n```\n\nso"),
        ("```\none\n```\n```\ntwo\n```", "```\none\n```\n\n```\ntwo\n```"),
        ("- one\n\n- two", "- one\n\n- two"),
        ("a line\nof text", "a line\nof text"),
    ],
)
def test_lists_and_code_stand_apart_as_in_commonmark(said, put):
    assert "\n".join(site_hooks.spaced(said.split("\n"))) == put


@pytest.mark.parametrize("page", OWN, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_every_link_of_a_page_leads_to_a_file(page):
    assert [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", ROLES, ids=lambda p: p.name)
def test_the_page_of_a_role_stays_under_80_lines(page):
    assert len(page.read_text("utf-8").splitlines()) < 80


@pytest.mark.parametrize(("page", "command", "said"), SHOWN, ids=[f"{p.name}: {c}" for p, c, _ in SHOWN])
def test_a_command_on_the_page_of_a_role_prints_what_the_page_says(page, command, said):
    env = {**os.environ, "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1795392000", "COLUMNS": "80"}  # 2026-11-23
    env.pop("GITHUB_ACTIONS", None)  # there, `assess` says more
    words = shlex.split(command)
    assert words[0] == "casemate"
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=DOCS, env=env, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert matches(said, done.stdout + done.stderr), done.stdout + done.stderr


@pytest.mark.parametrize(("page", "line"), NAMED, ids=[f"{p.name}: {line}" for p, line in NAMED])
def test_a_command_that_the_page_of_a_role_names_has_these_options(page, line):
    words = shlex.split(line, comments=True)
    assert words[0] == "casemate"
    command, rest = found(words[1:])
    known = {option for c in with_children(command) for p in c.params for option in (*p.opts, *p.secondary_opts)}
    assert [w for w in rest if w.startswith("--") and w not in known | {"--help"}] == []


def found(words):
    """The command, and what is left of the words."""
    command, context = group, click.Context(group)
    while words and isinstance(command, click.Group) and words[0] in command.list_commands(context):
        command, words = command.get_command(context, words[0]), words[1:]
    assert command is not group, words
    return command, words


def with_children(command):
    """A command, and what it runs when its first word names none of them."""
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield command.get_command(context, name)
