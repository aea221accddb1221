"""`casemate import` and `casemate export`, as people run them."""

import hashlib
import json
from pathlib import Path

import pytest

from taking import EXAMPLES

SYSTEM = """\
casemate: 1
name: Scoring
zones: {cloud: {trust: staff}}
components:
  scorer: {kind: model, zone: cloud, path: scorer.bin}
  api: {kind: endpoint, zone: cloud}
flows:
  - api -> scorer: rows
"""


@pytest.fixture
def system(casemate):
    Path("casemate.yaml").write_text(SYSTEM, "utf-8")
    Path("scorer.bin").write_bytes(b"weights")
    return casemate


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_import_writes_passes_check(casemate, name):
    code, out, err = casemate("import", EXAMPLES[name], "--output", "casemate.yaml", "--loss", "loss.txt")
    assert (code, out, err) == (0, "", "wrote casemate.yaml\nwrote loss.txt\n")
    assert casemate("check", "casemate.yaml")[0] == 0


def test_import_writes_to_standard_output_and_tells_on_standard_error(casemate):
    code, out, err = casemate("import", EXAMPLES["otm"])
    assert code == 0
    assert out.startswith("# Taken over from otm.yaml (otm 0.2.0). ")
    assert err.startswith("otm 0.2.0: 3 of 3 zones; 5 of 5 components; 1 of 1 actors; 4 of 4 flows, written as 5\n")
    assert list(Path().iterdir()) == []


def test_the_report_is_json_where_its_name_says_so(casemate):
    casemate("import", EXAMPLES["otm"], "--loss", "loss.json")
    assert json.loads(Path("loss.json").read_text("utf-8"))["taken"]["flows"] == {"there": 4, "taken": 4, "written": 5}


def test_nothing_is_overwritten_and_nothing_is_left_half_done(casemate):
    Path("there.yaml").write_text("mine", "utf-8")
    code, out, err = casemate("import", EXAMPLES["otm"], "--output", "new.yaml", "--loss", "there.yaml")
    assert (code, out) == (2, "")
    assert err == "there.yaml: is there already; choose another name, or move it away; nothing is overwritten\n"
    assert [p.name for p in Path().iterdir()] == ["there.yaml"]
    assert Path("there.yaml").read_text("utf-8") == "mine"


def test_a_link_that_leads_nowhere_is_there_too(casemate):
    Path("link.yaml").symlink_to("elsewhere.yaml")
    assert casemate("import", EXAMPLES["otm"], "--output", "link.yaml")[0] == 2
    assert not Path("elsewhere.yaml").exists()


def test_a_folder_that_is_not_there_is_an_error(casemate):
    code, _, err = casemate("import", EXAMPLES["otm"], "--output", "no/new.yaml")
    assert code == 2
    assert err == "no/new.yaml: cannot be written (No such file or directory); choose another place\n"


def test_one_file_for_both_is_an_error(casemate):
    code, _, err = casemate("import", EXAMPLES["otm"], "--output", "a.yaml", "--loss", "a.yaml")
    assert (code, err) == (2, "--loss: names the same file as --output; give the report a file of its own\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yaml: is no model that we know; there is otm, threagile, threat-dragon; name one with --format\n"),
        ("otmVersion: 1", "m.yaml: is an Open Threat Model without `project.name`; name the project\n"),
        ("{" * 200_000, "m.yaml:1:2: is not JSON"),
        ("[" * 200_000, "m.yaml: is nested too deep; flatten it\n"),
    ],
    ids=["empty", "without a name", "braces", "brackets"],
)
def test_a_broken_model_ends_with_2_and_one_line(casemate, text, said):
    Path("m.yaml").write_text(text, "utf-8")
    code, out, err = casemate("import", "m.yaml", "--output", "new.yaml")
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1
    assert not Path("new.yaml").exists()


def test_a_model_that_is_not_there_is_an_error(casemate):
    assert casemate("import", "gone.json")[::2] == (2, "gone.json: there is no such file; check the path\n")


def test_a_format_that_was_named_is_not_guessed(casemate):
    code, _, err = casemate("import", EXAMPLES["otm"], "--format", "threagile")
    assert code == 2
    assert err == f"{EXAMPLES['otm']}: is a Threagile model without `title`; give it a title\n"


def test_export_hashes_the_files_of_models_and_data(system):
    code, out, err = system("export", "--format", "cyclonedx", "--today", "2026-11-02")
    assert code == 0
    (model,) = json.loads(out)["components"]
    assert model["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"weights").hexdigest()}]
    assert json.loads(out)["metadata"]["timestamp"] == "2026-11-02T00:00:00Z"
    assert err.startswith("cyclonedx: 1 of 2 components\n")


def test_export_gives_the_same_bytes_without_a_date(system):
    first = system("export", "--format", "cyclonedx")
    assert first == system("export", "--format", "cyclonedx")
    assert "timestamp" not in first[1]


def test_export_with_threats_assesses_first(system):
    _, plain, _ = system("export", "--format", "otm")
    code, out, _ = system("export", "--format", "otm", "--threats")
    assert code == 0
    assert "threats" not in json.loads(plain)
    assert json.loads(out)["threats"]


def test_export_and_import_give_the_system_back(system):
    system("export", "--format", "otm", "--output", "m.json")
    system("import", "m.json", "--output", "again.yaml")
    code, out, _ = system("export", "again.yaml", "--format", "otm")
    assert code == 0
    assert out == Path("m.json").read_text("utf-8")


def test_an_export_format_that_is_not_there_is_an_error(system):
    assert system("export", "--format", "sarif")[::2] == (
        2,
        "--format: there is no format 'sarif'; there is cyclonedx, otm\n",
    )


def test_export_without_a_format_says_so(system):
    code, _, err = system("export")
    assert code == 2
    assert "Missing option '--format'" in err
