"""A map shows every flow of the model and nothing that the model's words could smuggle in."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.report.svg.engine import engines
from casemate.report.svg.graph import Edge, Frame, Graph, Node
from casemate.report.svg.layout import layout
from casemate.report.svg.map import draw
from casemate.report.svg.place import Box, Layout, Route
from casemate.report.svg.text import clean, width, wrap

RISKS = (None, "low", "medium", "high", "critical")
SHAPES = ("store", "model", "actor", "outside", "process")
TAGS = {"svg", "g", "a", "rect", "path", "text", "title", "style"}
HOSTILE = (
    '"/><script>alert(1)</script>',
    "]]></text><g onload='x'>",
    "n0 [label=<<b>x</b>>];\n}",
    "back\\slash \\N \\G",
    "line\nbreak\ttab\rreturn",
    "nul\x00 esc\x1b bell\x07",
    "\u202egnp.exe \u2066 \u2028",
    "﷽ 模型注册表 Übergröße модель 🛡️",
    "lone \ud800 surrogate \uffff",
    "&amp; &#x3c; %22",
    "W" * 500,
    "a" * 20 + "-" + "b" * 20,
    "",
)


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 our own output: that it parses is the test


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to 40 components in zones nested at random, with loops, parallel flows and hostile names."""
    some = draw(st.integers(0, 6))
    frames = tuple(
        Frame(f"z{i}", draw(st.sampled_from(HOSTILE)), draw(st.sampled_from([None, *(f"z{k}" for k in range(i))])))
        for i in range(some)
    )
    count = draw(st.integers(1, 40))
    random = draw(st.randoms(use_true_random=False))
    nodes = tuple(
        Node(
            f"c{i}",
            random.choice([f"component {i}", *HOSTILE]),
            random.choice(SHAPES),
            random.choice([None, *(f.id for f in frames)]),
            random.choice([0, 3, 120]),
            random.choice(RISKS),
            random.choice([None, f"#c{i}"]),
        )
        for i in range(count)
    )
    edges = tuple(
        Edge(f"{i}{random.choice(HOSTILE)}", random.choice(nodes).id, random.choice(nodes).id, random.choice(HOSTILE))
        for i in range(random.randint(0, int(count * 1.5)))
    )
    return Graph(frames, nodes, edges, random.choice(HOSTILE))


def by_hand(graph: Graph) -> Layout:
    """A layout that no engine is needed for: everything in a row."""
    nodes = {n.id: Box(150.0 * i, 40, 120, 40) for i, n in enumerate(graph.nodes)}
    frames = {f.id: Box(0, 0, 150.0 * len(nodes), 120) for f in graph.frames}
    edges = {
        e.id: Route(((a.x, 60), (5, 90), (9, 90), (b.x - 9, 61)), (b.x, 61), None)
        for e in graph.edges
        for a, b in [(nodes[e.source], nodes[e.target])]
    }
    return Layout(150.0 * len(nodes), 120, frames, nodes, edges)


def flows(svg: ET.Element) -> list[str | None]:
    return [g.get("data-flow") for g in svg.iter() if g.get("data-flow") is not None]


def tag(e: ET.Element) -> str:
    return e.tag.rpartition("}")[2]


@given(graphs())
@settings(max_examples=10, deadline=None)
def test_a_drawn_map_has_every_flow_of_the_model(graph):
    found = layout(graph, timeout=30)
    assert (found is not None) == bool(engines())
    svg = parse(draw(graph, found or by_hand(graph)))
    assert sorted(map(str, flows(svg))) == sorted(clean(e.id) for e in graph.edges)


@given(graphs())
@settings(max_examples=25, deadline=None)
def test_no_name_breaks_out_of_the_picture(graph):
    svg = parse(draw(graph, by_hand(graph), standalone=True))
    assert {tag(e) for e in svg.iter()} <= TAGS
    assert not [k for e in svg.iter() for k in e.attrib if k.startswith("on") or k == "id"]
    assert all(v.startswith("#") for e in svg.findall(".//{*}a") for v in e.attrib.values())
    style = svg.findall(".//{*}style")[0].text or ""
    assert "url(" not in style
    assert "@import" not in style


