"""When the next review is due."""

from datetime import date, timedelta

import pytest

from casemate.validate.review import QUARTER, review
from small import small

LAST = date(2026, 8, 1)


@pytest.mark.parametrize(
    ("days", "state", "left"), [(0, "planned", 30), (29, "planned", 1), (30, "planned", 0), (31, "overdue", -1)]
)
def test_a_review_is_due_after_its_time_and_overdue_a_day_later(days, state, left):
    found = review(small("review: {every: 30 days, last: 2026-08-01}\n"), LAST + timedelta(days=days))
    assert (found.state, found.days, found.due) == (state, left, date(2026, 8, 31))


def test_without_a_rhythm_it_is_every_quarter():
    assert review(small("review: {last: 2026-08-01}\n"), LAST).due == LAST + timedelta(days=QUARTER)


def test_where_nobody_reviewed_there_is_no_day_to_name():
    found = review(small("review: {every: 30 days}\n"), LAST)
    assert (found.state, found.due, found.days) == ("never", None, None)
