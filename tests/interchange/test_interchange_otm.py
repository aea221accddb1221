"""Open Threat Model, in and out."""

import json

import pytest
from hypothesis import given

from casemate.define.build import from_text
from casemate.interchange.give import Given, give
from casemate.interchange.take import take
from strategies import assessed, documents, system_of
from taking import EXAMPLES, reasons, taken, told

EXAMPLE = EXAMPLES["otm"].read_bytes()


def otm(**more):
    return {
        "otmVersion": "0.2.0",
        "project": {"name": "P", "id": "p"},
        "trustZones": [{"id": "z", "name": "z", "risk": {"trustRating": 75}}],
        **more,
    }


def part(id, **more):
    return {"id": id, "name": id, "type": "database", "parent": {"trustZone": "z"}, **more}


def out(system, **more):
    return json.loads(give(Given(system, **more), "otm")[0])


@given(documents())
def test_out_and_in_again_every_zone_actor_component_and_flow_is_the_same(doc):
    system = system_of(doc)
    text, _ = give(Given(system), "otm")
    again, loss = taken(text.encode())
    assert again.zones == system.zones
    assert again.actors == system.actors
    assert again.components == system.components
    assert again.flows == system.flows
    assert reasons(loss, "left out") == []
    assert reasons(loss, "broken") == []


def test_the_example_says_what_its_source_says():
    system, _ = taken(EXAMPLE, "otm.yaml")
    assert {z.id: (str(z.trust), z.parent) for z in system.zones.values()} == {
        "street": ("public", None), "hall": ("staff", None), "safe": ("restricted", "hall"),
    }  # fmt: skip
    assert {c.id: (c.kind, c.zone) for c in system.components.values()} == {
        "app": ("client-app", "street"), "api": ("endpoint", "hall"), "guess": ("model", "hall"),
        "store": ("store", "safe"), "odd": ("service", "hall"),
    }  # fmt: skip
    assert [(f.id, f.data) for f in system.flows] == [
        ("ask", "where is it (Address)"), ("api->app", "where is it (Address)"), ("api->guess", "features"),
        ("api->store", "look-up"), ("look-up-by-name", "look-up by name"),
    ]  # fmt: skip
    assert [(a.id, a.zone) for a in system.actors.values()] == [("driver", "hall")]


def test_nothing_is_said_that_the_source_does_not_say():
    system, _ = taken(EXAMPLE, "otm.yaml")
    assert {k for c in system.components.values() for k in c.props} == {"name", "means"}


def test_every_fact_of_the_example_says_where_it_came_from():
    text, _ = take(EXAMPLE, "otm.yaml")
    assert "    trust: staff  # trustZones[1].risk.trustRating is 75\n" in text
    assert "    kind: service  # chosen: components[4].type is quantum-thing, which is in no table\n" in text
    assert "      data: features  # dataflows[1].name\n" in text


def test_a_type_that_is_in_no_table_is_listed():
    report = told(otm(components=[part("odd", type="quantum-thing")]))
    assert "  components[0].type: is in no table; service is written (odd is 'quantum-thing')\n" in report


@pytest.mark.parametrize(
    ("rating", "trust"),
    [(0, "public"), (20, "public"), (21, "account"), (90, "staff"), (91, "restricted"), (100, "restricted")],
)
def test_the_rating_becomes_one_of_five_steps(rating, trust):
    zones = [{"id": "z", "name": "z", "risk": {"trustRating": rating}}]
    assert str(taken(otm(trustZones=zones))[0].zones["z"].trust) == trust


@pytest.mark.parametrize("rating", [-1, 101, "high", None, [], 1e30])
def test_a_rating_that_is_none_is_chosen_and_told(rating):
    system, loss = taken(otm(trustZones=[{"id": "z", "name": "z", "risk": {"trustRating": rating}}]))
    assert str(system.zones["z"].trust) == "staff"
    assert reasons(loss, "chosen") == [("trustZones[*]", "has no trust there; staff is written", 1)]


