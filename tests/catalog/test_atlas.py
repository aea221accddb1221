"""Reading MITRE ATLAS in either format, dirty as it comes, and holding it against what is on the shelf.

No text of MITRE's is kept here: both files are made up, in the form of theirs and with the faults that theirs have.
CASEMATE_ATLAS may name a real file; it is read too then.
"""

import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from casemate.catalog import atlas, load
from casemate.catalog.load import RawThreat
from casemate.core.errors import CasemateError
from casemate.core.yamltree import parse

HERE = Path(__file__).parent
LEGACY = (HERE / "made-up-legacy.yaml").read_text("utf-8")
SIX = (HERE / "made-up-six.yaml").read_text("utf-8")
NAME_ONE = "name a file of MITRE ATLAS, such as ATLAS.yaml"


@pytest.fixture
def read(tmp_path):
    def reader(text):
        path = tmp_path / "ATLAS.yaml"
        path.write_text(text, encoding="utf-8")
        return atlas.read_atlas(path)

    return reader


@pytest.fixture
def faults(read, tmp_path):
    return lambda text: [str(f).removeprefix(f"{tmp_path}/") for f in read(text).faults]


@pytest.fixture
def refused(read, tmp_path):
    def message(text):
        with pytest.raises(CasemateError) as caught:
            read(text)
        return str(caught.value).removeprefix(f"{tmp_path}/")

    return message


def test_the_legacy_format_gives_names_tactics_maturity_and_relations(read):
    found = read(LEGACY)
    assert found.version == "5.9.1"
    assert found.tactics == {"AML.TA0004": "Initial Access", "AML.TA0006": "Persistence"}
    assert [(t.id, t.name, t.tactics, t.maturity, t.parent) for t in found.techniques.values()] == [
        ("AML.T0010", "Supply Chain", ("AML.TA0004",), "realized", None),
        ("AML.T0010.001", "Supply Chain: Software", ("AML.TA0004",), "feasible", "AML.T0010"),
        ("AML.T0020", "Poison Training Data", ("AML.TA0006",), None, None),
    ]
    assert found.cases == {"AML.CS0001": ("AML.T0010.001", "AML.T0020")}


def test_format_6_gives_the_same_and_its_subtechniques_have_tactics_of_their_own(read):
    found = read(SIX)
    assert (found.version, found.faults) == ("2031.02", ())
    assert found.techniques["AML.T0010.001"] == atlas.Technique(
        "AML.T0010.001", "Supply Chain: Software", ("AML.TA0006",), "feasible", "AML.T0010"
    )
    assert found.mitigates == {"AML.M0018": ("AML.T0010",)}
    assert found.cases == read(LEGACY).cases


