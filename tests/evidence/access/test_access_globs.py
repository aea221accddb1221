"""Wildcards: what fits, what covers, what overlaps; held against the standard library, and linear on hostile ones."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.access.globs import LONGEST, covers, matches, overlaps

TEXT = st.text("ab", max_size=8)
PATTERN = st.text("ab*?", max_size=8)


@given(PATTERN, TEXT)
def test_a_pattern_fits_what_the_standard_library_says_it_fits(pattern, text):
    assert matches(pattern, text) == fnmatch.fnmatchcase(text, pattern)


@given(PATTERN, PATTERN, TEXT)
def test_what_covers_another_fits_all_that_the_other_fits(wide, narrow, text):
    if covers(wide, narrow) and matches(narrow, text):
        assert matches(wide, text)


@given(PATTERN, TEXT, TEXT)
def test_what_fits_both_is_an_overlap(pattern, start, rest):
    if matches(pattern, start + rest):
        assert overlaps(pattern, f"{start}*")


@pytest.mark.parametrize(("wide", "narrow", "expected"), [
    ("*", "arn:aws:s3:::b/*", True), ("arn:aws:s3:::b/*", "*", False),
    ("arn:aws:s3:::b/*", "arn:aws:s3:::b/in/*", True),
    ("arn:aws:s3:::b/in/*", "arn:aws:s3:::b/*", False), ("a?", "a*", False), ("a*", "a?", True),
])  # fmt: skip
def test_known_covers(wide, narrow, expected):
    assert covers(wide, narrow) is expected


def test_a_pattern_that_is_catastrophic_for_backtracking_is_not_for_us():
    assert not matches("a*" * 1000 + "b", "a" * 2000)  # else this would take longer than the universe


def test_a_pattern_that_is_too_long_fits_in_doubt_and_covers_nothing():
    assert matches("a" * (LONGEST + 1), "b")
    assert not covers("*" + "a" * LONGEST, "b")
