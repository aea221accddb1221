"""casemate report: every system below a folder on one page, and nothing that one of them does hides the others."""

import json

import pytest

TODAY = ("--today", "2026-11-23")


@pytest.fixture
def folder(casemate):
    system = (casemate.root / "casemate.yaml").read_text("utf-8")
    casemate.write("p/loans/casemate.yaml", system.replace("name: Scoring", "name: Loans"))
    casemate.write("p/cars/cars.casemate.yaml", system.replace("name: Scoring", "name: Cars"))
    return casemate


def test_all_systems_are_told_and_the_gates_do_not_decide_the_exit_code(folder):
    code, out, err = folder("report", "--portfolio", "p", *TODAY)
    assert (code, err) == (0, "")
    assert out.startswith("Systems in p\nassessed 23 Nov 2026\n")
    assert "  loans/casemate.yaml\n" in out
    assert "  cars/cars.casemate.yaml\n" in out


def test_broken_files_are_listed_with_their_errors(folder):
    folder.write("p/broken/casemate.yaml", "casemate: 1\nname: x\nzones: {z: {trust: staf}}\ncomponents: {}\n")
    folder.write("p/bytes/casemate.yaml", b"\xff\xfe\x00")
    folder.write("p/empty/casemate.yaml", "")
    code, out, _ = folder("report", "--portfolio", "p", *TODAY)
    assert code == 0
    assert "Cannot be read\nbroken/casemate.yaml\n  broken/casemate.yaml:3:20: trust is never 'staf'; did" in out
    assert "bytes/casemate.yaml:1:1: is not UTF-8; save the file as UTF-8" in out
    assert "Of 5 systems, " in out
    assert " 3 cannot be read." in out


def test_a_path_that_leads_up_is_told_as_it_is_written(folder):
    shared = "c: {kind: endpoint, zone: z, from: {file: ../nowhere.yaml, component: x}}"
    folder.write(
        "p/b/casemate.yaml", f"casemate: 1\nname: x\nzones: {{z: {{trust: staff}}}}\ncomponents:\n  {shared}\n"
    )
    for where in ("p", "."):
        assert "\n  ../platform/casemate.yaml\n" in folder("report", "--portfolio", where, *TODAY)[1]


def test_a_file_with_many_errors_shows_the_first_ones(folder):
    lines = "".join(f"  c{i}: {{kind: nokind, zone: z}}\n" for i in range(20))
    folder.write(
        "p/broken/casemate.yaml", f"casemate: 1\nname: x\nzones: {{z: {{trust: staff}}}}\ncomponents:\n{lines}"
    )
    _, out, _ = folder("report", "--portfolio", "p", *TODAY)
    assert out.count("kind is never 'nokind'") == 5
    assert "  and 15 more\n" in out


def test_the_page_is_written_and_the_same_inputs_give_the_same_bytes(folder):
    code, out, err = folder("report", "--portfolio", "p", *TODAY, "-o", "a.html")
    assert (code, out, err) == (0, "", "wrote a.html\n")
    folder("report", "--portfolio", folder.root / "p", *TODAY, "-o", "b.html")
    assert (folder.root / "a.html").read_bytes() == (folder.root / "b.html").read_bytes()
    assert "Systems in p: threat models" in (folder.root / "a.html").read_text("utf-8")


def test_the_page_can_be_piped(folder):
    _, out, _ = folder("report", "--portfolio", "p", *TODAY, "--format", "html")
    assert out.startswith("<!doctype html>")


def save(folder, day):
    folder("assess", "p/loans/casemate.yaml", "--today", day, "--exit-zero", "-o", f"json=p/loans/history/{day}.json")


def test_saved_assessments_give_the_trend(folder):
    save(folder, "2026-06-01")
    path = folder.root / "p/loans/history/2026-06-01.json"
    doc = json.loads(path.read_text("utf-8"))
    doc["risk"]["expected yearly loss"]["current"] *= 10
    path.write_text(json.dumps(doc), "utf-8")
    _, out, _ = folder("report", "--portfolio", "p", *TODAY)
    assert "down from €" in out
    assert "on 1 Jun 2026; open" in " ".join(out.split())


def test_what_lies_in_the_history_and_is_no_assessment_is_a_note(folder):
    folder.write("p/loans/history/a.json", "{")
    folder.write("p/loans/history/b.json", "[" * 100_000)
    folder("assess", "p/loans/casemate.yaml", "--exit-zero", "-o", "json=p/loans/history/c.json")
    _, out, _ = folder("report", "--portfolio", "p", *TODAY)
    told = " ".join(out.split())
    assert "history/a.json was not read: is no JSON" in told
    assert "history/b.json was not read: is no JSON" in told
    assert "history/c.json was not used: it has no day; save it with --today" in told


def test_a_folder_without_systems_is_an_error(casemate):
    casemate.write("empty/notes.txt", "")
    code, _, err = casemate("report", "--portfolio", "empty")
    assert (code, err) == (2, "empty: holds no system file; a system file is called casemate.yaml\n")


def test_one_policy_can_hold_for_all_systems(folder):
    _, out, _ = folder("report", "--portfolio", "p", *TODAY, "--policy", "nothing.yaml")
    assert "NOT PROVEN" not in out  # the built-in policy wants the model scanned, this one nothing
    _, out, _ = folder("report", "--portfolio", "p", *TODAY)
    assert "NOT PROVEN" in out


def test_a_policy_that_cannot_be_read_is_one_error(folder):
    code, out, err = folder("report", "--portfolio", "p", *TODAY, "--policy", "none.yaml")
    assert (code, out, err) == (2, "", "none.yaml: there is no such file; check the path\n")
