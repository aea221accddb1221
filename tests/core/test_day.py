"""One way to write a day, and no day from which a century more would leave the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.day import day
from casemate.core.money import LONGEST


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_every_day_is_read_back_and_a_century_can_be_added(given_day):
    assert day(given_day.isoformat()) == given_day
    assert given_day + timedelta(days=LONGEST) < date.max


@pytest.mark.parametrize(
    "text", ["", "today", "2026-13-01", "2026-02-30", "20261002", "2026-W40-5", "2026-1-2", "02.10.2026", "0000-01-01",
             "1899-12-31", "3000-01-01", "9999-12-31", "2026-10-02 ", "2026-10-02T00:00", "２０２６-10-02"],
)  # fmt: skip
def test_no_day(text):
    assert day(text) is None
