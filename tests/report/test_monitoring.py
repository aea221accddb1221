"""The monitor's page: one file that runs nothing, and charts that show what they are given."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading
from casemate.evidence.monitor.batch import HOUR
from casemate.evidence.monitor.course import Moment
from casemate.evidence.monitor.facts import Client, Facts, People, Verdict, Watch
from casemate.report.svg.clients import Dot, clients
from casemate.report.svg.confidence import Point, confidence
from casemate.report.svg.effects import effect
from casemate.report.svg.plot import nice
from casemate.report.view.monitoring import page

START = 490_000 * HOUR
EVIL = "<script>alert(1)</script>"


def moments(low=0.05, many=48):
    return tuple(Moment(START + i * HOUR, 100, low, 0.4, 0.9) for i in range(many))


def facts(**more):
    """A small run with an alarm of each kind."""
    details = (("psi", 0.2), ("wasserstein in deviations", 0.5), ("mean before", 1.0), ("mean", 2.0))
    given = {
        "verdict": Verdict.ALARM, "because": "b", "rows": 4800, "first": START, "last": START + 47 * HOUR,
        "watch": Watch(0.6, 0.1, usual=0.05),
        "alarms": (
            Alarm("low confidence", "confidence", START, START + HOUR, 0.4, 0.1, "confidence fell"),
            Alarm("probing", f"outside: {EVIL}", START, START, 0.9, 0.1, f"{EVIL}: 90 % lie outside"),
            Alarm("drift", f"f.{EVIL}", START, START, 0.3, 0.1, "moved"),
        ),
        "low": (), "confidence": moments(), "step": 1,
        "moved": (Reading("drift", f"f.{EVIL}", 0.3, 0.1, 100, 0, "m", details),
                  Reading("drift", "f.calm", 0.01, 0.1, 100, 0, "m")),
        "joint": (), "labelled": (),
        "people": People((Client(EVIL, 300, 0.5, 0.9, 0.7, 1, ("outside",)), Client("ann", 20, 0.0, 0.0, None, 1)),
                         (), 2, None, 1000),
        "unmeasured": ("error rate: nobody declared one",), "counted": (("rows out of order", 3),),
    }  # fmt: skip
    return Facts(**{**given, **more})


def svg(text):
    return ElementTree.fromstring(text)  # noqa: S314  our own


def texts(root):
    return [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_page_is_one_file_without_a_script_and_escapes_what_a_log_says():
    text = page(facts(), EVIL)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert not re.search(r"""(?:src|href)=["'](?!#)""", text)
    assert text == page(facts(), EVIL)


def test_the_page_shows_verdict_alarms_charts_and_what_is_invisible():
    text = page(facts(), "log")
    shown = (
        "Alarm</span>: confidence fell; 2 more below",
        "Confidence over time",
        "Drift, by column",
        "Clients by behaviour",
        "extraction with queries drawn from",
        "<b>rows out of order</b>: 3",
    )
    for part in shown:
        assert part in text


def test_a_run_that_measured_nothing_has_a_page_too():
    nothing = facts(verdict=Verdict.UNMEASURED, alarms=(), confidence=(), moved=(), people=People(), rows=0)
    text = page(nothing, "log")
    assert "Not measured</span>: b" in text
    assert "<svg" not in text


@pytest.mark.parametrize("wide", [1160.0, 462.0])
def test_all_of_the_chart_of_confidence_lies_within_its_frame(wide):
    points = [Point(START + i * HOUR, i / 100, 0.3, 0.9) for i in range(48)]
    root = svg(confidence(points, 1, "c", 0.2, 0.1, [(START - HOUR, START + 99 * HOUR)], wide))
    numbers = [float(e.get(k)) for e in root.iter() for k in ("x", "x1", "x2", "cx") if e.get(k)]
    assert 0 <= min(numbers) <= max(numbers) <= wide
    assert "20 % tolerated" in texts(root)


def test_hours_without_rows_are_a_gap_in_the_line():
    points = [Point(START + i * HOUR, 0.1, 0.3, 0.9) for i in (0, 1, 2, 30, 31)]
    root = svg(confidence(points, 1, "c"))
    assert sum(e.get("class") == "faint" for e in root.iter()) == 2


