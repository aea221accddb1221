"""The calendar: RFC 5545 as a reader of the other side takes it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from casemate.report.review.ics import escaped, folded, render, uid
from casemate.validate.due import Due

DAY = date(2026, 11, 23)
ENTRY = Due("evidence", "scan@m", date(2026, 12, 24), "the scan of m; a, b \\ c", "measure\nagain", False, "ann")


def unfolded(text):
    """As section 3.1 says: a line break and a blank are nothing."""
    return text.replace("\r\n ", "").split("\r\n")


def unescaped(value):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def events(text):
    out, now = [], None
    for line in unfolded(text):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            now = {}
        elif line == "END:VEVENT":
            out.append(now)
            now = None
        elif now is not None:
            now[name] = unescaped(value)
    return out


def test_an_event_says_what_when_and_what_to_do():
    assert events(render("Scoring, v2", [ENTRY], DAY)) == [
        {
            "UID": uid("Scoring, v2", ENTRY),
            "DTSTAMP": "20261123T000000Z",
            "DTSTART;VALUE=DATE": "20261224",
            "DTEND;VALUE=DATE": "20261225",
            "SUMMARY": "Scoring, v2: the scan of m; a, b \\ c",
            "DESCRIPTION": "measure\nagain\nasked of ann",
            "CATEGORIES": "evidence",
            "TRANSP": "TRANSPARENT",
        }
    ]


def test_a_calendar_without_events_is_one():
    first = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//casemate//casemate "
    text = render("n", [], DAY)
    assert text.startswith(first)
    assert text.endswith("METHOD:PUBLISH\r\nEND:VCALENDAR\r\n")


def test_a_moved_day_moves_the_event_and_adds_none():
    later = replace(ENTRY, on=ENTRY.on + timedelta(days=30), what="the scan of m is good until later", due=True)
    assert uid("n", later) == uid("n", ENTRY)
    others = [replace(ENTRY, about="scan@x"), replace(ENTRY, kind="review")]
    assert len({uid("n", e) for e in (ENTRY, *others)} | {uid("other", ENTRY)}) == 4


def test_the_same_input_gives_the_same_bytes():
    assert render("n", [ENTRY], DAY) == render("n", [ENTRY], DAY)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_line_is_longer_than_75_bytes_and_no_letter_is_cut(text):
    pieces = list(folded(text))
    assert all(len(p.encode()) <= 75 for p in pieces)
    assert pieces[0] + "".join(p[1:] for p in pieces[1:]) == text
    assert all(p.startswith(" ") for p in pieces[1:])


CONTROLS = "".join(map(chr, (*range(9), *range(11, 32), 127)))


@given(st.text(st.characters(exclude_characters=CONTROLS)))
def test_what_was_escaped_reads_as_it_was(text):
    assert "\n" not in escaped(text)
    assert unescaped(escaped(text)) == text


def test_controls_that_no_value_may_hold_are_left_out():
    assert escaped(f"a{CONTROLS}\tb") == "a\tb"
