"""The JSON Schema says what the vocabulary says, and takes every file that we take."""

import json
import re
from pathlib import Path

import pytest

from casemate.core.yamltree import parse
from casemate.define.schema import schema, text
from casemate.define.vocabulary import vocabulary

ROOT = Path(__file__).parents[2]
FILES = sorted(ROOT.glob("examples/**/*casemate.yaml"))
V = vocabulary()


def follow(node):
    return schema()["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def entry_of(name):
    """What one entry of a table or list looks like, long form."""
    part = schema()["properties"][name]
    inner = follow(part["items"] if part["type"] == "array" else part["additionalProperties"])
    return next((o for o in inner.get("anyOf", [inner]) if len(o.get("properties", ())) > 1), inner)


def same(part, fields):
    can = {name for name, f in fields.items() if not f.only_measured}
    must = sorted(name for name, f in fields.items() if f.required)
    return (set(part["properties"]), part.get("required", [])) == (can, must)


def test_it_is_json_with_sorted_keys():
    assert json.loads(text()) == schema()
    assert text() == json.dumps(schema(), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def test_it_names_every_field_of_the_file():
    assert same(schema(), V.file)


@pytest.mark.parametrize("name", [n for n, f in V.file.items() if f.type in ("table", "list") and not f.value])
def test_an_entry_of_a_table_or_list_has_every_field_of_the_vocabulary(name):
    assert same(entry_of(name), V.component if name == "components" else V.file[name].fields)


@pytest.mark.parametrize("name", [n for n, f in V.file.items() if f.type == "mapping"])
def test_a_mapping_has_every_field_of_the_vocabulary(name):
    assert same(schema()["properties"][name], V.file[name].fields)


@pytest.mark.parametrize("name", [n for n, f in V.component.items() if f.type == "mapping"])
def test_a_mapping_of_a_component_has_every_field_of_the_vocabulary(name):
    assert same(schema()["$defs"]["component"]["properties"][name], V.component[name].fields)


@pytest.mark.parametrize("name", [n for n, f in V.file.items() if f.value])
def test_a_table_of_words_has_every_word_and_no_other(name):
    part = schema()["properties"][name]
    assert set(part["properties"]) == {*V.words[V.file[name].keys], *V.file[name].also}
    assert part["additionalProperties"] is False


@pytest.mark.parametrize("name", [n for n, f in V.component.items() if f.type in ("word", "words")])
def test_a_field_of_words_has_all_of_them(name):
    f = V.component[name]
    part = schema()["$defs"]["component"]["properties"].get(name)
    if f.only_measured:
        assert part is None
    else:
        assert list(f.words) in (part.get("enum"), *(o.get("enum") for o in part.get("anyOf", ())))


def test_a_claim_has_every_field_of_the_vocabulary():
    assert same(schema()["$defs"]["control"], V.control)


def test_an_id_is_the_same_in_both():
    from casemate.define.values import ID

    assert schema()["properties"]["zones"]["propertyNames"]["pattern"] == f"^{ID.pattern}$"


def test_what_only_evidence_may_state_is_not_in_it():
    assert "contents" not in schema()["$defs"]["component"]["properties"]


def test_every_reference_leads_somewhere():
    assert set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text())) <= schema()["$defs"].keys()


@pytest.mark.parametrize("path", FILES, ids=[p.parent.name for p in FILES])
def test_the_examples_fit(path):
    jsonschema = pytest.importorskip("jsonschema")
    checker = jsonschema.Draft202012Validator(schema())
    checker.check_schema(schema())
    assert [f"{e.json_path}: {e.message}" for e in checker.iter_errors(parse(path.read_text("utf-8"), path.name))] == []


@pytest.mark.parametrize(
    "change", ["colour: red", "zones: []", "components: {a: {kind: mdel, zone: z}}", "casemate:", "currency: XYZ"]
)
def test_what_we_refuse_it_refuses_too(change):
    jsonschema = pytest.importorskip("jsonschema")
    good = "casemate: 1\nname: x\nzones: {z: {trust: staff}}\ncomponents: {a: {kind: model, zone: z}}\n"
    checker = jsonschema.Draft202012Validator(schema())
    assert list(checker.iter_errors(parse(good, "m"))) == []
    key = change.partition(":")[0]
    lines = [line for line in good.splitlines() if not line.startswith(f"{key}:")]
    assert list(checker.iter_errors(parse("\n".join([*lines, change]), "m")))
