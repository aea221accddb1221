"""The worst zones from within: what a large system's map hides, drawn so that it can be read."""

import re
import sys
import xml.etree.ElementTree as ET

import pytest

from casemate.report import html
from casemate.report.svg.engine import engines
from casemate.report.svg.layout import layouts
from casemate.report.svg.map import draw
from casemate.report.view.drawing import MOST
from casemate.report.view.links import worst
from casemate.report.view.zones import AROUND, DOZEN, OTHERS, REST, pictures
from strategies import assessed, seeded

OPEN = {"kind": "endpoint", "auth": "none", "exposed to": ["internet"], "logs": ["none"]}


def large(zones: int = 16, each: int = 3, hub: int = 0) -> dict:
    """Zones with open endpoints; every one answers the next, and `hub` of them the first too."""
    around = {"internet": {"trust": "public"}, **{f"z{i}": {"trust": "staff"} for i in range(zones)}}
    parts = {}
    for i in range(zones):
        for k in range(each * 5 if hub and i == 0 else each):
            parts[f"c{i}-{k}"] = {**OPEN, "zone": f"z{i}"}
    flows = [{"from": f"c{i}-0", "to": f"c{(i + 1) % zones}-0"} for i in range(zones)]
    flows += [{"from": f"c{i}-1", "to": "c0-1"} for i in range(1, hub + 1)]
    return {"casemate": "1", "name": "Large", "zones": around, "components": parts, "flows": flows}


def test_a_system_that_one_map_holds_has_no_more_pictures():
    assert pictures(assessed(seeded(1))) == ()


def test_of_many_zones_the_worst_dozen_is_drawn():
    a = assessed(large())
    found = pictures(a)
    cost = {}
    for r in a.of("open"):
        c = a.system.components.get(r.found.element)
        if c:
            cost.setdefault(c.zone, []).append(r)
    assert len(found) == DOZEN < len(cost)
    order = ["critical", "high", "medium", "low"]
    gravest = [order.index(worst(cost[p.zone])) for p in found]
    left = [order.index(worst(cost[z])) for z in cost if z not in {p.zone for p in found}]
    assert gravest == sorted(gravest)
    assert max(gravest) <= min(left)


def test_a_picture_holds_its_zone_and_whole_zones_around_it():
    found = {p.zone: p for p in pictures(assessed(large()))}
    zone, p = next(iter(found.items()))
    inside = {n.id for n in p.graph.nodes if n.frame == zone}
    i = int(zone[1:])
    assert inside == {f"c{i}-{k}" for k in range(3)}
    near = {f"{OTHERS} z{(i - 1) % 16}", f"{OTHERS} z{(i + 1) % 16}", f"{OTHERS} internet"}
    assert {n.id for n in p.graph.nodes} - inside == near


def test_every_link_of_the_zone_is_in_a_line():
    doc = large(zones=16, each=3)
    doc["flows"].append({"from": "c0-0", "to": "c1-1"})
    p = next(p for p in pictures(assessed(doc)) if p.zone in ("z0", "z1"))
    between = [e for e in p.graph.edges if {e.source, e.target} & {f"{OTHERS} z0", f"{OTHERS} z1"}]
    assert sum(int(e.label.split()[0]) if e.label.split()[1:] == ["flows"] else 1 for e in between) == 2


def test_a_zone_with_too_many_components_draws_the_worst_and_counts_the_others():
    doc = large(zones=2, each=60)
    p = pictures(assessed(doc))[0]
    inside = [n for n in p.graph.nodes if n.frame == p.zone]
    assert len(inside) == MOST + 1
    assert {n.label for n in inside if n.id == REST} == {"20 more"}
    assert p.says.startswith("the worst 40 of 60 components; ")


def test_a_hub_is_drawn_among_its_nearest_zones_and_one_node_for_the_others():
    p = next(p for p in pictures(assessed(large(zones=30, each=2, hub=29))) if p.zone == "z0")
    outside = [n.id for n in p.graph.nodes if n.frame is None]
    assert len(outside) == AROUND
    assert OTHERS in outside


def test_pictures_of_zones_lose_no_line():
    if not engines():
        pytest.skip("no layout engine here")
    found = pictures(assessed(large(zones=30, each=2, hub=29)))
    for p, layout in zip(found, layouts([p.graph for p in found], 60), strict=True):
        assert layout is not None
        drawn = {g.get("data-flow") for g in ET.fromstring(draw(p.graph, layout)).iter() if g.get("data-flow")}  # noqa: S314  our own
        assert drawn == {e.id for e in p.graph.edges}


def test_the_page_shows_them_and_every_link_leads_somewhere():
    page = html.render(assessed(large()))
    if not engines():
        pytest.skip("no layout engine here")
    assert "The worst zones from within" in page
    assert page.count("<svg") >= DOZEN + 1
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_one_graph_that_ends_the_engine_costs_the_others_nothing(tmp_path):
    if not engines():
        pytest.skip("no layout engine here")
    graphs = [p.graph for p in pictures(assessed(large()))][:3]
    real = engines()[0]
    script = tmp_path / "engine.py"
    script.write_text(
        "import subprocess, sys\n"
        "for text in sys.stdin.read().split('\\n// next\\n'):\n"
        "    if 'digraph g1 ' in text: sys.exit(1)\n"
        f"    sys.stdout.write(subprocess.run({real!r}, input=text, capture_output=True, text=True).stdout)\n"
        "    sys.stdout.flush()\n"
    )
    found = layouts(graphs, 60, [(sys.executable, str(script))])
    assert [x is not None for x in found] == [True, False, True]
