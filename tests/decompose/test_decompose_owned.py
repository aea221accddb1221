"""Whose a component is, whether its file lies with us, who else has it, and whether somebody looked at what runs."""

from __future__ import annotations

import pytest
from test_decompose_known import fact, ids, model

from strategies import ACTORS, ZONES, found_in, outcomes, parts_of, record

PLACES = {
    **ZONES,
    "platform": {"trust": "staff", "owner": "Platform team"},
    "phones": {"trust": "account", "owner": "users"},
}


def doc(components, *flows, actors=("visitor", "supplier", "clerk"), **more):
    """A document: (kind, zone, properties) by id."""
    parts = {c: {"kind": kind, "zone": zone, **props} for c, (kind, zone, props) in components.items()}
    drawn = [dict(zip(("from", "to"), f.split(" -> "), strict=True)) for f in flows]
    found = {
        "casemate": "1", "name": "n", "zones": PLACES, "actors": {a: dict(ACTORS[a]) for a in actors},
        "components": parts, "flows": drawn, **more,
    }  # fmt: skip
    return {k: v for k, v in found.items() if v not in ({}, [])}


@pytest.mark.parametrize(
    ("zone", "foreign", "theirs"),
    [
        ("cloud", False, False),
        ("platform", True, False),  # another team of ours
        ("vendor", True, True),
        ("phones", True, True),
        ("internet", False, True),  # where anybody is at home
        ("shop", False, False),
    ],
)
def test_what_others_run_is_theirs_unless_they_are_trusted_like_our_own_staff(zone, foreign, theirs):
    parts = parts_of(doc({"api": ("endpoint", zone, {})}))
    assert (fact(parts, "api", "foreign"), fact(parts, "api", "theirs")) == (foreign, theirs)


@pytest.mark.parametrize(
    ("zone", "said", "held"),
    [
        ("cloud", {}, True),
        ("phones", {"path": "m.pkl"}, True),
        ("vendor", {"provider": {"model": "big"}}, False),
        ("vendor", {}, None),
    ],
)
def test_a_file_lies_with_us_in_our_zones_or_at_a_path_and_never_with_a_provider(zone, said, held):
    parts = parts_of(doc({"m": ("model", zone, said)}))
    assert fact(parts, "m", "held") is held


@pytest.mark.parametrize("zone", ["cloud", "platform", "phones", "vendor", "internet"])
@pytest.mark.parametrize("contents", ["unsafe", "suspicious", "inconclusive"])
@pytest.mark.parametrize("said", [{}, {"provider": {"model": "big"}}], ids=["nothing", "a provider"])
def test_a_scan_that_found_no_clean_file_opens_the_threat_whoever_owns_the_zone(zone, contents, said):
    system = doc({"m": ("model", zone, {"path": "m.pkl", **said})})
    found = outcomes(system, record("m", "scan", facts={"contents": contents}))
    assert found["malicious-artifact@m"] == "open"


def test_where_nobody_said_where_the_file_is_that_is_asked():
    found = found_in(doc({"m": ("model", "vendor", {})}))["malicious-artifact@m"]
    assert found.outcome == "assumed"
    assert found.reason.missing == (("m", "path"), ("m", "contents"))


def test_another_artefact_that_answers_is_found_without_a_word_on_signatures():
    system = doc({"m": ("model", "cloud", {"path": "m.pkl"})})
    assert outcomes(system, record("m", "monitor", facts={"running": "other"}))["swapped-model@m"] == "open"
    assert "swapped-model@m" not in outcomes(system, record("m", "monitor", facts={"running": "same"}))
    assert "swapped-model@m" not in outcomes(system)


def vendors_model(**said):
    return doc(
        {
            "share": ("model-registry", "vendor", {}), "engine": ("inference", "cloud", {"runs": ["m"]}),
            "m": ("model", "cloud", {"path": "m.onnx", **said}),
        },
        "supplier -> share", "share -> engine",
    )  # fmt: skip


LOOKED = {"contents": "clean", "signature found": "valid"}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (LOOKED, "countered"),
        ({**LOOKED, "contents": "unsafe"}, "open"),
        ({**LOOKED, "signature found": "unsigned"}, "open"),
        ({"contents": "clean"}, "open"),
    ],
)
def test_somebody_looked_at_what_an_engine_takes_in_once_its_models_are_clean_and_signed(facts, outcome):
    assert outcomes(vendors_model(), record("m", "verify", facts=facts))["outside-artifact@engine"] == outcome


def test_what_nobody_signed_for_shows_it_by_word_alone():
    found = found_in(vendors_model(), record("m", "verify", facts=LOOKED), measured=False)["outside-artifact@engine"]
    assert found.outcome == "declared"
    assert found.reason.doubted == (("m", "contents"),)


def test_one_model_of_two_that_nobody_looked_at_is_enough():
    system = vendors_model()
    system["components"]["engine"]["runs"] = ["m", "n"]
    system["components"]["n"] = {"kind": "model", "zone": "cloud", "path": "n.onnx"}
    assert outcomes(system, record("m", "verify", facts=LOOKED))["outside-artifact@engine"] == "open"


def test_images_bring_more_than_models():
    system = vendors_model()
    system["components"]["share"]["kind"] = "container-registry"
    assert outcomes(system, record("m", "verify", facts=LOOKED))["outside-artifact@engine"] == "open"


def test_nobody_looked_where_nothing_runs():
    parts = model({"box": "host", "hub": "model-registry"}, "hub -> box")
    assert fact(parts, "box", "vetted") is False


@pytest.mark.parametrize(
    ("zone", "said", "who"),
    [
        ("cloud", {"on client": "yes"}, ["whoever has a device with it"]),
        ("phones", {}, ["anyone in phones"]),
        ("cloud", {"on client": "no"}, ["supplier"]),
        ("cloud", {}, [None, "supplier"]),
    ],
)
def test_the_file_is_in_the_hands_of_those_with_a_device_and_of_readers_of_its_registry(zone, said, who):
    readers = {"readers": {"who": ["supplier", "clerk"], "complete": "yes"}}
    system = doc(
        {
            "m": ("model", zone, said), "engine": ("inference", zone, {"runs": ["m"]}),
            "reg": ("model-registry", "cloud", readers), "hub": ("model-registry", "internet", {}),
        },
        *(["reg -> engine", "hub -> engine"] if zone == "cloud" and "yes" not in said.values() else []),
    )  # fmt: skip
    assert ids(parts_of(system), "m", "holders") == who


def test_nobody_writes_what_a_sensor_sees_unless_the_file_says_who():
    parts = model({"eye": "sensor", "tap": ("sensor", {"writers": ["visitor"]}), "files": "store"})
    assert (ids(parts, "eye", "writers"), ids(parts, "tap", "writers")) == ([], ["visitor"])
    assert ids(parts, "files", "writers") == [None]


def test_keys_and_secrets_are_what_a_store_of_keys_keeps_unless_it_says_otherwise():
    parts = model({"vault": "credential-store", "old": ("credential-store", {"sensitivity": "internal", "holds": []})})
    assert (fact(parts, "vault", "holds"), fact(parts, "vault", "sensitivity")) == (("credentials",), "secret")
    assert (fact(parts, "old", "holds"), fact(parts, "old", "sensitivity")) == ((), "internal")