def test_a_relation_at_the_wrong_depth_is_read_and_reported(read, faults):
    assert read(LEGACY).mitigates == {"AML.M0018": ("AML.T0010", "AML.T0010.001")}
    assert faults(LEGACY) == [
        "ATLAS.yaml:25:7: AML.M0018 names AML.T0010.001 in 'ml-lifecycle'; read as one of its techniques"
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("maturity: Realized", "maturity: Rumoured",
         "8:14: the maturity of AML.T0010 is 'Rumoured'; taken as unknown; it is feasible, demonstrated, realized"),
        ("maturity: Realized, ", "",
         "8:14: the maturity of AML.T0010 is missing; taken as unknown; it is feasible, demonstrated, realized"),
        ("name: Supply Chain, ", "", "8:14: AML.T0010 has no name; its id stands for it"),
        ("name: Supply Chain", 'name: "Supply\\e[2J\\nChain"',
         "8:14: the name of AML.T0010 holds characters that no name needs; they are left out"),
        ("{id: AML.T0020,", "{id: AML.T0021,", "10:14: AML.T0020 calls itself 'AML.T0021'; the key counts"),
        ("AML.T0020: {id: AML.T0020, name: Training Data Poisoning, maturity: Demonstrated}", "AML.T0020: gone",
         "10:14: 'AML.T0020' is 'gone' where a mapping is due; left out"),
        ("source: AML.M0018, target: AML.T0010,", "source: AML.M0018, target: AML.T0999,",
         "32:7: AML.M0018 points to AML.T0999, which is not there; left out"),
        ("target: AML.T0010, relationship-type: mitigates", "target: T1195, relationship-type: mitigates",
         "32:7: the id is 'T1195'; left out"),
        ("    mitigates:", "    mitigations:",
         "32:5: a relation is 'mitigations'; left out; it is sequences, achieves, specializes, mitigates, employs"),
        ("  AML.M0018:\n    mitigates:", "  AML.M0099:\n    mitigates:",
         "32:7: 'AML.M0099' mitigates AML.T0010, but is not there; left out"),
        ("target: AML.TA0006, relationship-type: achieves}\n    spec", "target: AML.TA0099}\n    spec",
         "24:7: AML.T0010.001 achieves AML.TA0099, which is not there; left out"),
        ("target: AML.T0010, relationship-type: specializes", "target: AML.T0020",
         "26:7: the parent of AML.T0010.001 is 'AML.T0020'; taken as AML.T0010, as its id says"),
        ("    achieves:\n    - {source: AML.T0020, target: AML.TA0006, relationship-type: achieves}", "    achieves: x",
         "28:15: 'achieves' is 'x' where a list is due; left out"),
    ],
    ids=lambda x: x[:30],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_reported_with_its_line_and_the_rest_is_read(read, faults, old, new, fault):
    assert old in SIX
    text = SIX.replace(old, new, 1)
    assert f"ATLAS.yaml:{fault}" in faults(text)
    assert "AML.T0010.001" in read(text).techniques


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("id: AML.T0010.001, name", "name", "11:5: the id is missing; left out"),
        ("subtechnique-of: AML.T0010, ", "",
         "11:5: the parent of AML.T0010.001 is missing; taken as AML.T0010, as its id says"),
        ("    tactics:\n    - AML.TA0006\n", "", "12:5: AML.T0020 belongs to no tactic; it has no place in the matrix"),
        ("    - {id: AML.T0010, use: some text}", "    - {id: AML.T0010}\n    - {id: AML.T0010}",
         "23:7: AML.M0018 points to AML.T0010 twice; counted once"),
        ("- {id: AML.TA0006, name: Persistence}", "- just text",
         "8:5: 'tactics' holds 'just text' where a mapping is due; left out"),
        ("- {id: AML.T0010.001, name: Software, s", "- {id: AML.T0010, name: Again, s",
         "11:5: AML.T0010 is described twice; the first one is kept"),
    ],
    ids=lambda x: x[:30],
)  # fmt: skip
def test_the_legacy_format_has_faults_of_its_own(faults, old, new, fault):
    assert old in LEGACY
    assert f"ATLAS.yaml:{fault}" in faults(LEGACY.replace(old, new, 1))


def test_the_old_word_for_a_part_is_read_too(faults):
    assert len(faults(LEGACY.replace("subtechnique-of", "specializes"))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list", "ATLAS.yaml: is not a mapping; write `key: value` lines"),
        ("id: ATLAS", f"ATLAS.yaml: the version of its content is missing; {NAME_ONE}"),
        ("version: ../../etc/cron.d/x", f"ATLAS.yaml: the version of its content is '../../etc/cron.d/x'; {NAME_ONE}"),
        ("version: 5.6.0", f"ATLAS.yaml: holds no technique; {NAME_ONE}"),
        ("format-version: 7.0.0", "ATLAS.yaml:1:17: the format is '7.0.0'; formats up to 5.6 and 6 can be read"),
        ("format-version: [6]", "ATLAS.yaml:1:17: the format is a list; formats up to 5.6 and 6 can be read"),
        ("format-version: 6.0.0\ncollection: [1]", f"ATLAS.yaml: the version of its content is missing; {NAME_ONE}"),
        ("version: &a 5.6.0", "ATLAS.yaml:1:10: uses the anchor 'a'; write the value out"),
        ("version: !!python/name:os.system x",
         "ATLAS.yaml:1:10: uses the tag 'tag:yaml.org,2002:python/name:os.system'; "
         "leave it out; the field decides the type"),
    ],
    ids=lambda x: x[:25],
)  # fmt: skip
def test_what_is_no_atlas_is_refused(refused, text, message):
    assert refused(text) == message


