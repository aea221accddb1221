"""`measure: - lineage: scorer` states what the statement shows, of the model and of the data that it lists."""

import os
from datetime import date

import pytest
from lineage_project import INTO

from casemate.core.digest import canonical
from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import measure, store
from casemate.evidence.bind import bind
from casemate.evidence.lineage import provenance as p

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  scorer: {kind: model, zone: z, path: model.bin%s}
  rows: {kind: dataset, zone: z, path: data, lineage: complete}
  other: {kind: dataset, zone: z, path: other.csv}
  api: {kind: endpoint, zone: z}
measure:
  - lineage: %s
"""
DAY = date(2026, 10, 2)
KEYED = "{model: scorer, key: lineage.pub}"


def system(task="scorer", more=""):
    return from_text(FILE % (more, task), "m.yaml", {})


def measured(project, task=KEYED, more=""):
    found, gaps = measure.measure(system(task, more), project.root, DAY)
    assert gaps == []
    return {s.about: s for s in found}


def facts(project, task=KEYED, more=""):
    return {about: dict(s.facts) for about, s in measured(project, task, more).items()}


@pytest.fixture
def key(project):
    private, public = project.key()
    project.write("lineage.pub", public.pem)
    project.write("other.csv", "x")
    return private


def test_a_signed_statement_that_holds_is_complete(project, key):
    project.run(key=key, origins={"data": "the bureau"})
    assert facts(project) == {
        "scorer": {"lineage": "complete", "trained on": ("rows",)},
        "rows": {"lineage": "complete"},
    }


def test_records_bind_to_the_bytes_that_were_measured(project, key):
    project.run(key=key)
    found = measured(project)
    assert found["scorer"].digest == store.digest_of(project.root / "model.bin")
    assert found["rows"].digest == store.digest_of(project.root / "data")


@pytest.mark.parametrize(
    ("change", "rows", "scorer", "finding"),
    [
        ({}, "partial", "complete", "nobody says where data came from"),
        ({"key": None, "task": "scorer"}, "partial", "partial", "no key was given to check the statement with"),
        ({"key": None}, None, "none", "unsigned: the statement: it is not signed"),
        ({"command": ()}, "partial", "partial", "incomplete: nobody watched the run"),
        ({"inputs": ((p.DATA, "data"),)}, "partial", "partial", "lacks a role: no input has the role training-code"),
        ({"inputs": ((p.DATA, "data/a.csv"),)}, "partial", "partial", "nobody says where data/a.csv came from"),
    ],
    ids=["no origin", "no key", "not signed", "not watched", "no code", "a part of it"],
)
def test_what_falls_short_is_partial_or_none(project, key, change, rows, scorer, finding):
    said = {"key": key} | change
    task = said.pop("task", KEYED)
    project.write("model.bin", "before")
    project.run(said.pop("command", None), **said)
    found = measured(project, task)
    assert found["scorer"].facts["lineage"] == scorer
    assert (found["rows"].facts["lineage"] if "rows" in found else None) == rows
    assert any(f.startswith(finding) for f in found["scorer"].findings), found["scorer"].findings


def test_data_that_changed_since_has_no_lineage(project, key):
    project.run(key=key, origins={"data": "the bureau"})
    project.write("data/a.csv", "poison")
    found = measured(project)
    assert (found["scorer"].facts["lineage"], found["rows"].facts["lineage"]) == ("partial", "none")
    assert found["rows"].findings[0] == "changed: data: 1 changed: a.csv"


def test_another_model_than_the_recorded_one_has_no_lineage(project, key):
    project.run(key=key)
    project.write("model.bin", "another")
    assert facts(project) == {"scorer": {"lineage": "none"}}


def test_no_statement_is_no_lineage_of_the_model_and_of_the_data_it_learned_from(project, key):
    project.write("model.bin", "m")
    assert facts(project) == {"scorer": {"lineage": "none"}}
    assert facts(project, more=", trained on: [rows, other]") == {
        "scorer": {"lineage": "none"}, "rows": {"lineage": "none"}, "other": {"lineage": "none"},
    }  # fmt: skip


def test_data_that_the_file_names_and_the_statement_does_not_has_no_lineage(project, key):
    project.run(key=key, origins={"data": "the bureau"})
    found = facts(project, more=", trained on: [rows, other]")
    assert found["other"] == {"lineage": "none"}
    assert found["scorer"]["trained on"] == ("other", "rows")


def test_data_in_no_component_leaves_open_what_the_model_was_trained_on(project, key):
    project.write("extra.csv", "1")
    project.run(key=key, inputs=((p.DATA, "data"), (p.DATA, "extra.csv"), (p.CODE, "train.py")))
    assert "trained on" not in facts(project)["scorer"]


def test_without_a_signature_a_statement_adds_to_what_the_file_says_and_takes_nothing_away(project, key):
    project.run()
    assert "trained on" not in facts(project, "scorer")["scorer"]
    assert "trained on" not in facts(project, "scorer", ", trained on: [rows, other]")["scorer"]
    assert facts(project, "scorer", ", trained on: [other]")["scorer"]["trained on"] == ("other", "rows")


def test_the_control_is_verified_only_where_the_run_refused_what_is_unexplained(project, key):
    project.run(key=key, origins={"data": "the bureau"})
    assert measured(project)["rows"].controls == ()
    project.run((), made=("data",), inputs=(), into="data.lineage.json", key=key, origins={"data": "the bureau"})
    project.run(key=key, gate=(key.public,))
    (result,) = measured(project)["rows"].controls
    assert (result.id, result.verified) == ("dataset-lineage", True)
    assert facts(project)["rows"] == {"lineage": "complete"}  # its own statement says where it came from
    project.write("data/a.csv", "poison")
    assert measured(project)["rows"].controls == ()


def test_a_model_that_is_not_here_is_a_gap(project, key):
    assert measure.measure(system(), project.root, DAY) == (
        [], ["m.yaml:10:5: the lineage of scorer was not checked: model.bin: it is not here"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("scorr", "lineage names 'scorr', which is no component; did you mean 'scorer'?"),
        ("api", "api has no file; give api a `path:`"),
        ("{model: scorer, depth: 3}", "lineage has no setting 'depth'; "),
        ("{statement: x}", "lineage names no component; "),
        ("{model: scorer, require: [data]}", "lineage requires 'data', which is no role; "),
        ("{model: scorer, key: {a: b}}", "lineage has a 'key' that is no text; "),
    ],
)
def test_a_wrong_task_is_an_error_with_its_place(task, said):
    with pytest.raises(CasemateError) as caught:
        measure.check(system(task))
    assert str(caught.value).startswith(f"m.yaml:10:5: {said}")


def test_the_statement_may_lie_elsewhere(project, key):
    project.run(key=key)
    (project.root / INTO).rename(project.root / "x.json")
    assert facts(project, "{model: scorer, key: lineage.pub, statement: x.json}")["scorer"]["lineage"] == "complete"


def test_a_file_and_a_folder_have_the_digest_by_which_evidence_is_looked_up(project, key):
    project.run(key=key, origins={"data": "the bureau"})
    for about, record in measured(project).items():
        assert record.digest == store.digest_of(project.root / {"scorer": "model.bin", "rows": "data"}[about])


def test_a_file_that_poses_as_a_folder_is_a_gap(project, key):
    project.write("model.bin", canonical({"a.bin": "0" * 64}))
    assert measure.measure(system(KEYED), project.root, DAY) == (
        [],
        ["m.yaml:10:5: the lineage of scorer was not checked: model.bin: it cannot be read whole"],
    )


def test_data_that_a_link_leads_out_of_the_project_is_not_spoken_of(project, key):
    project.run(key=key, origins={"data": "the bureau"})
    (project.root / "data").rename(project.root.parent / "elsewhere")
    (project.root / "data").symlink_to("../elsewhere")
    assert set(facts(project)) == {"scorer"}


def kept(project):
    """The states of stored records in an assessment that measures nothing."""
    s = system(KEYED)
    return {cid: {r.state for r in of} for cid, of in bind(s, store.load(s, project.root), DAY).items()}


@pytest.mark.parametrize("gone", [INTO, "data.lineage.json", "lineage.pub"])
def test_records_are_void_when_a_statement_or_a_key_that_they_rest_on_is_gone(project, key, gone):
    project.run((), made=("data",), inputs=(), into="data.lineage.json", key=key)
    project.run(key=key, origins={"data": "the bureau"})
    store.save(system(KEYED), project.root, measured(project).values())
    assert kept(project) == {"scorer": {"valid"}, "rows": {"valid"}}
    (project.root / gone).unlink()
    assert kept(project) == {"scorer": {"void"}, "rows": {"void"}}


def test_a_record_of_no_statement_is_void_once_there_is_one(project, key):
    project.write("model.bin", "m")
    store.save(system(KEYED), project.root, measured(project).values())
    assert kept(project) == {"scorer": {"valid"}}
    project.write(INTO, "{}")
    assert kept(project) == {"scorer": {"void"}}


def test_a_statement_that_is_a_pipe_is_a_gap(project, key):
    project.run(key=key)
    (project.root / INTO).unlink()
    os.mkfifo(project.root / INTO)
    assert measure.measure(system(KEYED), project.root, DAY) == (
        [],
        [f"m.yaml:10:5: the lineage of scorer was not checked: {project.root / INTO}: is no regular file; name a file"],
    )
