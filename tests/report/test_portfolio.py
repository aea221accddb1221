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
from casemate.evidence.bind import Record
from casemate.report.portfolio import page, text
from casemate.report.portfolio.entry import Broken, Point, coming, earlier, entry, portfolio, sentence, trend
from casemate.report.svg.trend import trend as drawn
from casemate.report.view.words import amount
from casemate.validate.decisions import Ruling
from casemate.validate.diff.state import side
from casemate.validate.due import Due
from casemate.validate.passport.standing import Standing
from casemate.validate.signoff import Standing as Signed
from scoring import SCORING
from strategies import TODAY, assessed, documents, record, seeded


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


def doc(**more):
    return {**seeded(1), "review": {"every": "3650 days", "last": TODAY.isoformat()}, **more}


def told(a, signed=()):
    return [(d.on, d.due, d.what) for d in coming(a, signed)]


def test_a_review_is_told_within_a_quarter_of_its_day():
    every = {"every": "30 days", "last": TODAY.isoformat()}
    what = f"the review after 30 days; the last one was on {TODAY}"
    assert told(assessed(doc(review=every))) == [(TODAY + timedelta(days=30), False, what)]
    assert told(assessed(doc())) == []
    assert told(assessed(seeded(1))) == [(TODAY, True, "nobody has reviewed this system yet")]


def test_evidence_that_ends_within_a_quarter_is_told_and_that_of_one_day_together():
    review = {"every": "3650 days", "last": TODAY.isoformat()}
    a, name = assessed({**SCORING, "review": review}), "scorer"
    since = TODAY - timedelta(days=60)
    scan, test = (record(name, kind=k, measured=since) for k in ("scan", "redteam"))
    until = since + timedelta(days=90)
    assert told(holding(a, name, scan)) == [
        (until + timedelta(days=1), False, f"the scan of {name} is good until {until}")
    ]
    both = f"2 records of evidence are good until {until}: redteam of {name} and scan of {name}"
    assert told(holding(a, name, scan, test)) == [(until + timedelta(days=1), False, both)]
    old = replace(test, measured=since - timedelta(days=100))
    gone = since - timedelta(days=10)
    assert told(holding(a, name, scan, old))[0] == (
        gone + timedelta(days=1), True, f"the redteam of {name} was good until {gone}",
    )  # fmt: skip


def holding(a, name, *statements):
    """The assessment with these records of one element, each in the state that its age gives it."""
    old = TODAY - timedelta(days=90)
    found = tuple(
        Record(s, name, "expired" if s.measured < old else "valid", "measured") for s in statements
    )  # fmt: skip
    return replace(a, risks=replace(a.risks, parts=replace(a.risks.parts, records={name: found})))


def test_an_acceptance_is_told_before_it_ends_and_due_after():
    def accepted(until, state):
        decision = Decision("weak@api", "known", "boss", until, Where("m.yaml"))
        return told(replace(assessed(doc()), rulings=(Ruling(decision, "accepted", state),)))

    soon, late = TODAY + timedelta(days=89), date(2026, 1, 1)
    assert accepted(soon, "active") == [(soon + timedelta(days=1), False, f"weak@api is accepted until {soon}")]
    assert accepted(TODAY + timedelta(days=90), "active") == []
    assert accepted(late, "expired") == [(date(2026, 1, 2), True, "weak@api was accepted until 2026-01-01")]
    assert accepted(TODAY, "unused") == []


def test_a_shared_component_whose_file_has_changed_and_a_void_passport_are_due_now():
    a = assessed(doc())
    b = Borrowed("api", "../p/casemate.yaml", "api", "0" * 64, True)
    void = Standing("passport.json", "void", ("the policy is another",))
    found = told(replace(a, system=replace(a.system, borrowed=(b,)), passport=void))
    assert found == [
        (TODAY, True, "the passport is void, because the policy is another"),
        (TODAY, True, "../p/casemate.yaml, which describes api, has changed"),
    ]


def test_a_sign_off_that_the_policy_requires_is_due():
    assert told(assessed(doc()), [Signed("security", "missing")]) == [(TODAY, True, "nobody signed for security")]


def one(what, on=TODAY, is_due=True):
    return Due("review", "system", on, what, "casemate review", is_due)


def test_what_is_due_is_told_first_and_then_by_day():
    a, b = one("soon", date(2099, 12, 1), False), one("late", date(2026, 1, 1))
    p = whole(made(1, "a", due=(a,)), made(2, "b", due=(b, one("now"))))
    assert [d.what for _, d in p.due] == ["late", "now", "soon"]
    assert [text.when(d, TODAY) for _, d in p.due] == ["1 Jan 2026", "now", "1 Dec 2099"]
    assert text.asks(replace(a, owner="data-science")) == "Data science: casemate review"


EVERYTHING = whole(
    made(1, "a/casemate.yaml", notes=("history/x.json was not read: is no JSON",)),
    made(2, "b/casemate.yaml", trend=(Point(date(2026, 1, 1), 1.0, 2), Point(TODAY, 2.0, 3)), heading="up"),
    made(3, "c/casemate.yaml", due=(one("review", date(2026, 1, 1)),)),
    broken=[Broken("d/casemate.yaml", ("d/casemate.yaml:1:1: is empty",))],
)


def test_tags_are_balanced_and_nothing_runs_or_is_fetched():
    found = Page(page.render(EVERYTHING))
    assert (found.wrong, found.open) == ([], [])
    assert set(found.hrefs) <= {"#main", "#due"}
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
