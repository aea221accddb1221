"""Attack paths in every report: the same chains, in the same order, with the same numbers."""

import re

import pytest

from casemate.prioritize.paths import paths
from casemate.report import html, markdown, text
from casemate.report.json import document
from casemate.report.view.paths import APART, section
from casemate.report.view.reader import read_by
from casemate.report.view.why import why
from strategies import assessed, seeded

DOC = {
    "casemate": "1", "name": "N", "zones": {"net": {"trust": "public"}, "in": {"trust": "staff"}},
    "components": {
        "site": {"kind": "web-app", "zone": "in", "exposed to": ["net"], "patched": "no", "auth": "none"},
        "files": {"kind": "store", "zone": "in", "sensitivity": "personal"},
        "keys": {"kind": "credential-store", "zone": "in", "opens": ["lab"], "encrypted": "no"},
        "lab": {"kind": "notebook", "zone": "in", "auth": "none"},
        "records": {"kind": "dataset", "zone": "in", "sensitivity": "personal"},
    },
    "flows": [{"from": "files", "to": "site"}, {"from": "keys", "to": "site"}, {"from": "records", "to": "lab"}],
}  # fmt: skip
SEEDS = range(5)


def mine():
    return assessed(DOC)


def test_the_text_tells_the_three_worst_in_eighty_columns():
    a = mine()
    said = text.render(a)
    part = said[said.index("Attack paths: ") : said.index("\nGate: ")]
    assert max(map(len, part.splitlines())) <= 80
    assert len(re.findall(r"^\d  ", part, re.M)) == min(3, len(section(a).paths))
    assert "   • unpatched-front@site (" in part
    assert "then gathers what site reads from files" in " ".join(part.split())
    assert " ".join(APART.split()) in " ".join(part.split())


def test_the_json_gives_the_steps_the_probability_and_the_harm():
    data = document(mine())
    first = data["paths"][0]
    assert first["steps"]
    assert set(first["steps"]) <= {t["id"] for t in data["threats"]}
    assert 0 < first["probability"] <= 1
    assert first["harm"]["outcome"] in {"personal-data", "secrets", "takeover"}
    assert first["harm"]["loss"] > 0
    assert first["a year"] == pytest.approx(first["probability"] * first["harm"]["loss"] * first["attempts"], rel=0.02)
    assert [m["threat"] for m in first["moves"] if m["threat"]] == first["steps"]
    assert [c["share"] for c in data["choke points"]] == sorted(
        (c["share"] for c in data["choke points"]), reverse=True
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_all_reports_tell_the_same_paths(seed):
    a = assessed(seeded(seed))
    found, data = section(a), document(a)
    assert [p["steps"] for p in data["paths"]] == [list(p.threats) for p in paths(a.risks).paths]
    page = html.render(a, ())
    way = page[page.index('<section id="paths">') :]
    way = way[: way.index("</section>")]
    assert way.count('<ol class="way">') == len(found.paths)
    assert ("attack path" in markdown.render(a)) == bool(found.paths)
    assert ("Attack paths: " in text.render(a)) == bool(found.paths)


def test_why_names_the_paths_that_a_threat_lies_on():
    a = mine()
    p = paths(a.risks).paths[0]
    lines = dict(why(a, next(r for r in a.threats if r.id == p.threats[0])))["Attack paths"]
    assert lines[0].startswith(f"path 1 of {len(paths(a.risks).paths)}, public: ")
    assert f"  1 {p.threats[0]}" in lines


def test_where_no_chain_is_there_is_no_section():
    a = assessed({**DOC, "flows": []})
    assert section(a).paths == ()
    assert "Attack paths" not in text.render(a)
    assert document(a)["paths"] == []
    assert document(a)["choke points"] == []
    assert "No chain of threats leads to a harm" in html.render(a, ())


def test_one_role_reads_the_paths_that_its_threats_lie_on():
    a = mine()
    for role in ("security", "data-science", "operations"):
        seen = section(read_by(a, role)).paths
        own = {r.id for r in a.threats if r.found.rule.asked_of == role}
        assert all({x.threat for x in p.lines} & own for p in seen)
