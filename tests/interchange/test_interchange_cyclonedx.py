"""The bill of materials, against the rules of the CycloneDX 1.6 schema that concern what we write."""

import json
import re
from datetime import date

import pytest
from hypothesis import given

from casemate.interchange.give import Given, give
from casemate.interchange.writers.cyclonedx import loose
from strategies import DIGEST, OTHER, assessed, documents, record, system_of

DOC = {
    "casemate": "1", "name": "Loans", "purpose": "Decides",
    "zones": {"z": {"trust": "staff"}, "v": {"trust": "partner", "owner": "AI Inc"}},
    "components": {
        "rows": {"kind": "dataset", "zone": "z", "path": "rows.csv", "sensitivity": "personal", "holds": ["personal"]},
        "fit": {"kind": "training", "zone": "z"},
        "m": {"kind": "model", "zone": "z", "path": "m.pkl", "format": "pickle", "task": "classification",
              "returns": ["scores"], "base": {"model": "tiny", "digest": "c" * 64, "origin": "public"}},
        "words": {"kind": "llm", "zone": "v", "provider": {"model": "big", "version": "2026-01", "keeps": "30 days"}},
        "api": {"kind": "endpoint", "zone": "z"},
        "old": {"kind": "model", "zone": "z", "path": "gone.bin", "trained on": ["mails"]},
        "mails": {"kind": "store", "zone": "z"},
    },
    "flows": [{"from": "rows", "to": "fit"}, {"from": "fit", "to": "m"}],
}  # fmt: skip
DIGESTS = {"rows": "a" * 64, "m": "b" * 64}


def bom(doc=DOC, **more):
    text, loss = give(Given(system_of(doc), digests=DIGESTS, **more), "cyclonedx")
    return json.loads(text), loss


def by_ref(doc):
    return {c["bom-ref"]: c for c in doc["components"]}


# The parts of the schema that speak of what is written: allowed keys, required keys, closed lists, patterns.
COMPONENT = {"type", "bom-ref", "name", "version", "description", "hashes", "modelCard", "data", "properties"}
DATA = {"type", "name", "classification", "sensitiveData"}
SERIAL = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def against_the_schema(doc):
    """What the schema would not take."""
    wrong = [
        k
        for k in doc
        if k not in ("bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies")
    ]
    wrong += [] if (doc["bomFormat"], doc["specVersion"]) == ("CycloneDX", "1.6") else ["version"]
    wrong += [] if re.fullmatch(SERIAL, doc["serialNumber"]) else ["serialNumber"]
    for c in doc["components"]:
        wrong += [(c["name"], k) for k in c.keys() - COMPONENT]
        wrong += [] if c["type"] in ("machine-learning-model", "data") and c["name"] and c["bom-ref"] else [c]
        wrong += [
            h for h in c.get("hashes", ()) if h["alg"] != "SHA-256" or not re.fullmatch("[a-f0-9]{64}", h["content"])
        ]
        wrong += [d for d in c.get("data", ()) if d.keys() - DATA or d["type"] not in ("dataset", "configuration")]
        wrong += [c["modelCard"]] if c.get("modelCard", {}).keys() - {"modelParameters", "quantitativeAnalysis"} else []
        wrong += ["card on data"] if "modelCard" in c and c["type"] == "data" else []
        wrong += [p for p in c.get("properties", ()) if not all(isinstance(v, str) for v in p.values())]
    refs = [d["ref"] for d in doc["dependencies"]]
    wrong += [r for r in refs if refs.count(r) > 1]
    wrong += [d for d in doc["dependencies"] if len(set(d.get("dependsOn", ()))) != len(d.get("dependsOn", ()))]
    return wrong


@given(documents())
def test_any_system_gives_a_bill_that_the_schema_takes_with_no_loose_reference(doc):
    made, _ = bom(doc)
    assert against_the_schema(made) == []
    assert loose(made) == set()


def test_the_published_schema_takes_it():
    validation = pytest.importorskip("cyclonedx.validation.json", reason="cyclonedx-python-lib is not installed")
    schema = pytest.importorskip("cyclonedx.schema")
    text, _ = give(Given(system_of(DOC), digests=DIGESTS, today=date(2026, 11, 2)), "cyclonedx")
    assert validation.JsonStrictValidator(schema.SchemaVersion.V1_6).validate_str(text) is None


def test_a_model_has_a_card_of_what_is_known():
    card = by_ref(bom()[0])["m"]["modelCard"]
    assert card == {
        "modelParameters": {
            "task": "classification",
            "datasets": [{"ref": "rows"}],
            "outputs": [{"format": "scores"}],
        }
    }


