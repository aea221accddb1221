"""The map and its texts: nothing of the model is lost, and no name means anything to Mermaid or DOT."""

import re
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from casemate.cli.diagram import command
from casemate.report.svg.engine import engines
from casemate.report.svg.layout import layout
from casemate.report.svg.map import draw
from casemate.report.view.anchor import anchor
from casemate.report.view.drawing import MOST, NOWHERE, drawing, homes
from casemate.report.view.mermaid import dot, mermaid
from strategies import assessed, documents, seeded, text_of

HOSTILE = 'a"]; b\\ `x` %%{init: {}}%% <script> | ; #quot; {{7*7}}'

CHAIN = {
    "casemate": "1", "name": "A chain",
    "zones": {"internet": {"trust": "public", "name": "Internet"}, "cloud": {"trust": "staff"},
              "vault": {"trust": "restricted", "in": "cloud"}, "vendor": {"trust": "partner", "owner": "X Ltd"}},
    "actors": {"visitor": {"trust": "public", "zone": "internet"}, "clerk": {"trust": "staff", "zone": "cloud"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "returns": ["scores"]},
        "engine": {"kind": "inference", "zone": "cloud", "runs": ["scorer"]},
        "scorer": {"kind": "model", "zone": "cloud", "decides": "gate"},
        "rows": {"kind": "dataset", "zone": "vault", "writers": {"who": ["clerk"], "complete": "yes"}},
        "feed": {"kind": "data-source", "zone": "vendor"},
        "people": {"kind": "human-review", "zone": "cloud", "done by": ["clerk"]},
    },
    "flows": [{"from": "visitor", "to": "api", "data": "question"}, {"from": "api", "to": "engine"},
              {"from": "engine", "to": "api"}, {"from": "feed", "to": "rows"}],
}  # fmt: skip


def wide(zones: int = 9, each: int = 7) -> dict:
    """More components than one map holds, in a row of zones; every zone but the first lies in the first."""
    names = [f"z{i}" for i in range(zones)]
    parts = {f"c{i}-{k}": {"kind": "service", "zone": f"z{i}"} for i in range(zones) for k in range(each)}
    ids = list(parts)
    flows = [{"from": a, "to": ids[(i * 5 + 3) % len(ids)]} for i, a in enumerate(ids) if (i * 5 + 3) % len(ids) != i]
    around = {n: {"trust": "staff", **({"in": "z0"} if n != "z0" else {})} for n in names}
    return {"casemate": "1", "name": "Wide", "zones": around, "components": parts, "flows": flows}


@settings(max_examples=12)
@given(documents(most=6))
def test_a_drawn_map_has_every_flow_of_the_model(doc):
    a = assessed(doc)
    graph = drawing(a)
    flows = {f.id for f in a.system.flows}
    assert flows <= {e.id for e in graph.edges}
    found = layout(graph)
    if not engines():
        pytest.skip("no layout engine here")
    assert found is not None
    drawn = {g.get("data-flow") for g in ET.fromstring(draw(graph, found)).iter() if g.get("data-flow")}  # noqa: S314  our own
    assert flows <= drawn


@settings(max_examples=25)
@given(documents(most=8))
def test_every_component_and_actor_is_a_node_in_its_zone(doc):
    a = assessed(doc)
    at = {n.id: n.frame for n in drawing(a).nodes}
    assert {c.id: c.zone for c in a.system.components.values()}.items() <= at.items()
    assert {p.id: p.zone for p in a.system.actors.values()}.items() <= at.items()


def test_a_map_of_zones_counts_every_flow_once():
    a = assessed(wide())
    graph = drawing(a)
    between = sum(int(e.label.split()[0]) for e in graph.edges)
    inside = sum(int(re.search(r"(\d+) flows? inside", n.title)[1]) for n in graph.nodes)
    assert len(a.system.components) > MOST
    assert between + inside == len(a.system.flows)
    assert {n.id for n in graph.nodes} == set(a.system.zones)


def test_more_zones_than_a_map_holds_are_drawn_as_those_around_them():
    a = assessed(wide(zones=MOST + 5, each=2))
    assert set(homes(a.system).values()) == {"z0"}
    assert [n.id for n in drawing(a).nodes] == ["z0"]


def test_people_of_no_zone_have_a_place_of_their_own():
    doc = wide()
    a = assessed({**doc, "actors": {"admin": {"trust": "staff"}}, "flows": [{"from": "admin", "to": "c0-0"}]})
    assert [(e.source, e.target, e.label) for e in drawing(a).edges] == [(NOWHERE, "z0", "1 flow")]


def test_badges_count_open_threats_and_colours_are_the_worst_of_them():
    a = assessed(CHAIN)
    order = ["critical", "high", "medium", "low"]
    for n in drawing(a).nodes:
        risks = [r for r in a.of("open") if r.found.element == n.id]
        assert n.badge == len(risks)
        assert n.severity == min((r.severity for r in risks), key=order.index, default=None)
    assert any(n.badge for n in drawing(a).nodes)


