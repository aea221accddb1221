"""Graphviz may hang, crash, lie or be absent: then there is no layout, never a layout that lacks a flow."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.report.svg.dot import WAYS, node_lines, node_size, write
from casemate.report.svg.engine import engines
from casemate.report.svg.fold import scale
from casemate.report.svg.graph import Edge, Frame, Graph, Node
from casemate.report.svg.layout import layout

PAIR = Graph((), (Node("a", "A"), Node("b", "B")), (Edge("f", "a", "b"),))
NODE_A = {"_gvid": 0, "name": "n0", "pos": "40,30"}
NODE_B = {"_gvid": 1, "name": "n1", "pos": "240,30"}
FLOW = {"id": "e0", "tail": 0, "head": 1, "pos": "e,200,30 80,30 120,30 160,30 190,30"}


def answer(**changes: object) -> str:
    return json.dumps({"name": "w0", "bb": "0,0,280,60", "objects": [NODE_A, NODE_B], "edges": [FLOW]} | changes)


def says(text: str, unless: str = "never said") -> tuple[str, ...]:
    """An engine that answers a text, and the truth when its input has a word."""
    return (sys.executable, "-c", f"import sys; print({answer()!r} if {unless!r} in sys.stdin.read() else {text!r})")


def test_without_any_engine_there_is_no_layout(credit):
    assert layout(credit, by=()) is None


def test_the_engines_of_this_machine_lay_out_the_example_or_are_none(credit):
    found = layout(credit)
    assert (found is not None) == bool(engines())


def test_every_engine_gives_every_flow_zone_and_component(credit):
    for engine in engines():  # the test above says what holds where there is none
        found = layout(credit, by=[engine])
        assert found is not None
        assert set(found.edges) == {e.id for e in credit.edges}
        assert set(found.nodes) == {n.id for n in credit.nodes}
        assert set(found.frames) == {f.id for f in credit.frames}


def test_the_example_fits_a_page_without_scaling(credit):
    found = layout(credit)
    assert found is None if not engines() else (scale(found) == 1.0 and found.width > found.height)


@pytest.mark.parametrize(("size", "seed"), [(60, 29), (80, 17)])
def test_what_graphviz_drops_silently_is_asked_for_again(tangle, size, seed):
    graph = tangle(size, seed)
    found = layout(graph, timeout=60)
    assert found is None if not engines() else set(found.edges) == {e.id for e in graph.edges}


def test_a_canned_answer_is_understood():
    found = layout(PAIR, by=[says(answer())])
    assert found is not None
    assert found.edges["f"].tip == (200, 30)


@pytest.mark.parametrize(
    "text",
    [
        answer(edges=[]),
        answer(objects=[NODE_A]),
        answer(edges=[FLOW | {"head": 0}]),
        answer(edges=[FLOW | {"pos": "e,nan,30 80,30 120,30 160,30 190,30"}]),
        answer(edges=[FLOW | {"pos": "80,30 120,30"}]),
        answer(bb="1,2"),
        answer(objects=7),
        "[1]",
        "{",
        "[" * 100_000,
        "",
    ],
)
def test_an_answer_that_lacks_something_is_no_layout(text):
    assert layout(PAIR, by=[says(text)]) is None


def test_a_flow_that_is_lost_is_asked_for_with_newrank():
    assert layout(PAIR, by=[says(answer(edges=[]), unless="newrank=true")]) is not None


def test_the_next_engine_is_asked_when_one_is_not_there():
    assert layout(PAIR, by=[("/nowhere/dot",), says(answer())]) is not None


def test_an_engine_that_crashes_does_not_kill_us():
    assert layout(PAIR, by=[(sys.executable, "-c", "import os; os.abort()")]) is None


def test_an_engine_that_hangs_is_ended_in_time_and_the_next_one_asked():
    start = time.monotonic()
    hangs = (sys.executable, "-c", "import time; time.sleep(60)")
    assert layout(PAIR, timeout=1.0, by=[hangs]) is None
    assert time.monotonic() - start < 10


def test_a_python_file_in_the_folder_we_assess_is_not_run(tmp_path, monkeypatch):
    trap = tmp_path / "sprung"
    for name in ("pygraphviz.py", "json.py", "resource.py", "contextlib.py"):
        (tmp_path / name).write_text(f"open({os.fspath(trap)!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    layout(PAIR)
    assert not trap.exists()


def test_a_graph_without_components_has_no_layout():
    assert layout(Graph((Frame("z", "Z"),), (), ())) is None


def test_the_same_graph_is_laid_out_the_same_way_twice(credit):
    assert layout(credit) == layout(credit)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_word_of_the_model_reaches_graphviz(one, other, third):
    def named(a: str, b: str, c: str) -> Graph:
        nodes = (Node("1" + a, a, frame="3" + c), Node("2" + b, b))
        return Graph((Frame("3" + c, c),), nodes, (Edge(a, "1" + a, "2" + b, c),))

    def words(graph: Graph) -> str:
        return "".join(c for c in write(graph, WAYS[0]) if not c.isdigit() and c != ".")

    plain = words(named("x", "y", "z" if third.split() else ""))
    assert words(named(one, other, third)) in (plain, words(named("x", "y", "")))


@given(st.text(max_size=500))
@settings(max_examples=100, deadline=None)
def test_a_box_of_a_component_stays_small(label):
    w, h = node_size(Node("a", label))
    assert w < 420
    assert h < 80
    assert all(len(line) <= 16 for line in node_lines(Node("a", label)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Graph((), (Node("a", ""), Node("a", "")), ()), "two components are called 'a'"),
        (lambda: Graph((), (Node("a", ""),), (Edge("f", "a", "scorre"),)), "there is no component 'scorre'"),
        (lambda: Graph((Frame("y", "", "z"), Frame("z", "", "y")), (), ()), "the zone 'y' lies inside itself"),
        (lambda: Graph((), (Node("a", "", href="javascript:alert(1)"),), ()), "is no link within our pages"),
        (lambda: Graph((), (Node("a", "", href="//evil.example"),), ()), "is no link within our pages"),
        (lambda: Graph((), (Node("a", "", severity='"><x'),), ()), "there is no severity"),
    ],
)
def test_a_graph_that_does_not_hold_together_is_refused(build, message):
    with pytest.raises(CasemateError, match=message):
        build()
