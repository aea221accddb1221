"""The reference pages are what the files of threats and controls say, and every link of them leads somewhere."""

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from casemate.catalog.load import catalog
from casemate.define.vocabulary import vocabulary
from casemate.identify.shelf import rules_of

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import pages  # noqa: E402  a script, in no package
import policy_page  # noqa: E402

WANTED = pages.pages(catalog())
OTHERS = ("threats/README.md", "controls/README.md", "system-file.md", "policy.md", "attacks.md", "commands.md")
LINK = re.compile(r"\]\(([^)#\s]+)")


def test_the_pages_are_what_the_files_say():
    assert list(pages.stale(WANTED, pages.written())) == []


def test_every_threat_and_every_control_has_a_page():
    ids = [f"threats/{r.id}" for r in rules_of(catalog())] + [f"controls/{c}" for c in catalog().controls]
    assert {f"{i}.md" for i in ids} | set(OTHERS) == set(WANTED)


@pytest.mark.parametrize("shelf", ["threats", "controls"])
def test_an_index_names_every_page_of_its_shelf(shelf):
    named = set(LINK.findall(WANTED[f"{shelf}/README.md"]))
    assert {PurePosixPath(p).name for p in WANTED if p.startswith(shelf)} - named == {"README.md"}


def test_every_link_leads_to_a_page_or_a_file():
    docs = ROOT / "docs"
    there = {(docs / path).resolve() for path in WANTED}
    missing = [
        f"{path}: {link}"
        for path, text in WANTED.items()
        for link in LINK.findall(text)
        if (target := (docs / path).parent.joinpath(link).resolve()) not in there and not target.exists()
    ]
    assert missing == []


def test_every_word_that_stops_a_release_is_explained_and_no_other():
    assert tuple(policy_page.MEANS) == vocabulary().policy["fails on"].words
    assert all(f"| `{word}` | {means} |" in WANTED["policy.md"] for word, means in policy_page.MEANS.items())


def test_what_stands_inside_a_property_is_listed():
    page = WANTED["system-file.md"]
    assert {"### Of `provider`", "### Of `base`", "### Of `recipe`"} <= set(page.splitlines())
    assert "| `trains on ours` | yes or no | the provider trains on what is sent |" in page.splitlines()


def test_a_page_has_no_placeholder_of_a_system():
    assert [path for path, text in WANTED.items() if "/" in path and re.search(r"\{[a-z ]+(\.id)?\}", text)] == []


def test_a_countermeasure_of_a_threat_is_a_link():
    line = "- [human-approval](../controls/human-approval.md): let a person approve actions that matter"
    assert line in WANTED["threats/tool-exfiltration.md"].splitlines()


def test_a_page_that_changed_that_is_missing_or_of_nothing_is_named():
    assert list(
        pages.stale({"threats/a.md": "new", "threats/b.md": "b"}, {"threats/a.md": "", "threats/c.md": ""})
    ) == [
        "docs/threats/a.md is stale; run `make pages`",
        "docs/threats/b.md is missing; run `make pages`",
        "docs/threats/c.md is of nothing; run `make pages`",
    ]


def test_the_page_of_the_incidents_has_the_numbers_of_this_version():
    made = subprocess.run(
        [sys.executable, "-c", "import incidents; print(incidents.page(incidents.parts()), end='')"],
        cwd=ROOT / "bench", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert (ROOT / "docs" / "incidents.md").read_text("utf-8") == made.stdout, "run `make pages`"
