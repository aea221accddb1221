"""A system file in several parts: one system, every place and every error in the file where it stands."""

import os
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.define import sources
from casemate.define.build import from_text
from casemate.define.whole import from_file
from strategies import documents, text_of

ROOT = """\
casemate: 1
name: x
include: [parts/serving.yaml, parts/data.yaml]
zones: {cloud: {trust: staff}}
actors: {client: {trust: public}}
flows:
  - client -> api: question
"""
SERVING = """\
components:
  api:
    kind: endpoint
    zone: cloud
    auth: none
flows:
  - api -> rows: look-up
"""
DATA = """\
zones: {vault: {trust: restricted, in: cloud}}
components:
  rows: {kind: dataset, zone: vault, path: data/rows.csv}
access:
  - {who: client, may: [read], on: [rows]}
harms: {outage: 2k to 4k}
"""


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    put("casemate.yaml", ROOT)
    put("parts/serving.yaml", SERVING)
    put("parts/data.yaml", DATA)
    return put


def read(folder):
    return from_file(folder / "casemate.yaml", {})


def errors_of(folder):
    with pytest.raises(CasemateError) as e:
        read(folder)
    return str(e.value).replace(f"{folder}/", "").split("\n")


def test_parts_are_one_system(write, tmp_path):
    s = read(tmp_path)
    assert list(s.components) == ["api", "rows"]
    assert list(s.zones) == ["cloud", "vault"]
    assert [f.id for f in s.flows] == ["client->api", "api->rows"]
    assert (s.access[0].on, list(s.harms)) == (("rows",), ["outage"])


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("components", "api", "auth"), "parts/serving.yaml:5"),
        (("components", "rows", "format"), "parts/data.yaml:3"),
        (("zones", "cloud"), "casemate.yaml:4"),
        (("zones", "vault", "trust"), "parts/data.yaml:1"),
        (("flows", "client->api"), "casemate.yaml:7"),
        (("flows", "api->rows"), "parts/serving.yaml:7"),
        (("name",), "casemate.yaml:2"),
    ],
)
def test_a_thing_stands_in_the_part_that_names_it(write, tmp_path, keys, line):
    assert read(tmp_path).line(*keys) == line


def test_paths_of_files_stay_relative_to_the_system_file(write, tmp_path):
    assert read(tmp_path).components["rows"].path == "data/rows.csv"


def test_all_errors_of_all_files_come_at_once(write, tmp_path):
    write("casemate.yaml", ROOT + "colour: red\n")
    write("parts/serving.yaml", SERVING.replace("endpoint", "endpont"))
    write("parts/data.yaml", DATA.replace("[rows]}", "[row]}"))
    first, second, third = errors_of(tmp_path)
    assert first.startswith("casemate.yaml:8:1: the file has no field 'colour'; ")
    assert second == "parts/data.yaml:5:5: an entry of access names 'row', which does not exist; did you mean 'rows'?"
    assert third == "parts/serving.yaml:3:11: kind is never 'endpont'; did you mean 'endpoint'?"


def test_a_part_that_is_no_yaml_hides_no_error_of_the_others(write, tmp_path):
    write("parts/serving.yaml", "components: [\n")
    write("parts/data.yaml", DATA.replace("restricted", "restrictd"))
    assert errors_of(tmp_path) == [
        "parts/data.yaml:1:24: trust is never 'restrictd'; did you mean 'restricted'?",
        "parts/serving.yaml:2:1: is not YAML: did not find expected node content; "
        "check the indentation and the brackets before this place",
    ]


def test_a_part_that_is_missing_is_the_only_error_it_makes(write, tmp_path):
    write("casemate.yaml", ROOT.replace("serving", "missing").replace(", parts/data.yaml", ""))
    told = "casemate.yaml:3:11: 'parts/missing.yaml' is no file that is there; check the path"
    assert errors_of(tmp_path) == [told]


def test_a_name_given_twice_names_both_places(write, tmp_path):
    write("parts/data.yaml", DATA.replace("  rows:", "  api: {kind: model, zone: cloud}\n  rows:"))
    told = f"parts/data.yaml:3:3: 'api' is given twice, here and at {tmp_path}/parts/serving.yaml:2:3; keep one"
    assert errors_of(tmp_path) == [told.replace(f"{tmp_path}/", "") + " of the two"]


def test_an_actor_and_a_component_of_one_name_name_both_places(write, tmp_path):
    write("parts/data.yaml", DATA + "actors: {api: {trust: staff}}\n")
    assert errors_of(tmp_path) == [
        "parts/serving.yaml:2:3: 'api' is the id of something in actors already, at parts/data.yaml:7:10; "
        "give every actor and component an id of its own"
    ]


def test_a_flow_given_twice_names_both_places(write, tmp_path):
    write("parts/data.yaml", DATA + "flows: [api -> rows]\n")
    assert errors_of(tmp_path) == [
        "parts/data.yaml:7:9: there is a flow 'api->rows' already, at parts/serving.yaml:7:5; "
        "give the second one an `id:` of its own"
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("name: y", "7:1: a part has no field 'name'; it belongs into the system file"),
        ("include: [x.yaml]", "7:1: a part includes no parts; name them all in the system file"),
        ("component: {}", "7:1: a part has no field 'component'; did you mean 'components'?"),
        ("flows: {}", "7:8: flows has another form; write a list, one entry a line with `- `"),
        ("actors: [a]", "7:9: actors has another form; write a mapping with one entry for each"),
    ],
)
def test_what_does_not_belong_into_a_part_is_named(write, tmp_path, line, told):
    write("parts/data.yaml", f"{DATA}{line}\n")
    assert errors_of(tmp_path) == [f"parts/data.yaml:{told}"]