def test_a_component_inside_others_is_in_their_zone():
    parts = [part("a", parent={"component": "b"}), part("b", parent={"component": "c"}), part("c")]
    system, loss = taken(otm(components=parts))
    assert {c.zone for c in system.components.values()} == {"z"}
    why = "components do not lie in one another; its zone is kept"
    assert reasons(loss, "left out") == [("components[*].parent.component", why, 2)]


def test_components_around_one_another_are_outside():
    parts = [part("a", parent={"component": "b"}), part("b", parent={"component": "a"})]
    system, loss = taken(otm(components=parts))
    assert {(c.zone, str(system.zones[c.zone].trust)) for c in system.components.values()} == {("outside", "public")}
    assert ("components[*].parent", "has no trust zone; the zone `outside` is written for it", 2) in reasons(
        loss, "chosen"
    )


def test_a_zone_inside_itself_is_told():
    zones = [{"id": i, "name": i, "parent": {"trustZone": j}, "risk": {"trustRating": 5}} for i, j in ("ab", "ba")]
    system, loss = taken(otm(trustZones=zones))
    assert sorted(z.parent or "" for z in system.zones.values()) in (["", "a"], ["", "b"])
    assert [what for what, why, _ in reasons(loss, "broken") if why == "lies inside itself"] == ["trustZones[*].parent"]


def test_of_two_with_one_id_both_are_kept_and_references_mean_the_first():
    flow = {"id": "f", "name": "f", "source": "a", "destination": "b"}
    system, loss = taken(otm(components=[part("a"), part("a", type="browser"), part("b")], dataflows=[flow]))
    assert {c.id: c.kind for c in system.components.values()} == {"a": "store", "a-2": "client-app", "b": "store"}
    assert [(f.source, f.target) for f in system.flows] == [("a", "b")]
    why = "another component has it already; references mean the first"
    assert ("components[*].id", why, 1) in reasons(loss, "broken")


def test_flows_that_lead_nowhere_are_left_out_and_counted():
    ends = [("a", "x"), ("x", "a"), ("a", "a"), ("a", "b")]
    flows = [{"id": f"f{i}", "name": "f", "source": s, "destination": d} for i, (s, d) in enumerate(ends)]
    system, loss = taken(otm(components=[part("a"), part("b")], dataflows=[*flows, {"id": "g", "name": "g"}]))
    assert [f.id for f in system.flows] == ["f3"]
    assert loss.taken["flows"] == (5, 1, 1)


def test_nobody_is_let_in_by_attributes_that_say_more_than_they_may():
    ours = {"kind": "model", "zone": "vault", "name": "x", "contents": "clean", "format": "evil", "runs": ["b", "gone"]}
    system, loss = taken(otm(components=[part("a", attributes={"casemate": ours}), part("b")]))
    assert system.components["a"].kind == "model"
    assert system.components["a"].zone == "z"
    assert dict(system.components["a"].props) == {}
    at = "components[*].attributes.casemate."
    assert {what.removeprefix(at) for what, _, _ in reasons(loss, "left out")} == {
        "zone",
        "name",
        "contents",
        "format",
        "runs",
    }


def test_a_reference_that_could_mean_a_zone_or_an_actor_is_left_out():
    who = {
        "id": "z",
        "name": "z",
        "type": "actor",
        "parent": {"trustZone": "z"},
        "attributes": {"casemate": {"actor": "yes", "trust": "staff"}},
    }
    system, _ = taken(otm(components=[who, part("a", attributes={"casemate": {"exposed to": ["z"]}})]))
    assert "exposed to" not in system.components["a"].props


def test_actors_without_a_zone_are_put_into_one_that_the_import_takes_away_again():
    system = system_of({"casemate": "1", "name": "n", "zones": {"no-zone-staff": {"trust": "staff"}}, "components": {},
                        "actors": {"ann": {"trust": "staff"}, "bob": {"trust": "public"}}})  # fmt: skip
    text, loss = give(Given(system), "otm")
    assert [z["id"] for z in json.loads(text)["trustZones"]] == ["no-zone-staff", "no-zone-staff-", "no-zone-public"]
    assert reasons(loss, "chosen") == [("actors.*", "has no zone, and is put into one", 2)]
    assert taken(text.encode())[0].actors == system.actors


