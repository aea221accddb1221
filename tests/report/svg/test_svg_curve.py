"""The curve draws the points that it is given, no others, and its words stay off its lines."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.report.svg.axes import axes
from casemate.report.svg.bar import interval
from casemate.report.svg.curve import Series, curve
from casemate.report.svg.text import width


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 our own output: that it parses is the test


def money(x: float) -> str:
    return f"€{x / 1e6:g}M" if x >= 1e6 else f"€{x / 1e3:g}k"


def falling(middle: float, top: float) -> tuple[tuple[float, float], ...]:
    xs = [10 ** (4 + i * 0.06) for i in range(61)]
    return tuple((x, top / (1 + math.exp(1.6 * (math.log(x) - math.log(middle))))) for x in xs)


TODAY = Series("today", "today", falling(2.5e5, 0.72))
BARE = Series("without controls", "bare", falling(9e5, 0.86))
PLAN = Series("after the plan", "planned", falling(6e4, 0.6))
LIMIT = ((1e6, 0.05),)


def chart(*series: Series, **more: object) -> ET.Element:
    return parse(curve(series, money, "Chance of a yearly loss above", **more))


def drawn(svg: ET.Element, name: str) -> list[tuple[float, float]]:
    (path,) = [g.find("{*}path") for g in svg.findall(".//{*}g") if g.get("data-series") == name]
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def texts(svg: ET.Element, kind: str) -> list[ET.Element]:
    return [t for t in svg.findall(".//{*}text") if t.get("class") == kind]


@st.composite
def exceedances(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    xs = sorted(draw(st.sets(st.integers(1, 10**9), min_size=1, max_size=30)))
    ps = sorted((draw(st.floats(0, 1)) for _ in xs), reverse=True)
    return tuple((float(x), p) for x, p in zip(xs, ps, strict=True))


@given(exceedances())
@settings(max_examples=60, deadline=None)
def test_it_draws_exactly_the_points_given(points):
    shown = axes([x for x, _ in points], [p for _, p in points])
    at = drawn(chart(Series("s", "today", points)), "s")
    assert len(at) == len(points)
    for (x, y), (amount, chance) in zip(at, points, strict=True):
        assert (x, y) == (pytest.approx(shown.x(amount), abs=0.006), pytest.approx(shown.y(chance), abs=0.006))


@pytest.mark.parametrize("series", [(TODAY,), (TODAY, BARE), (TODAY, BARE, PLAN)], ids=len)
def test_names_stand_beside_their_lines_and_cover_none(series):
    svg = chart(*series, tolerance=LIMIT)
    boxes = [(float(t.get("x")), float(t.get("y")) - 10, width(t.text, 11.5) * 1.05, 11.0) for t in texts(svg, "cl")]
    assert len(boxes) == len(series) + 1
    for i, (x, y, w, h) in enumerate(boxes):
        assert x >= 42
        assert x + w <= 430
        assert not [b for b in boxes[:i] if x < b[0] + b[2] and b[0] < x + w and y < b[1] + b[3] and b[1] < y + h]
        assert not [p for s in series for p in drawn(svg, s.name) if x < p[0] < x + w and y < p[1] < y + h]


def test_amounts_are_written_as_the_caller_writes_them():
    assert [t.text for t in texts(chart(TODAY), "ax")][:4] == ["€10k", "€100k", "€1M", "€10M"]


def test_small_chances_fill_the_height():
    small = Series("today", "today", ((1e4, 0.08), (1e6, 0.01)))
    assert [t.text for t in texts(chart(small), "ax")][-1] == "10%"


def test_the_tolerance_says_what_it_is():
    titles = [t.text for t in chart(TODAY, tolerance=LIMIT).findall(".//{*}title")]
    assert "tolerance: at most 5% a year above €1M" in titles


def test_a_screen_reader_hears_the_label_and_the_description():
    svg = chart(TODAY, description="9% chance of more than €1M")
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Chance of a yearly loss above")
    assert svg.findtext("{*}desc") == "9% chance of more than €1M"


def test_hostile_words_stay_words():
    svg = curve([Series('"><script>', "today", TODAY.points)], lambda _: "<b>&", "</title><x", description="]]>\x00")
    assert {e.tag.rpartition("}")[2] for e in parse(svg).iter()} <= {
        "svg", "title", "desc", "line", "text", "g", "path", "circle",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((), "no points"),
        (((0.0, 0.5),), "amounts are above 0"),
        (((1.0, 1.5),), "chances from 0 to 1"),
        (((1.0, math.nan),), "chances from 0 to 1"),
        (((math.inf, 0.5),), "amounts are above 0"),
        (((1.0, 0.2), (2.0, 0.3)), "amounts rise and chances do not"),
        (((2.0, 0.3), (1.0, 0.2)), "amounts rise and chances do not"),
    ],
)
def test_points_that_are_no_exceedance_curve_are_refused(points, message):
    with pytest.raises(CasemateError, match=message):
        curve([Series("today", "today", points)], money, "x")


def test_the_same_points_give_the_same_bytes():
    assert curve([TODAY, BARE], money, "x", tolerance=LIMIT) == curve([TODAY, BARE], money, "x", tolerance=LIMIT)


def test_a_bar_spans_its_interval_and_marks_the_mean():
    svg = parse(interval(10, 50, 200, 400, 'loss "a year"'))
    assert svg.get("aria-label") == 'loss "a year"'
    assert [p.get("d") for p in svg.findall(".//{*}path")][1] == "M7.2 7H48.0"
    assert svg.findall(".//{*}circle")[0].get("cx") == "15.8"


@pytest.mark.parametrize("numbers", [(2, 1, 1, 4), (0, 1, 5, 4), (0, math.nan, 1, 4), (-1, 0, 1, 4), (0, 0, 0, 0)])
def test_a_bar_of_no_interval_is_refused(numbers):
    with pytest.raises(CasemateError, match="is no interval"):
        interval(*numbers, "x")
