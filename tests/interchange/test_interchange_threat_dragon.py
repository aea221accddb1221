"""OWASP Threat Dragon models, version 2."""

import pytest

from casemate.interchange.readers import threat_dragon
from taking import EXAMPLES, reasons, refusal, taken

EXAMPLE = EXAMPLES["threat-dragon"].read_bytes()


def model(*cells, **more):
    return {"version": "2.3.0", "summary": {"title": "T"}, "detail": {"diagrams": [{"cells": list(cells)}]}, **more}


def cell(id, kind, at=(0, 0), size=(10, 10), **data):
    shapes = {"tm.BoundaryBox": "trust-boundary-box", "tm.Process": "process", "tm.Store": "store", "tm.Actor": "actor"}
    return {
        "id": id, "shape": shapes[kind], "position": {"x": at[0], "y": at[1]},
        "size": {"width": size[0], "height": size[1]}, "data": {"type": kind, "name": id, **data},
    }  # fmt: skip


def flow(id, source, target, **data):
    ends = [{"cell": e} if isinstance(e, str) else e for e in (source, target)]
    return {
        "id": id,
        "shape": "flow",
        "source": ends[0],
        "target": ends[1],
        "data": {"type": "tm.Flow", "name": id, **data},
    }


def test_the_example_says_what_its_source_says():
    system, _ = taken(EXAMPLE)
    assert {z.id: (z.name, z.parent) for z in system.zones.values()} == {
        "box-outer": ("Office", None), "box-inner": ("Vault", "box-outer"), "outside": ("outside", None),
    }  # fmt: skip
    assert {c.id: (c.kind, c.zone, c.name) for c in system.components.values()} == {
        "scan": ("service", "box-outer", "Letter scanner"), "keep": ("store", "box-inner", "Letters"),
    }  # fmt: skip
    assert {a.id: (a.name, a.zone, str(a.trust)) for a in system.actors.values()} == {
        "who": ("Sender", "outside", "public")
    }
    assert [(f.id, f.data, dict(f.props)) for f in system.flows] == [
        ("who->scan", "letter", {"encrypted": True}),
        ("scan->who", "letter", {"encrypted": True}),
        ("scan->keep", "picture", {}),
    ]


def test_a_box_that_nobody_ticked_says_nothing():
    system, loss = taken(model(cell("a", "tm.Store", isEncrypted=False, isALog=False)))
    assert system.components["a"].kind == "store"
    assert "encrypted" not in system.components["a"].props
    assert {what.rpartition(".")[2] for what, why, _ in reasons(loss, "left out") if why == threat_dragon.UNTICKED} == {
        "isEncrypted", "isALog"
    }  # fmt: skip


@pytest.mark.parametrize(("ticked", "kind"), [("isALog", "log-store"), ("isWebApplication", "web-app")])
def test_a_ticked_box_says_what_it_is(ticked, kind):
    assert taken(model(cell("a", "tm.Store", **{ticked: True})))[0].components["a"].kind == kind


def test_a_thing_is_in_the_smallest_box_around_its_middle():
    boxes = [cell("big", "tm.BoundaryBox", (0, 0), (100, 100)), cell("small", "tm.BoundaryBox", (0, 0), (50, 50))]
    things = [
        cell("in-both", "tm.Process", (20, 20)),
        cell("in-big", "tm.Process", (46, 46)),
        cell("in-none", "tm.Process", (96, 96)),
    ]
    system, _ = taken(model(*boxes, *things))
    assert {c.id: c.zone for c in system.components.values()} == {
        "in-both": "small",
        "in-big": "big",
        "in-none": "outside",
    }
    assert system.zones["small"].parent == "big"


def test_boxes_of_one_diagram_hold_nothing_of_another():
    doc = model(cell("box", "tm.BoundaryBox", (0, 0), (100, 100)))
    doc["detail"]["diagrams"].append({"cells": [cell("a", "tm.Process", (5, 5))]})
    assert taken(doc)[0].components["a"].zone == "outside"


def test_flows_that_are_joined_to_nothing_are_left_out_and_told():
    a = cell("a", "tm.Process")
    system, loss = taken(model(a, flow("f", {"x": 1, "y": 2}, "a"), flow("g", "a", "gone"), flow("h", "a", "a")))
    assert system.flows == ()
    assert loss.taken["flows"] == (3, 0, 0)
    assert [why for _, why, _ in reasons(loss, "broken")] == [
        "is joined to nothing; the flow is left out",
        "is joined to a cell that is no actor, process or store; the flow is left out",
    ]


def test_the_misspelt_shape_of_older_files_is_a_boundary_too():
    old = {"id": "b", "shape": "trust-broundary-curve", "data": {"type": "tm.Boundary", "name": "old"}}
    _, loss = taken(model(old))
    assert reasons(loss, "left out") == [
        ("detail.diagrams[*].cells[*]", "a line divides, but does not say what lies on which side of it", 1)
    ]


def test_a_name_that_only_the_picture_has_is_a_name():
    box = {**cell("b", "tm.BoundaryBox"), "attrs": {"label": {"text": "Shop floor"}}}
    del box["data"]["name"]
    assert taken(model(box))[0].zones["b"].name == "Shop floor"


def test_a_thing_without_a_place_is_outside_and_told():
    system, loss = taken(model({"id": "a", "shape": "store", "data": {"type": "tm.Store", "name": "a"}}))
    assert system.components["a"].zone == "outside"
    assert ("detail.diagrams[*].cells[*].position", "has no position and size that can be read", 1) in reasons(
        loss, "broken"
    )


def test_version_1_is_refused():
    doc = {"summary": {"title": "T"}, "detail": {"diagrams": [{"diagramJson": {"cells": []}}]}}
    assert refusal(doc) == "m.json: is a Threat Dragon model of version 1; open it in version 2 and save it again"


def test_an_empty_model_gives_an_empty_system():
    system, _ = taken(model())
    assert (dict(system.zones), dict(system.components), system.flows) == ({}, {}, ())


def test_more_boxes_than_anybody_draws_are_refused(monkeypatch):
    monkeypatch.setattr(threat_dragon, "MOST_LOOKS", 8)
    boxes = [cell(f"b{i}", "tm.BoundaryBox") for i in range(3)]
    assert refusal(model(*boxes)) == "m.json: has more boundary boxes than anybody draws; split the model"
