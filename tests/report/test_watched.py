"""What the report draws of a monitor's record: only numbers that can be, and nothing where there are none."""

import pytest

from casemate.report import html
from casemate.report.view.watched import watched
from small import PRICED, look, small
from strategies import TODAY, record

COURSE = {"hours": 6, "begins": [1760000000, 1760021600], "low": [0.1, 0.4], "least": [0.5, 0.51], "median": [0.8, 0.7]}
SEEN = {
    "drift": {"f.age": {"effect": 0.3, "alarm at": 0.2}, "f.income": {"effect": 0.05, "alarm at": 0.2}},
    "low confidence": {"tolerated": 0.2},
    "confidence over time": COURSE,
}


def assessed(settings, **more):
    return look(small(PRICED), record("scorer", kind="monitor", settings=settings, measured=TODAY, **more))


def test_the_columns_stand_by_how_near_they_are_to_an_alarm_and_the_curve_in_two_widths():
    (w,) = watched(assessed(SEEN))
    assert (w.element, [b.name for b in w.bars], len(w.curves), w.more) == ("scorer", ["age", "income"], 2, 0)
    page = html.render(assessed(SEEN))
    assert "What the log of" in page
    assert "f.age: effect 0.300, an alarm at 0.200" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"drift": {"a": {"effect": "much", "alarm at": 0.1}, "b": 3, "c": {"effect": 7, "alarm at": 0.1}}},
        {"drift": [1, 2], "confidence over time": [3]},
        {"confidence over time": COURSE | {"hours": 0}},
        {"confidence over time": COURSE | {"low": [0.1]}},
        {"confidence over time": COURSE | {"low": [0.1, 4.0]}},
        {"confidence over time": COURSE | {"begins": [1760021600, 1760000000]}},
        {"confidence over time": COURSE | {"begins": [2**40, 2**41]}},
        {"confidence over time": {k: v * 300 if isinstance(v, list) else v for k, v in COURSE.items()}},
    ],
)
def test_what_cannot_be_is_not_drawn(wrong):
    a = assessed(wrong)
    assert watched(a) == []
    assert "What the log of" not in html.render(a)


def test_a_column_with_a_hostile_name_is_text():
    name = "<script>alert(1)</script>"
    page = html.render(assessed({"drift": {name: {"effect": 0.3, "alarm at": 0.2}}}))
    assert name not in page
    assert "&lt;script&gt;" in page


def test_a_record_of_other_bytes_is_not_shown():
    assert watched(assessed(SEEN, digest="b" * 64)) == []