def test_a_file_of_faults_alone_is_refused_and_does_not_fill_the_memory(refused):
    assert refused("version: 5.6.0\ntechniques: [" + "x, " * 100_000 + "x]") == (
        "ATLAS.yaml: has more than 1000 faults; check that it is a file of MITRE ATLAS"
    )


PIECES = st.sampled_from(
    [
        "",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "\n",
        "  ",
        "AML.T0010",
        "AML.TA0004",
        "~",
        "'",
        '"',
        "\x1b",
        "é",
        "null",
        "#",
        ",",
    ]
)


@given(st.sampled_from([LEGACY, SIX]), st.data())
def test_any_change_to_a_file_gives_an_edition_or_our_error(tmp_path_factory, text, data):
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(PIECES | st.text(max_size=5)) + text[at + data.draw(st.integers(0, 30)) :]
    path = tmp_path_factory.getbasetemp() / "mutated.yaml"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        found = atlas.read_atlas(path)
    except CasemateError:
        return
    assert all(t.parent is None or t.parent in found.techniques for t in found.techniques.values())
    assert all(i in found.techniques for ids in (*found.mitigates.values(), *found.cases.values()) for i in ids)
    assert all(name.isprintable() and name for name in found.names.values())
    assert parse(atlas.document(found), "written.yaml")["edition"] == found.version


@pytest.mark.parametrize("text", [LEGACY, SIX], ids=["legacy", "six"])
def test_what_is_written_is_a_file_of_the_taxonomy_shelf_without_their_prose(read, text):
    found = read(text)
    written = parse(atlas.document(found), "written.yaml")
    assert list(written) == [
        "key", "title", "edition", "source", "licence", "names", "tactics", "techniques", "mitigates",
    ]  # fmt: skip
    assert written["names"]["AML.T0010.001"] == "Supply Chain: Software"
    assert written["techniques"]["AML.T0010.001"]["parent"] == "AML.T0010"
    assert "text" not in atlas.document(found)


def test_two_editions_differ_in_what_is_new_retired_and_renamed(read):
    changes = atlas.compare(read(LEGACY), read(SIX.replace("AML.TA0006", "AML.TA0007")))
    assert changes.new == ("AML.TA0007",)
    assert changes.retired == (("AML.TA0006", None),)
    assert changes.renamed == (("AML.T0020", "Poison Training Data", "Training Data Poisoning"),)


def threat(**maps):
    return RawThreat("x.yaml", parse(f"id: x\nmaps: {yaml.dump(maps, default_flow_style=True)}", "x.yaml"))


def test_a_technique_is_covered_by_its_own_threat_nearly_by_that_of_its_parent_or_parts_or_not_at_all(read):
    found = atlas.covered(read(SIX), [threat(**{"atlas-2026.09": ["AML.T0010.001"], "owasp-ml-2023": ["AML.T0020"]})])
    assert found == atlas.Coverage({"AML.T0010.001": ("x",)}, ("AML.T0010",), ("AML.T0020",), ())


def test_a_retired_id_counts_for_the_one_that_stands_for_it():
    newest = atlas.shipped(atlas.EDITIONS[-1])
    assert atlas.covered(newest, [threat(atlas="AML.T0058")], "attacker_side").named == {"AML.T0115.001": ("x",)}


