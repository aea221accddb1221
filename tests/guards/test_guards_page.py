"""The pages on guards are true: their table is the shelf, their programs run, their links lead somewhere.

The programs of the recipes are run by tests/torch_files.
"""

import re
from pathlib import Path

import pytest

from casemate.core import shelf

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ("guards", "recipes/adversarial-training", "recipes/private-training")


def text(page):
    return (DOCS / f"{page}.md").read_text("utf-8")


def test_the_table_of_guards_is_the_shelf():
    def line(name):
        about = shelf.member("guards", name).GUARD.about
        seen = ", ".join(about.adaptive) or "the guarded model itself"
        return f"| `{name}` | [{about.control}](controls/{about.control}.md) | {about.why} | {seen} |"

    found = [row for row in text("guards").splitlines() if row.startswith("| `")]
    assert found == [line(name) for name in shelf.names("guards")]


def test_the_programs_of_the_page_run_and_print_what_it_says(capsys):
    pytest.importorskip("sklearn")
    pytest.importorskip("pandas")
    known = {}
    for program, printed in re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", text("guards"), re.DOTALL):
        exec(program, known)  # noqa: S102  our own page
        assert capsys.readouterr().out.endswith(printed)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page):
    here = (DOCS / page).parent
    assert [to for to in re.findall(r"\]\(([^)#]+)\)", text(page)) if not (here / to).exists()] == []
