"""Threagile models."""

import pytest

from casemate.interchange.take import take
from taking import EXAMPLES, reasons, refusal, taken, told

EXAMPLE = EXAMPLES["threagile"].read_bytes()


def model(assets=None, **more):
    return {"threagile_version": "1.0.0", "title": "T", "technical_assets": assets or {}, **more}


def asset(id, **more):
    return {"id": id, "type": "process", "technology": "erp", **more}


def test_the_example_says_what_its_source_says():
    system, _ = taken(EXAMPLE, "t.yaml")
    assert {z.id: (str(z.trust), z.parent) for z in system.zones.values()} == {
        "bakery": ("staff", None),
        "cellar": ("staff", "bakery"),
        "internet": ("public", None),
        "outside": ("public", None),
    }
    assert {c.id: (c.kind, c.zone) for c in system.components.values()} == {
        "phone": ("client-app", "internet"),
        "shop": ("web-app", "bakery"),
        "db": ("store", "cellar"),
        "oven": ("service", "outside"),
    }
    assert [(f.id, f.data, dict(f.props)) for f in system.flows] == [
        ("phone->shop", "Order Traffic (Orders)", {"encrypted": True}),
        ("shop->phone", "Orders, Old Orders", {"encrypted": True}),
        ("shop->db", "Queries (Orders)", {"encrypted": False}),
    ]


def test_what_was_rated_is_a_fact_only_where_the_words_mean_the_same():
    system, _ = taken(EXAMPLE, "t.yaml")
    props = {c.id: {k: v for k, v in c.props.items() if k not in ("name", "means")} for c in system.components.values()}
    assert props == {
        "phone": {},
        "shop": {"exposed to": ("internet",), "auth": "token"},
        "db": {"auth": "password", "encrypted": True, "sensitivity": "internal"},
        "oven": {},
    }


def test_anchors_and_merge_keys_are_followed():
    _, loss = taken(EXAMPLE, "t.yaml")
    assert (
        "data_assets.*",
        "data is named by the flows that carry it, and described by the components that hold it",
        2,
    ) in reasons(loss, "left out")


def test_a_boundary_has_no_trust_and_the_report_says_which_was_written():
    assert "  trust_boundaries.B: has no trust there; staff is written (b)\n" in told(
        model(trust_boundaries={"B": {"id": "b"}})
    )


def test_a_boundary_that_is_called_internet_is_not_trusted():
    system, loss = taken(model(trust_boundaries={"The Internet": {"id": "b"}}))
    assert str(system.zones["b"].trust) == "public"
    why = "has no trust there; public is written, as its name tells"
    assert reasons(loss, "chosen") == [("trust_boundaries.*", why, 1)]


def test_other_files_are_not_read():
    _, loss = taken(model(includes=["../../etc/passwd"]))
    assert reasons(loss, "left out") == [("includes", "no other file is read; merge them into one first", 1)]


def test_links_that_do_not_agree_say_nothing_of_their_target():
    links = {f"l{i}": {"target": "b", "authentication": word} for i, word in enumerate(("none", "token"))}
    system, loss = taken(model({"A": asset("a", communication_links=links), "B": asset("b")}))
    assert "auth" not in system.components["b"].props
    what = "technical_assets.*.communication_links.*.authentication"
    assert (what, "has no counterpart, or the links to it do not agree", 2) in reasons(loss, "left out")


@pytest.mark.parametrize(
    ("protocol", "vpn", "said"),
    [("https", False, True), ("http", False, False), ("http", True, None), ("nfs", False, None), ("", False, None)],
)
def test_only_a_protocol_that_tells_says_whether_it_is_encrypted(protocol, vpn, said):
    links = {"l": {"target": "b", "protocol": protocol, "vpn": vpn}}
    system, _ = taken(model({"A": asset("a", communication_links=links), "B": asset("b")}))
    assert system.flows[0].props.get("encrypted") is said


def test_references_to_nothing_are_told_and_left_out():
    links = {"l": {"target": "gone", "data_assets_sent": ["gone"]}, "m": {"target": "a"}}
    boundaries = {"B": {"id": "b", "technical_assets_inside": ["gone", "a"], "trust_boundaries_nested": ["gone", "b"]}}
    system, loss = taken(model({"A": asset("a", communication_links=links)}, trust_boundaries=boundaries))
    assert system.flows == ()
    assert system.components["a"].zone == "b"
    assert {why for _, why, _ in reasons(loss, "broken")} == {
        "names no technical asset; the flow is left out",
        "names no technical asset",
        "names no trust boundary",
        "lies inside itself",
    }


def test_an_asset_in_two_boundaries_is_in_the_first():
    boundaries = {k: {"id": k, "technical_assets_inside": ["a"]} for k in ("b", "c")}
    system, loss = taken(model({"A": asset("a")}, trust_boundaries=boundaries))
    assert system.components["a"].zone == "b"
    assert [why for _, why, _ in reasons(loss, "broken")] == ["lies in two boundaries; the first counts"]


def test_without_a_title_nothing_is_taken_over():
    doc = {"threagile_version": "1"}
    assert refusal(doc) == "m.json: is a Threagile model without `title`; give it a title"


def test_names_that_hold_anything_end_up_in_the_text_and_never_break_it():
    name = 'x"\n- # : {a} <b>\u202e'
    text, _ = take(b'{"threagile_version":"1","title":"T","technical_assets":{}}', "a\nb: c.json")
    system, _ = taken(model({name: asset("a")}))
    assert system.components["a"].name == 'x" - # : {a} <b>'
    assert text.splitlines()[0] == "# Taken over from a b: c.json (threagile 1). Behind each fact"
