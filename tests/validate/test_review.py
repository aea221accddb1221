"""Reviews: when the next one is due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casemate.validate.review import QUARTER, Review, review
from strategies import TODAY, system_of

DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"z": {"trust": "staff"}},
    "components": {"c": {"kind": "host", "zone": "z"}},
}


def due(every=None, last=None):
    said = {k: v for k, v in (("every", every), ("last", last)) if v}
    return review(system_of({**DOC, "review": said} if said else DOC), TODAY)


def test_what_nobody_has_reviewed_was_never_reviewed():
    assert due() == Review("never", None, QUARTER)
    assert due(every="30 days") == Review("never", None, 30)


@pytest.mark.parametrize(
    ("ago", "state", "left"), [(0, "planned", 30), (29, "planned", 1), (30, "planned", 0), (31, "overdue", -1)]
)
def test_a_review_is_due_after_its_time_and_overdue_the_day_after(ago, state, left):
    found = due("30 days", (TODAY - timedelta(days=ago)).isoformat())
    assert (found.state, found.days, found.due) == (state, left, TODAY + timedelta(days=left))


def test_without_a_time_of_its_own_a_quarter_passes_between_two():
    assert due(last=TODAY.isoformat()).due == TODAY + timedelta(days=QUARTER)