def test_what_has_no_place_is_told():
    doc = {
        "casemate": "1",
        "name": "n",
        "zones": {"z": {"trust": "staff"}},
        "components": {"a": {"kind": "store", "zone": "z"}},
        "harms": {"outage": "1k to 2k"},
        "review": {"every": "90 days"},
        "owners": {"security": "ann"},
    }
    _, loss = give(Given(system_of(doc)), "otm")
    why = "Open Threat Model has no place for it"
    assert reasons(loss, "left out") == [("harms", why, 1), ("owners", why, 1), ("review", why, 1)]


def threatened():
    return assessed(
        {
            "casemate": "1",
            "name": "n",
            "zones": {"z": {"trust": "staff"}, "i": {"trust": "public"}},
            "actors": {"v": {"trust": "public", "zone": "i"}},
            "components": {
                "api": {"kind": "endpoint", "zone": "z", "auth": "none"},
                "e": {"kind": "inference", "zone": "z", "runs": ["m"]},
                "m": {"kind": "model", "zone": "z", "format": "pickle", "path": "m.pkl"},
            },
            "flows": [{"from": "v", "to": "api"}, {"from": "api", "to": "e"}],
        }
    )


def test_threats_go_along_with_every_reference_in_place():
    a = threatened()
    doc = out(a.system, assessment=a)
    known, cures = {t["id"] for t in doc["threats"]}, {m["id"] for m in doc["mitigations"]}
    used = [t for place in (*doc["components"], *doc["dataflows"]) for t in place.get("threats", ())]
    assert known == {r.id for r in a.threats}
    assert {t["threat"] for t in used} == {r.id for r in a.threats if r.found.element != "system"}
    assert {m["mitigation"] for t in used for m in t["mitigations"]} <= cures
    assert {t["state"] for t in used} <= set(a.outcomes.values())


def test_no_likelihood_is_made_up():
    a = threatened()
    assert {t["risk"]["likelihood"] for t in out(a.system, assessment=a)["threats"]} == {None}


def test_the_reduction_of_a_mitigation_is_the_nominal_effect():
    a = threatened()
    effects = a.risks.catalog.controls
    assert all(
        m["riskReduction"] == round(effects[m["id"]].effect * 100, 1)
        for m in out(a.system, assessment=a)["mitigations"]
    )


def lacking(doc):
    """Keys that the published schema of version 0.2.0 requires and that are not there."""
    needs = {"trustZones": ("id", "name", "risk"), "components": ("id", "name", "type", "parent"),
             "dataflows": ("id", "name", "source", "destination"), "threats": ("id", "name", "risk"),
             "mitigations": ("id", "name", "riskReduction")}  # fmt: skip
    missing = [(s, k) for s, keys in needs.items() for entry in doc.get(s, ()) for k in keys if k not in entry]
    parents = [c["parent"] for c in doc["components"]] + [z["parent"] for z in doc["trustZones"] if "parent" in z]
    return missing + [p for p in parents if set(p) != {"trustZone"}]


@given(documents())
def test_all_that_the_schema_requires_is_there_and_every_id_leads_somewhere(doc):
    made = out(system_of(doc))
    zones, parts = {z["id"] for z in made["trustZones"]}, {c["id"] for c in made["components"]}
    assert lacking(made) == []
    assert {c["parent"]["trustZone"] for c in made["components"]} <= zones
    assert {f[end] for f in made["dataflows"] for end in ("source", "destination")} <= parts
    assert len(zones) == len(made["trustZones"])
    assert len(parts) == len(made["components"])


def test_the_threats_have_what_the_schema_requires():
    a = threatened()
    assert lacking(out(a.system, assessment=a)) == []


def test_an_untouched_example_can_be_read_by_check():
    text, _ = take(EXAMPLE, "otm.yaml")
    assert from_text(text, "x.yaml", {}).name == "Parcel tracker"