def test_points_beyond_what_is_tolerated_are_marked():
    points = [Point(START + i * HOUR, low, 0.3, 0.9) for i, low in enumerate((0.1, 0.3, 0.2, 0.4))]
    root = svg(confidence(points, 1, "c", 0.2))
    assert sum(e.get("class") == "hot" for e in root.iter()) == 2


def test_who_shows_too_much_is_named_and_the_rest_is_not():
    root = svg(clients([Dot("mallory", 900, 0.8, True), Dot("ann", 10, 0.1)], "c", 0.3, 1000))
    assert "mallory" in texts(root)
    assert "ann" not in texts(root)
    assert "extraction took 1,000" in texts(root)


def test_names_of_clients_do_not_cover_each_other():
    root = svg(clients([Dot(f"client-{i}", 500, 0.5 + i / 1000, True) for i in range(30)], "c"))
    named = [(e.get("x"), e.get("y")) for e in root.iter() if (e.get("class") or "") == "say red"]
    assert 1 <= len(named) == len(set(named)) <= 8


def test_an_effect_is_as_long_as_its_share_of_the_most():
    root = svg(effect(0.1, 0.05, 0.2, "e"))
    bar = next(e for e in root if e.get("class") == "cold")
    assert float(bar.get("width")) == pytest.approx(108)


@pytest.mark.parametrize(("high", "top"), [(0.17, 0.2), (0.2, 0.2), (0.51, 0.6), (0.09, 0.1), (0.0, 1.0)])
def test_an_axis_ends_at_a_round_number(high, top):
    assert nice(high)[0] == pytest.approx(top)


@pytest.mark.parametrize(
    "draw", [lambda: confidence([], 1, "c"), lambda: clients([], "c"), lambda: effect(2, 1, 1, "e")]
)
def test_what_cannot_be_drawn_is_an_error(draw):
    with pytest.raises(CasemateError):
        draw()


def test_numbers_of_members_in_a_verdict_do_not_change_its_tone():
    assert 'class="st pass"' in page(replace(facts(), verdict=Verdict.QUIET, alarms=()), "log")


def test_twelve_clients_stand_beside_their_chart_and_the_rest_can_be_opened():
    many = tuple(Client(f"c{i:02}", 100 - i, 0.1, 0.1, 0.9, 1) for i in range(20))
    text = page(facts(people=People(many, (), 20, None, None)), "log")
    first, _, rest = text.partition("<details>")
    assert ("c11" in first, ">c12</th>" in first, ">c12</th>" in rest) == (True, False, True)
    assert "<summary>8 more clients</summary>" in rest
    assert "20 of 20 clients" in rest


def test_a_column_that_moved_shows_the_window_in_which_it_was_worst():
    alarm = Alarm("drift", "f.age", START, START, 0.31, 0.12, "moved")
    low = Reading("drift", "f.age", 0.04, 0.05, 100, 0, "m")
    text = page(facts(alarms=(replace(alarm, value=0.2), alarm), moved=(low,)), "log")
    assert "f.age: effect 0.310, an alarm at 0.120" in text
    assert 'data-is="effect">0.310<' in text


def test_a_log_without_confidence_says_so_where_its_course_would_stand():
    nobody = replace(facts().people.clients[0], low=None)
    text = page(facts(confidence=(), people=People((nobody,), (), 1, None, None)), "log")
    assert "nobody can say that it did not fall" in text
    assert '<div class="sides">' not in text


def test_a_stretch_of_a_few_rows_is_not_drawn_and_the_page_says_so():
    night = (Moment(START + 48 * HOUR, 1, 1.0, 0.4, 0.4), Moment(START + 49 * HOUR, 19, 1.0, 0.4, 0.4))
    text = page(facts(confidence=(*moments(), *night)), "x")
    assert "at most 5 %" in text
    assert "2 stretches of fewer than 20 rows are not drawn." in text
    assert "not drawn" not in page(facts(), "x")
    assert "at most 100 %" in page(facts(confidence=night), "x")