def test_a_flow_has_the_colour_of_the_worst_threat_along_it():
    a = assessed(CHAIN)
    ways = [
        r for r in a.of("open") if ("api", "engine") in zip(r.found.reason.path, r.found.reason.path[1:], strict=False)
    ]
    edge = next(e for e in drawing(a).edges if e.id == "api->engine")
    assert ways
    assert edge.severity == min((r.severity for r in ways), key=["critical", "high", "medium", "low"].index)


def test_what_joins_parts_beside_flows_is_drawn_too():
    edges = {(e.source, e.target): e.label for e in drawing(assessed(CHAIN)).edges}
    assert edges["engine", "scorer"] == "runs"
    assert edges["anyone in internet", "api"] == "open to all"
    assert edges["clerk", "people"] == "works here"


def test_shapes_follow_kind_and_owner():
    shapes = {n.id: n.shape for n in drawing(assessed(CHAIN)).nodes}
    assert shapes == {
        "api": "process", "engine": "process", "scorer": "model", "rows": "store", "feed": "outside",
        "people": "actor", "visitor": "actor", "clerk": "actor", "anyone in internet": "actor",
    }  # fmt: skip


def hostile() -> dict:
    doc = seeded(3)
    names = {c: {**p, "name": f"{HOSTILE} {c}"} for c, p in doc["components"].items()}
    zones = {z: {**v, "name": HOSTILE} for z, v in doc["zones"].items()}
    return {**doc, "zones": zones, "components": names, "flows": [{**f, "data": HOSTILE} for f in doc["flows"]]}


def test_no_name_gets_out_of_a_mermaid_label():
    line = re.compile(
        r"flowchart LR|end"
        r'|n\d+(\[\(|\{\{|\(\[|\[\[|\[)"[^"`<>{}%;\\|\[\]]*(#\d+;[^"`<>{}%;\\|\[\]]*)*"(\)\]|\}\}|\]\)|\]\]|\])'
        r'|subgraph z\d+\["[^"`<>{}%|\[\]\\]+"\]|n\d+ -->(\|"[^"`<>{}%|\[\]\\]+"\|)? n\d+'
        r"|linkStyle \d+ stroke:#[0-9a-f]{6},stroke-width:2px|classDef \w+ stroke:#[0-9a-f]{6},stroke-width:2px"
        r"|class n\d+(,n\d+)* \w+"
    )
    for text in mermaid(drawing(assessed(hostile()))).splitlines():
        assert line.fullmatch(text.strip()), text


def test_a_label_says_its_characters_by_number():
    text = mermaid(
        drawing(assessed({**CHAIN, "zones": {**CHAIN["zones"], "cloud": {"trust": "staff", "name": 'a"b`c'}}}))
    )
    assert 'subgraph z1["a#34;b#96;c · staff"]' in text


def test_graphviz_reads_our_dot():
    graphviz = pytest.importorskip("pygraphviz")
    graph = drawing(assessed(hostile()))
    read = graphviz.AGraph(string=dot(graph))
    assert (read.number_of_nodes(), read.number_of_edges()) == (len(graph.nodes), len(graph.edges))
    assert {n.attr["shape"] for n in read.nodes()} <= {"cylinder", "hexagon", "oval", "box3d", "box"}


def test_dot_quotes_every_label():
    text = dot(drawing(assessed(hostile())))
    for line in text.splitlines()[2:-1]:
        assert re.fullmatch(
            r'\s*(n\d+( -> n\d+)? \[|subgraph cluster_z\d+ \{|label=|\})("(\\.|[^"\\])*"|[^"])*', line
        ), line


def test_anchors_are_safe_and_never_shared():
    ids = ["a b", "a_b", "a.b", "a->b", "a-b", "A-b", "a_20_b", "ä", "a b"]
    made = [anchor("t", i) for i in ids]
    assert all(re.fullmatch(r"t-[A-Za-z0-9_-]+", m) for m in made)
    assert len(set(made)) == len(set(ids))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "casemate.yaml"
    path.write_text(text_of(CHAIN), encoding="utf-8")
    return path


@pytest.mark.parametrize(("form", "begins"), [("mermaid", "flowchart LR\n"), ("dot", "digraph system {\n")])
def test_the_command_prints_a_map(file, form, begins):
    done = CliRunner().invoke(command, [str(file), "--format", form, "--today", "2026-11-02"])
    assert (done.exit_code, done.stdout[: len(begins)]) == (0, begins)
    assert done.stdout.endswith("\n")


def test_the_command_writes_a_picture_that_stands_alone(file, tmp_path):
    if not engines():
        pytest.skip("no layout engine here")
    out = tmp_path / "map.svg"
    done = CliRunner().invoke(command, [str(file), "-o", str(out), "--today", "2026-11-02"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "<style>" in out.read_text("utf-8")


def test_without_an_engine_the_command_says_what_to_do(file, monkeypatch):
    monkeypatch.setattr("casemate.report.svg.engine.engines", lambda: ())
    monkeypatch.setattr("casemate.report.svg.layout.engines", lambda: ())
    done = CliRunner().invoke(command, [str(file), "--today", "2026-11-02"])
    assert str(done.exception) == (
        'diagram: there is no layout engine here; pip install "casemate[diagrams]", or use --format mermaid'
    )