def test_a_model_of_which_nothing_is_known_has_no_card():
    assert "modelCard" not in by_ref(bom()[0])["words"]


def test_data_tells_how_delicate_it_is():
    assert by_ref(bom()[0])["rows"]["data"] == [
        {"type": "dataset", "name": "rows", "classification": "personal", "sensitiveData": ["personal"]}
    ]


def test_what_depends_on_what_follows_the_flows_and_the_file():
    needs = {d["ref"]: d.get("dependsOn", []) for d in bom()[0]["dependencies"]}
    assert needs == {
        "system": ["rows", "m", "words", "old", "mails"], "rows": [], "m": ["rows", "m/base"], "m/base": [],
        "words": [], "old": ["mails"], "mails": [],
    }  # fmt: skip


def test_what_a_model_learned_from_is_data_whatever_its_kind():
    assert by_ref(bom()[0])["mails"]["type"] == "data"


def test_hashes_are_of_the_files_that_were_read():
    parts = by_ref(bom()[0])
    assert parts["m"]["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]
    assert parts["m/base"]["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]
    assert "hashes" not in parts["old"]


def test_a_file_that_could_not_be_hashed_is_told():
    _, loss = bom()
    (line,) = [line for line in loss.lines if line.what == "components.*.path"]
    assert (line.why, line.places[0].at) == (
        "its file is not there, or is a folder, which has no one hash", "components.old.path"
    )  # fmt: skip


def test_a_version_is_written_only_where_it_is_pinned():
    floating = {
        **DOC,
        "components": {"w": {"kind": "llm", "zone": "v", "provider": {"version": "floating"}}},
        "flows": [],
    }
    assert by_ref(bom()[0])["words"]["version"] == "2026-01"
    assert "version" not in by_ref(bom(floating)[0])["w"]


def test_no_time_is_written_unless_somebody_gave_the_day():
    assert "timestamp" not in bom()[0]["metadata"]
    assert bom(today=date(2026, 11, 2))[0]["metadata"]["timestamp"] == "2026-11-02T00:00:00Z"


def test_the_serial_number_is_of_the_content():
    changed = {**DOC, "components": {**DOC["components"], "mails": {"kind": "store", "zone": "z", "name": "post"}}}
    assert bom()[0]["serialNumber"] == bom()[0]["serialNumber"]
    assert bom()[0]["serialNumber"] != bom(changed)[0]["serialNumber"]


def test_measured_facts_overrule_declared_ones_and_accuracy_goes_into_the_card():
    clean = record("m", "scan", facts={"format": "onnx", "contents": "clean"})
    tested = record("m", accuracy={"balanced accuracy": 0.91, "note": "text"})
    a = assessed(DOC, clean, tested, digest=DIGEST)
    part = by_ref(json.loads(give(Given(a.system, a, DIGESTS), "cyclonedx")[0]))["m"]
    assert {"name": "casemate:format", "value": "onnx"} in part["properties"]
    assert part["modelCard"]["quantitativeAnalysis"] == {
        "performanceMetrics": [{"type": "balanced accuracy", "value": "0.91"}]
    }


def test_what_was_measured_on_other_bytes_is_not_in_the_card():
    old = record("m", accuracy={"balanced accuracy": 0.91}, digest=OTHER)
    a = assessed(DOC, old, digest=DIGEST)
    part = by_ref(json.loads(give(Given(a.system, a, DIGESTS), "cyclonedx")[0]))["m"]
    assert "quantitativeAnalysis" not in part["modelCard"]


def test_rights_accounts_and_weaknesses_stay_at_home():
    doc = {
        **DOC,
        "flows": [],
        "components": {
            "m": {"kind": "model", "zone": "z", "as": "svc", "auth": "none", "resource": ["arn:x"], "trained on": []}
        },
    }
    made, loss = bom(doc)
    assert by_ref(made)["m"].get("properties") == [{"name": "casemate:kind", "value": "model"}]
    assert {"components.*.as", "components.*.auth", "components.*.resource"} <= {line.what for line in loss.lines}


def test_a_loose_reference_and_a_twin_are_found():
    made, _ = bom()
    made["dependencies"].append({"ref": "gone"})
    made["components"][1]["modelCard"]["modelParameters"]["datasets"].append({"ref": "lost"})
    made["components"].append(made["components"][0])
    assert loose(made) == {"gone", "lost", "rows"}