def test_a_picture_that_lacks_a_flow_is_refused(credit):
    whole = by_hand(credit)
    lost = credit.edges[3].id
    with pytest.raises(CasemateError, match=f"the layout lacks '{lost}'"):
        draw(credit, replace(whole, edges={k: v for k, v in whole.edges.items() if k != lost}))


def test_the_same_graph_gives_the_same_bytes(credit):
    one, other = (draw(credit, layout(credit) or by_hand(credit)) for _ in range(2))
    assert one == other


def test_a_map_says_what_it_is_and_links_to_its_components(credit):
    svg = parse(draw(credit, by_hand(credit)))
    assert svg.get("aria-label") == credit.label
    assert svg.get("role") == "group"  # the links of an img would be hidden from a screen reader
    assert [a.get("href") for a in svg.findall(".//{*}a")] == [n.href for n in credit.nodes]


def test_a_map_without_links_is_an_image(credit):
    plain = replace(credit, nodes=tuple(replace(n, href=None) for n in credit.nodes))
    assert parse(draw(plain, by_hand(plain))).get("role") == "img"


def test_a_flow_says_where_it_goes(credit):
    svg = parse(draw(credit, by_hand(credit)))
    titles = {g.get("data-flow"): g.findtext("{*}title") for g in svg.findall(".//{*}g") if g.get("data-flow")}
    assert titles["registry -> engine"] == "Model registry → Inference engine: deployment"


def test_a_standalone_map_carries_its_colours_and_an_inline_one_does_not(credit):
    assert "prefers-color-scheme:dark" in draw(credit, by_hand(credit), standalone=True)
    assert "<style" not in draw(credit, by_hand(credit))


def test_no_picture_sets_a_style_that_a_strict_page_would_block(credit):
    assert " style=" not in draw(credit, by_hand(credit), standalone=True)


def test_every_label_lies_on_its_own_line_and_no_box_covers_another(credit):
    found = layout(credit)
    svg = parse(draw(credit, found or by_hand(credit)))
    boxes = [e for e in svg.findall(".//{*}rect") if e.get("class") == "lb"]
    assert len(boxes) == len(credit.edges)
    if engines():
        rects = [tuple(float(e.get(k, "")) for k in ("x", "y", "width", "height")) for e in boxes]
        rects += [(b.x, b.y, b.width, b.height) for b in found.nodes.values()]
        assert not [(a, b) for i, a in enumerate(rects) for b in rects[:i] if touch(a, b)]


def touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def test_flows_there_and_back_do_not_lie_on_each_other():
    graph = Graph((), (Node("a", "A"), Node("b", "B")), (Edge("there", "a", "b"), Edge("back", "b", "a")))
    x = (0.0, 30.0, 60.0, 90.0)
    there = Route(tuple((v, 20.0) for v in x), (98, 20), None)
    back = Route(tuple((v + 8, 20.0) for v in reversed(x)), (0, 20), None)
    boxes = {"a": Box(-60, 0, 60, 40), "b": Box(98, 0, 60, 40)}
    svg = parse(draw(graph, Layout(160, 40, {}, boxes, {"there": there, "back": back})))
    ys = [float(p.get("d", "").split()[1].split("C")[0]) for p in svg.findall(".//{*}path") if p.get("class") == "ln"]
    assert math.isclose(abs(ys[0] - ys[1]), 12, abs_tol=0.2)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_wraps_into_short_lines(name):
    lines = wrap(name)
    assert len(lines) <= 2
    assert all(0 < len(line) <= 18 for line in lines)


def test_a_long_name_breaks_at_its_words_and_ends_with_an_ellipsis():
    assert wrap("Applications data set") == ("Applications data", "set")
    assert wrap("feature-store-of-the-whole-bank") == ("feature-store-of-", "the-whole-bank")
    assert wrap("one two three four five six seven eight nine") == ("one two three four", "five six seven…")


def test_widths_are_those_of_helvetica():
    assert width("Scoring inference API", 1000) == pytest.approx(9671)  # 3390 + 278 + 4113 + 278 + 1612
    assert width("é", 10) == width("e", 10)