def test_a_technique_without_a_role_is_said_to_be_unjudged(read):
    assert atlas.covered(read(SIX.replace("AML.T0020", "AML.T0999")), []).unjudged == ("AML.T0999",)


# What is on the shelf.


@pytest.mark.parametrize(
    ("key", "techniques", "parts", "mitigations"), [("atlas", 101, 69, 35), ("atlas-2026.09", 120, 88, 40)]
)
def test_the_editions_on_the_shelf_are_complete(key, techniques, parts, mitigations):
    found = atlas.shipped(key)
    tops = [t for t in found.techniques.values() if t.parent is None]
    assert (len(found.tactics), len(tops), len(found.techniques) - len(tops)) == (16, techniques, parts)
    assert len(found.mitigations) == mitigations
    assert [
        t.id for t in found.techniques.values() if not t.tactics or not set(t.tactics) <= found.tactics.keys()
    ] == []
    assert [t.id for t in found.techniques.values() if t.parent and t.parent not in found.techniques] == []
    parents = {t.id: found.techniques[t.parent].name for t in found.techniques.values() if t.parent}
    assert [i for i, name in parents.items() if not found.techniques[i].name.startswith(f"{name}: ")] == []


def test_the_older_edition_says_how_well_known_each_technique_is_and_what_answers_it():
    found = atlas.shipped()
    words = [t.maturity for t in found.techniques.values()]
    assert {w: words.count(w) for w in words} == {"realized": 64, "demonstrated": 89, "feasible": 17}
    assert {i for ids in found.mitigates.values() for i in ids} <= found.techniques.keys()
    assert found.mitigates.keys() == found.mitigations.keys()


def test_every_retired_id_leads_to_one_that_exists():
    known = atlas.shipped(atlas.EDITIONS[-1]).techniques
    assert [new for new in atlas.aliases().values() if new not in known] == []
    changes = atlas.compare(atlas.shipped(), atlas.shipped(atlas.EDITIONS[-1]))
    assert [old for old, new in changes.retired if new is None] == []


def test_every_technique_has_a_role():
    known = {i for key in atlas.EDITIONS for i in atlas.shipped(key).techniques}
    assert known == atlas.roles().keys()
    assert set(atlas.roles().values()) == set(atlas.ROLES)


def test_what_has_no_threat_yet_is_known(record_property):
    """A report until every technique that exposes a victim has its threat; then `missing == ()`."""
    for key in atlas.EDITIONS:
        found = atlas.covered(atlas.shipped(key), load.threats())
        missing = ", ".join(i.removeprefix("AML.") for i in found.missing)
        line = f"{key}: {len(found.named)} named, {len(found.near)} near, {len(found.missing)} missing: {missing}"
        record_property(key, line)
        print(line)  # noqa: T201
        assert len(found.named) > len(found.missing)


@pytest.mark.parametrize("key", sorted(load.taxonomies()))
def test_a_taxonomy_holds_short_names_and_says_where_they_come_from(key):
    t = load.taxonomies()[key]
    assert t.key == key
    assert re.match(r"https://", t.source)
    assert [n for n in t.names.values() if not isinstance(n, str) or not 0 < len(n) <= 120] == []


@pytest.mark.skipif("CASEMATE_ATLAS" not in os.environ, reason="CASEMATE_ATLAS names no file of MITRE ATLAS")
def test_a_real_file_is_read():
    found = atlas.read_atlas(Path(os.environ["CASEMATE_ATLAS"]))
    if found.version == "5.6.0":
        assert found.techniques == atlas.shipped().techniques
        assert found.tactics == atlas.shipped().tactics
        assert {i: sorted(ids) for i, ids in found.mitigates.items()} == {
            i: sorted(ids) for i, ids in atlas.shipped().mitigates.items()
        }
        assert len(found.faults) == 4
    assert len(found.techniques) > 100
    assert all(f.at.line for f in found.faults)
