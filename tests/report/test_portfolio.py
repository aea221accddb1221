"""Many systems on one page: ordered by what is worst, every word of the text on the page, nothing run or fetched."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from test_html import Page

from casemate.core.errors import Where
from casemate.define.borrow import Borrowed
from casemate.define.system import Decision
from casemate.report.portfolio import page, text
from casemate.report.portfolio.entry import Broken, Due, Point, due, earlier, entry, portfolio, sentence, trend
from casemate.report.svg.trend import trend as drawn
from casemate.report.view.words import amount
from casemate.validate.decisions import Ruling
from casemate.validate.diff.state import side
from strategies import TODAY, assessed, documents, seeded


def made(seed, path="a/casemate.yaml", **changed):
    return replace(entry(assessed(seeded(seed)), path), **changed)


def past(a, on, loss, **changed):
    return replace(earlier(side(a, "history/x.json")), assessed=on, loss=loss, **changed)


def whole(*entries, broken=()):
    return portfolio("all", TODAY, entries, broken)


def test_what_must_not_be_released_comes_first_then_what_is_above_its_appetite():
    a = made(1, "a", tone="pass", over=True)
    b = made(2, "b", tone="fail", over=False, gravity=(0, 1, 0, 0))
    c = made(3, "c", tone="warn", over=True)
    d = made(4, "d", tone="fail", over=False, gravity=(1, 0, 0, 0))
    e = made(5, "e", tone="fail", over=True, gravity=(0, 0, 0, 0))
    assert [x.path for x in whole(a, b, c, d, e).entries] == ["e", "d", "b", "c", "a"]


def test_the_whole_is_one_sentence():
    found = (made(1, "a", tone="fail"), made(2, "b", tone="warn"), made(3, "c", tone="pass"))
    assert sentence(whole(*found, broken=[Broken("d", ("no",))])) == (
        "Of 4 systems, 1 must not be released, 1 rests on too little proof, 1 may be released and 1 cannot be read."
    )


def test_the_trend_holds_earlier_days_of_the_same_system_and_today():
    a = assessed(seeded(1))
    found = trend(
        a,
        [
            past(a, "2026-05-01", 3.0),
            past(a, "2026-02-01", 2.0),
            past(a, "2026-05-01", 4.0),  # of one day the last one counts
            past(a, "2099-01-01", 5.0),
            past(a, "", 6.0),
            past(a, "2026-03-01", 7.0, name="another"),
            past(a, "2026-03-02", 8.0, currency="CHF"),
        ],
    )
    assert [(p.on.isoformat(), p.loss) for p in found[:-1]] == [("2026-02-01", 2.0), ("2026-05-01", 4.0)]
    assert found[-1] == Point(TODAY, a.risks.years["current"].mean, len(a.of("open")))


@pytest.mark.parametrize(
    ("times", "heading", "word"),
    [(0.5, "up", "up from"), (2.0, "down", "down from"), (1.02, "level", "about as")],
)
def test_the_trend_is_said_in_words(times, heading, word):
    a = assessed(seeded(1))
    before = times * a.risks.years["current"].mean
    e = entry(a, "x", [past(a, "2026-02-01", before)])
    assert e.heading == heading
    n = len(a.of("open"))
    assert e.change == f"{word} {amount(before, 'EUR')} on 1 Feb 2026; open threats {n} → {n}"


def test_without_an_earlier_assessment_nothing_is_said_to_rise_or_fall():
    e = made(1)
    assert (e.heading, e.change, page.line(e)) == ("", "no earlier assessment", "")


def test_the_line_ends_at_today_and_its_height_is_the_loss():
    svg = drawn([(date(2026, 1, 1), 0.0), (date(2026, 1, 11), 10.0), (date(2026, 1, 21), 5.0)], "level", "x")
    assert 'd="M5.0 21.0L48.0 5.0L91.0 13.0"' in svg
    assert 'cx="91.0" cy="13.0"' in svg


def reviewed(days, last):
    return {**seeded(1), "review": {"every": f"{days} days", "last": last}}


def test_a_review_is_due_on_its_day_and_late_after_it():
    (soon,) = due(assessed(reviewed(30, TODAY.isoformat())))
    assert (soon.on, soon.late) == (TODAY + timedelta(days=30), False)
    (late,) = due(assessed(reviewed(30, "2026-01-01")))
    assert (late.on, late.what, late.late) == (date(2026, 1, 31), "review of the threat model", True)


def test_a_review_that_is_far_away_is_not_due():
    assert list(due(assessed(reviewed(3650, TODAY.isoformat())))) == []


def test_a_first_review_is_due_now():
    assert list(due(assessed(seeded(1)))) == [Due(None, "first review of the threat model", True)]


def accepted(until, state):
    a = assessed(reviewed(3650, TODAY.isoformat()))
    decision = Decision("weak@api", "known", "boss", until, Where("m.yaml"))
    return list(due(replace(a, rulings=(Ruling(decision, "accepted", state),))))


def test_an_acceptance_is_due_before_it_ends_and_late_after():
    what = "acceptance of weak@api ends, by boss"
    assert accepted(TODAY + timedelta(days=90), "active") == [Due(TODAY + timedelta(days=90), what, False)]
    assert accepted(TODAY + timedelta(days=91), "active") == []
    assert accepted(date(2026, 1, 1), "expired") == [Due(date(2026, 1, 1), what, True)]


def test_an_acceptance_that_decides_nothing_is_not_due():
    assert accepted(TODAY, "unused") == []


def test_a_shared_component_whose_file_has_changed_is_due_now():
    a = assessed(reviewed(3650, TODAY.isoformat()))
    b = Borrowed("api", "../p/casemate.yaml", "api", "0" * 64, True)
    told = "api: ../p/casemate.yaml has changed; read it and write its digest again"
    assert list(due(replace(a, system=replace(a.system, borrowed=(b,))))) == [Due(None, told, True)]


def test_what_is_late_is_told_first():
    a, b = Due(date(2026, 12, 1), "soon", False), Due(date(2026, 1, 1), "late", True)
    p = whole(made(1, "a", due=(a,)), made(2, "b", due=(b, Due(None, "now", True))))
    assert [d.what for _, d in p.due] == ["now", "late", "soon"]


EVERYTHING = whole(
    made(1, "a/casemate.yaml", notes=("history/x.json was not read: is no JSON",)),
    made(2, "b/casemate.yaml", trend=(Point(date(2026, 1, 1), 1.0, 2), Point(TODAY, 2.0, 3)), heading="up"),
    made(3, "c/casemate.yaml", due=(Due(date(2026, 1, 1), "review", True),)),
    broken=[Broken("d/casemate.yaml", ("d/casemate.yaml:1:1: is empty",))],
)


def test_tags_are_balanced_and_nothing_runs_or_is_fetched():
    found = Page(page.render(EVERYTHING))
    assert (found.wrong, found.open) == ([], [])
    assert found.hrefs == ["#main"]
    assert "default-src 'none'" in page.render(EVERYTHING)
    assert "<script" not in page.render(EVERYTHING)


def test_the_page_says_what_the_text_says():
    words = " ".join(Page(page.render(EVERYTHING)).said.split())
    for e in EVERYTHING.entries:
        for said in (e.name, e.path, e.loss, e.chance, e.change, *e.notes, *(t.title for t in e.worst)):
            assert " ".join(said.split()) in words
            assert re.sub(r"\s", "", said) in re.sub(r"\s", "", text.render(EVERYTHING))
    for said in ("d/casemate.yaml:1:1: is empty", sentence(EVERYTHING)):
        assert said in words


def test_the_text_fits_into_80_columns():
    assert max(map(len, text.render(EVERYTHING).splitlines())) <= 80


def test_a_name_from_a_file_is_text_on_the_page():
    p = whole(made(1, "a", name="<script>alert(1)</script>"), broken=[Broken("<b>", ("\u202eevil",))])
    shown = page.render(p)
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert "&lt;b&gt;" in shown


@settings(max_examples=10)
@given(documents(most=6))
def test_any_system_can_be_told(doc):
    p = whole(entry(assessed(doc), "x/casemate.yaml"))
    found = Page(page.render(p))
    assert (found.wrong, found.open) == ([], [])
    assert max(map(len, text.render(p).splitlines())) <= 80


def test_a_portfolio_of_nothing_but_broken_files_is_told():
    p = whole(broken=[Broken("a", ("no",))])
    assert sentence(p) == "Of 1 system, 1 cannot be read."
    assert "Cannot be read" in page.render(p)