BELOW = "which is not below the folder of this file; name parts by paths such as parts/serving.yaml"


@pytest.mark.parametrize("name", ["../other.yaml", "parts/../../other.yaml", "/etc/passwd", "C:/x.yaml", "a\\b.yaml"])
def test_a_part_outside_is_refused(write, tmp_path, name):
    write("casemate.yaml", ROOT.replace("parts/serving.yaml", name))
    assert errors_of(tmp_path)[0] == f"casemate.yaml:3:11: include names {name!r}, {BELOW}"


def test_a_link_that_leads_out_is_refused(write, tmp_path):
    inner = tmp_path / "inner"
    write("inner/casemate.yaml", ROOT.replace(", parts/data.yaml", ""))
    write("secret.yaml", SERVING)
    (inner / "parts").mkdir()
    (inner / "parts" / "serving.yaml").symlink_to(tmp_path / "secret.yaml")
    assert errors_of(inner) == [f"casemate.yaml:3:11: include names 'parts/serving.yaml', {BELOW}"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("parts/serving.yaml", "'parts/serving.yaml', which is 'parts/serving.yaml' already; name it once"),
        ("parts/./serving.yaml", "'parts/./serving.yaml', which is 'parts/serving.yaml' already; name it once"),
        ("casemate.yaml", "'casemate.yaml', which is the system file itself; name it once"),
    ],
)
def test_a_file_is_included_once(write, tmp_path, name, told):
    write("casemate.yaml", ROOT.replace("parts/data.yaml", name))
    assert f"casemate.yaml:3:31: include names {told}" in errors_of(tmp_path)


def test_what_is_no_file_is_not_opened(write, tmp_path):
    os.mkfifo(tmp_path / "parts" / "pipe.yaml")
    write("casemate.yaml", ROOT.replace("serving", "pipe"))
    assert "casemate.yaml:3:11: 'parts/pipe.yaml' is no file that is there; check the path" in errors_of(tmp_path)


def test_all_files_together_are_no_larger_than_one_may_be(write, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", len(ROOT) + len(SERVING) + 5)
    told = "casemate.yaml:3:31: makes this system larger than 0 MB; split it into several"
    assert told in errors_of(tmp_path)


def test_nor_do_they_hold_more(write, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_NODES", 25)
    told = "casemate.yaml:3:31: makes this system too large: it has too many nodes; split it into several"
    assert told in errors_of(tmp_path)


def test_nor_are_they_more_than_a_bound(write, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST", 1)
    assert "casemate.yaml:3:31: makes this system one of more than 1 files; let fewer files hold more" in errors_of(
        tmp_path
    )


def test_a_text_without_its_file_has_no_parts():
    with pytest.raises(CasemateError) as e:
        from_text(ROOT, "m.yaml", {})
    assert str(e.value) == "m.yaml:3:1: names parts of this file, and here is only its text; name the file itself"


def test_the_digest_covers_every_part(write, tmp_path):
    before = read(tmp_path).digest
    write("parts/data.yaml", DATA + "# read again\n")
    assert read(tmp_path).digest != before


def test_a_file_without_parts_has_the_digest_of_its_text(write, tmp_path):
    text = "casemate: 1\nname: x\nzones: {z: {trust: staff}}\ncomponents: {a: {kind: model, zone: z}}\n"
    write("casemate.yaml", text)
    assert read(tmp_path) == from_text(text, "casemate.yaml", {})


@settings(max_examples=25)
@given(documents(most=6), st.randoms(use_true_random=False))
def test_however_a_file_is_cut_it_is_the_same_system(tmp_path_factory, doc, rng):
    folder = tmp_path_factory.mktemp("cut")
    cut = [{}, {}, {}]
    for key in [k for k in ("zones", "actors", "components") if k in doc]:
        for name, entry in doc[key].items():
            rng.choice(cut).setdefault(key, {})[name] = entry
    for key in [k for k in ("flows", "access") if k in doc]:
        for entry in doc[key]:
            rng.choice(cut).setdefault(key, []).append(entry)
    names = [f"{i}.yaml" for i, part in enumerate(cut) if part]
    for i, part in enumerate(cut):
        (folder / f"{i}.yaml").write_text(text_of(part), "utf-8")
    root = {"casemate": "1", "name": doc["name"], "include": names}
    (folder / "casemate.yaml").write_text(text_of(root), "utf-8")
    whole, found = from_text(text_of(doc), "casemate.yaml", {}), read(folder)
    assert found.components == whole.components  # a mapping is the same in any order
    assert (found.zones, found.actors) == (whole.zones, whole.actors)
    assert {f.id: f for f in found.flows} == {f.id: f for f in whole.flows}
    assert sorted(map(repr, found.access)) == sorted(map(repr, whole.access))
    assert replace(found, digest="") == replace(read(folder), digest="")


ANY = st.text(alphabet="abc: {}[]-\n#&*!'\"/.", max_size=80)


@settings(max_examples=60)
@given(ANY, ANY, ANY)
def test_whatever_stands_in_a_part_ends_in_a_system_or_in_our_errors(tmp_path_factory, name, part, more):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.yaml").write_text(part, "utf-8")
    (folder / "casemate.yaml").write_text(f"casemate: 1\nname: x\ninclude: [a.yaml, {name!r}]\n{more}", "utf-8")
    with suppress(CasemateError):  # any other error would be ours
        read(folder)
