"""Commands for GitHub Actions: one a line, escaped, ten of each level, at the lines of the system file."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.report import github
from casemate.validate.baseline import hold, taken
from scoring import BROKEN, CLEAN, SCORING, WORTHLESS
from strategies import TODAY, assessed, seeded

LINE = re.compile(
    r"::(error|warning|notice)(?: (?:file|line|title|col)=[^:,\n]+(?:,(?:line|title|col)=[^:,\n]+)*)?::.+"
)
ANY = st.text(st.characters(), max_size=60)


@given(st.integers(0, 60))
def test_every_line_is_a_command_and_there_are_ten_of_a_level_at_most(seed):
    lines = github.render(assessed(seeded(seed, 12))).splitlines()
    assert [x for x in lines if not LINE.fullmatch(x)] == []
    for level in ("error", "warning", "notice"):
        assert sum(x.startswith(f"::{level}") for x in lines) <= 10


@given(ANY, ANY, ANY)
def test_no_text_ends_its_line_or_its_part(message, title, file):
    line = github.command("error", f"x{message}", f"x{title}", f"x{file}", 7)
    head, _, rest = line.removeprefix("::error ").partition("::")
    assert len(line.splitlines()) == 1
    assert [p.partition("=")[0] for p in head.split(",")] == ["file", "line", "title"]
    assert rest.startswith("x")


def test_what_is_escaped_is_what_the_runner_takes_back():
    line = github.command("warning", "100 %: a,b\nc", "a,b: c%", "d.yaml", 3, 4)
    assert line == "::warning file=d.yaml,line=3,col=4,title=a%2Cb%3A c%25::100 %25: a,b%0Ac"
    assert github.command("notice", "m") == "::notice::m"


def test_it_begins_with_the_verdict_and_says_what_stops_a_release_where():
    a = assessed(SCORING, BROKEN, CLEAN)
    first, second, *_ = github.render(a).splitlines()
    assert first.startswith("::error file=drawn.yaml,title=Casemate%3A Scoring::Do not release. ")
    line = a.system.line("components", "scorer").rpartition(":")[2]
    assert second == (
        f"::error file=drawn.yaml,line={line},title=model-extraction@scorer::"
        "model-extraction@scorer is open, and evidence shows it; casemate why model-extraction@scorer"
    )


def test_what_is_open_and_stops_nothing_is_a_warning_and_what_a_baseline_holds_is_silent():
    a = assessed(SCORING, CLEAN)
    assert "::warning file=drawn.yaml" in github.render(a)
    held = github.render(hold(a, taken(a, "Ada", TODAY, "b.yaml")))
    assert held.startswith("::notice file=drawn.yaml,title=Casemate%3A Scoring::")
    assert "::warning" not in held


def test_an_entry_that_is_not_needed_is_a_warning_in_the_baseline():
    a = assessed(SCORING, CLEAN)
    b = taken(a, "Ada", TODAY, "b.yaml")
    lines = github.render(hold(assessed({**SCORING, "components": WORTHLESS}, CLEAN), b)).splitlines()
    assert [x for x in lines if "file=b.yaml" in x] == [
        "::warning file=b.yaml,line=1,title=baseline::b.yaml: model-extraction@scorer is neither open nor assumed;"
        " take it out: casemate baseline --shrink"
    ]


@pytest.mark.parametrize(("n", "last"), [(10, "w9"), (11, "and 2 more warnings; the report has them all")])
def test_of_many_the_last_says_how_many_more(n, last):
    from casemate.report.view.where import Spot

    lines = list(github._first("warning", [("t", f"w{i}", Spot("a.yaml")) for i in range(n)], 10))
    assert len(lines) == 10
    assert lines[-1].endswith(f"::{last}")
