"""What the reports show first, whoever reads them: what the gate names, the best measurement, whose the paths are."""

from __future__ import annotations

import re

import pytest

from casemate.report import html, markdown, text
from casemate.report.view.contents import TOLD
from casemate.report.view.hints import unanswered
from casemate.report.view.paths import section
from casemate.report.view.reader import read_by
from casemate.report.view.story import foremost, story
from casemate.report.view.words import span
from strategies import assessed, only, record, seeded, system_of, trial

DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {"m": {"kind": "model", "zone": "cloud", "path": "m", "decides": "gate", "exposed to": ["internet"]}},
    "harms": {"wrong-decision": "1M to 2M", "outage": "10 to 20"},
}
DEAR = "about: model\nattacker: public\nwhen: {decides: gate}\n"
CHEAP = DEAR + "harms: outage\n"


def many(n):
    """As many dear threats, and a cheap one after them that a measurement shows and the gate names."""
    broken = record("m", trials=(trial(f"r{n}", 5, 5),))
    return assessed(DOC, broken, of=only(*[DEAR] * n, CHEAP), policy="name: p\nfails on: [open-measured]\n")


def test_the_text_shows_what_the_gate_names_even_beyond_its_rows():
    a = many(14)
    assert a.of("open")[-1].id == "r14@m"
    said = text.render(a)
    rows = said[said.index("Open: 15 threats") : said.index("\nGate: ")]
    assert len(re.findall(r"^[A-Z]+ +r\d+@m", rows, re.M)) == text.ROWS + 1
    assert "r14@m" in rows
    assert "… and 4 more; `--all` shows them" in rows


def test_so_does_the_comment_on_a_pull_request():
    table = markdown.render(many(14)).partition("\n### Gate")[0]
    assert "<code>r14@m</code>" in table
    assert "… and 4 more" in table


def test_the_page_tells_in_full_what_the_gate_names():
    a = many(TOLD + 5)
    assert f'<details class="why"><summary><code>r{TOLD + 5}@m</code>' in html.render(a, ())


def test_what_the_gate_does_not_name_stays_behind_the_limit():
    a = assessed(DOC, of=only(*[DEAR] * 3), policy="name: p\n")
    assert [r.id for r in foremost(a, a.of("open"), 2)] == [r.id for r in a.of("open")[:2]]


def test_the_next_actions_hold_the_best_measurement_of_the_plan():
    for seed in range(30):
        told = story(assessed(system_of(seeded(seed, 10))))
        tests = [x for x in told.actions if x.do == "measure"]
        assert told.next[:3] == told.actions[:3]
        assert not tests or tests[0] in told.next
        assert len(told.next) <= 4


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1, 2.5e6, "under €1k to €2.5M"),
        (0, 66e3, "under €10 to €66k"),
        (999, 1e6, "under €1k to €1.0M"),
        (5e3, 2.5e6, "€5.0k to €2.5M"),
        (2e3, 400e3, "€2.0k to €400k"),
        (0, 900, "€0 to €900"),
        (0, 0, "€0 to €0"),
    ],
)
def test_an_end_far_below_the_other_is_no_number(low, high, said):
    assert span(low, high, "EUR") == said


@pytest.mark.parametrize("role", ["security", "data-science", "operations"])
def test_where_one_role_reads_the_gate_is_said_to_be_that_of_the_whole_system(role):
    a = assessed(DOC, of=only(DEAR))
    part = read_by(a, role)
    assert "\nGate of the whole system: " in text.render(part)
    assert "\n### Gate of the whole system: " in markdown.render(part)
    assert "Gate, decisions and review of the whole system</h2>" in html.render(part, ())
    assert "\nGate: " in text.render(a)


def test_where_one_role_reads_only_a_part_of_the_paths_it_says_whose_numbers_they_keep():
    a = assessed(system_of(seeded(3, 10)))
    of = len(section(a).paths)
    told = {role: section(read_by(a, role)) for role in ("security", "data-science", "operations")}
    assert section(a).others == ""
    parts = {role: s for role, s in told.items() if 0 < len(s.paths) < of}
    assert parts
    for role, s in parts.items():
        assert s.others.endswith(f"{len(s.paths)} of {of}; the paths keep their numbers of the whole system."), role
        shown = {str(p.number) for p in s.paths}
        for cut in s.cuts:
            mine = cut.on.partition(", and ")[0] if "of others" in cut.on else cut.on
            assert set(re.findall(r"\d+", mine)) <= shown


ASK = {
    **DOC,
    "actors": {"client": {"trust": "public", "zone": "internet"}},
    "components": {"api": {"kind": "endpoint", "zone": "cloud"}, "log": {"kind": "log-store", "zone": "cloud"}},
}


def asks(*flows):
    return unanswered(system_of({**ASK, "flows": [{"from": a, "to": b} for a, b in flows]}))


def test_a_request_without_a_flow_back_is_named_with_what_to_write():
    assert asks(("client", "api")) == (
        "1 request has no flow back, and an answer is assumed: client → api. To say what comes back, write it as a "
        "flow: `api -> client: answer`."
    )


def test_an_answer_that_is_drawn_and_what_is_only_stored_give_no_hint():
    assert asks(("client", "api"), ("api", "client"), ("api", "log")) == ""


def test_the_hint_is_in_the_text_and_on_the_page():
    a = assessed({**ASK, "flows": [{"from": "client", "to": "api"}]})
    assert "Hint: 1 request has no flow back" in text.render(a)
    assert "write it as a flow: <code>api -&gt; client: answer</code>." in html.render(a, ())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("role", ["", "security"])
def test_no_line_of_the_text_is_wider_than_a_terminal(seed, role):
    a = assessed(system_of(seeded(seed, 10)))
    said = text.render(read_by(a, role) if role else a)
    assert [line for line in said.splitlines() if len(line) > 80] == []
