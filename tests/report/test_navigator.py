"""The layer for MITRE's ATLAS Navigator: what it scores, colours and says, and that it loads."""

import json

from casemate.catalog import atlas
from casemate.report import navigator
from strategies import assessed, record, seeded

BASE = {
    "casemate": "1",
    "name": "Scoring",
    "zones": {"internet": {"trust": "public"}, "cloud": {"trust": "staff"}},
    "actors": {"visitor": {"trust": "public", "zone": "internet"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "auth": "none", "returns": ["scores"]},
        "engine": {"kind": "inference", "zone": "cloud", "runs": ["scorer"]},
        "scorer": {"kind": "model", "zone": "cloud", "format": "pickle", "path": "m.pkl", "decides": "gate"},
        "people": {"kind": "dataset", "zone": "cloud", "sensitivity": "personal"},
        "training": {"kind": "training", "zone": "cloud"},
    },
    "flows": [
        {"from": "visitor", "to": "api"}, {"from": "api", "to": "engine"}, {"from": "engine", "to": "api"},
        {"from": "api", "to": "visitor"}, {"from": "people", "to": "training"}, {"from": "training", "to": "scorer"},
    ],
}  # fmt: skip
NEWEST = atlas.shipped(atlas.EDITIONS[-1])


def layer(*records, **more):
    return json.loads(navigator.render(assessed({**BASE, **more}, *records)))


def cells(found, technique):
    return [t for t in found["techniques"] if t["techniqueID"] == technique]


def test_it_is_a_layer_of_the_atlas_domain():
    found = layer()
    assert (found["name"], found["domain"]) == ("Scoring", "atlas-atlas")
    assert found["versions"] == {"layer": "4.5", "navigator": "5.3.2"}
    assert found["metadata"] == [{"name": "atlas_data_version", "value": NEWEST.version}]


def test_every_cell_is_one_of_the_matrix_and_there_once():
    found = layer()
    slugs = {i: n.lower().replace(" ", "-") for i, n in NEWEST.tactics.items()}
    places = [(t["techniqueID"], t["tactic"]) for t in found["techniques"]]
    assert len(places) == len(set(places))
    assert [(i, s) for i, s in places if s not in {slugs[x] for x in NEWEST.techniques[i].tactics}] == []


def test_a_technique_of_several_tactics_stands_in_each():
    tactics = [t["tactic"] for t in cells(layer(), "AML.T0015")]
    assert tactics == sorted(
        n.lower().replace(" ", "-") for n in map(NEWEST.tactics.get, NEWEST.techniques["AML.T0015"].tactics)
    )
    assert len(tactics) > 1


def test_the_score_is_the_current_risk_of_the_worst_threat():
    a = assessed(BASE)
    risks = [r.current for r in a.threats if "AML.T0024.000" in r.found.rule.maps.get("atlas", ())]
    (cell,) = cells(json.loads(navigator.render(a)), "AML.T0024.000")
    assert cell["score"] == float(f"{max(risks):.3g}")


def test_the_comment_names_the_threat_and_what_it_rests_on():
    (cell,) = cells(layer(), "AML.T0024.000")
    assert cell["comment"].startswith("membership-inference@scorer: open, ")
    assert cell["comment"].endswith("rests on declared facts")


def test_what_was_measured_is_said():
    found = layer(record("scorer", "scan", facts={"format": "pickle", "contents": "unsafe"}))
    assert all("rests on measured evidence (measured: " in t["comment"] for t in cells(found, "AML.T0018.002"))
    assert cells(found, "AML.T0018.002")


def test_colours_are_those_of_the_legend():
    found = layer()
    legend = {item["color"] for item in found["legendItems"]}
    assert {t["color"] for t in found["techniques"]} - {""} <= legend


def test_a_parent_is_unfolded_so_that_its_scored_parts_are_seen():
    parent, *_ = cells(layer(), "AML.T0018")
    assert parent["showSubtechniques"] is True
    assert "score" not in parent


def test_the_gradient_ends_at_the_highest_score():
    found = layer()
    assert found["gradient"]["maxValue"] == max(t.get("score", 0) for t in found["techniques"]) > 0


def test_a_dismissed_threat_is_no_longer_coloured_as_a_risk():
    decision = {"threat": "membership-inference@scorer", "because": "b", "by": "o", "until": "2027-01-01"}
    (cell,) = cells(layer(dismiss=[decision]), "AML.T0024.000")
    assert cell["color"] == navigator.SETTLED
    assert "dismissed" in cell["comment"]


def test_a_system_without_components_gives_an_empty_layer():
    found = layer(components={}, flows=[], actors={})
    assert found["techniques"] == []
    assert found["gradient"]["maxValue"] == 1


def test_many_threats_are_named_up_to_a_limit():
    components = {f"m{i}": {"kind": "model", "zone": "cloud", "format": "pickle"} for i in range(40)}
    assert all(len(t["comment"]) < 4000 for t in layer(components=components, flows=[])["techniques"])


def test_names_are_escaped_and_nothing_but_ascii_is_written():
    out = navigator.render(assessed({**BASE, "name": "\u00e9 \u65e5 <script>"}))
    assert out.isascii()
    assert out.endswith("}\n")
    assert json.loads(out)["name"] == "\u00e9 \u65e5 <script>"


def test_the_same_assessment_gives_the_same_bytes():
    assert navigator.render(assessed(seeded(3))) == navigator.render(assessed(seeded(3)))
