"""`casemate scan`: the words, the exit codes, and every bad input."""

import io
import json
import os
import pickle
import sys
from pathlib import Path

import pytest

CLEAN = pickle.dumps([1, 2, 3])
UNSAFE = pickle.dumps(eval)
UNKNOWN = b"\x80\x04\x8c\x0dscoring.steps\x8c\x04Clip\x93."
CUT = CLEAN[:-2]


@pytest.fixture
def scan(casemate):
    """Runs it on files that are given as name and bytes, all in `m`."""

    def scan(*args, **given):
        for name, data in given.items():
            casemate.write(f"m/{name}.pkl", data)
        return casemate("scan", *args)

    return scan


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a": CLEAN}, 0),
        ({"a": CLEAN, "b": UNSAFE}, 1),
        ({"a": CLEAN, "b": UNKNOWN}, 1),
        ({"a": CLEAN, "b": CUT}, 3),
        ({"a": UNSAFE, "b": CUT}, 1),
    ],
)
def test_the_worst_file_decides_how_it_ends_whatever_the_format(scan, files, code):
    assert scan("m", **files)[0] == code
    assert {scan("m", "--format", f)[0] for f in ("json", "jsonl", "sarif")} == {code}


def test_a_clean_file_takes_three_lines(scan):
    said = (
        "CLEAN: Nothing was found, and every byte was accounted for.\n\n1 file: 1 clean\nall 22 bytes accounted for\n"
    )
    assert scan("m/a.pkl", a=CLEAN) == (0, said, "")


def test_the_json_lines_have_the_imports(scan):
    _, out, err = scan("m", "--format", "jsonl", a=UNSAFE, b=CLEAN)
    a, b = map(json.loads, out.splitlines())
    assert (a["path"], a["verdict"], a["format"], a["imports"]) == (
        "m/a.pkl", "unsafe", "pickle", [["builtins", "eval"]],
    )  # fmt: skip
    assert (b["path"], b["verdict"], err) == ("m/b.pkl", "clean", "")


def test_any_number_of_jobs_gives_the_same_bytes(scan):
    files = {f"f{i}": (CLEAN, UNSAFE, UNKNOWN, CUT)[i % 4] for i in range(40)}
    scan("m", **files)
    for form in ("text", "json", "jsonl", "sarif"):
        one = scan("m", "--format", form, "--jobs", 1)
        assert one == scan("m", "--format", form, "--jobs", 3) == scan("m/*", "m", "--format", form)


def test_an_unknown_name_is_unsafe_when_we_are_strict(scan):
    assert scan("m", "--strict", a=UNKNOWN)[1].startswith("UNSAFE: 1 of 1 file ")


def test_paths_may_come_from_a_list(scan, casemate, monkeypatch):
    casemate.write("list", "m/b.pkl\r\n\nm/a.pkl\ngone.pkl\nm/*.pkl\n")
    _, out, _ = scan("--from-file", "list", "--format", "jsonl", a=CLEAN, b=UNSAFE)
    assert [json.loads(row)["path"] for row in out.splitlines()] == ["gone.pkl", "m/*.pkl", "m/a.pkl", "m/b.pkl"]
    casemate.write("list", b"m/a.pkl\0m/b\n.pkl\0")
    _, out, _ = scan("--from-file", "list", "--format", "jsonl")
    assert [json.loads(row)["path"] for row in out.splitlines()] == ["m/a.pkl", "m/b\n.pkl"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"m/a.pkl\n")))
    assert scan("--from-file", "-")[0] == 0


def test_outputs_beside_are_written_all_or_none(scan, casemate):
    code, out, err = scan("m", "-o", "jsonl=out/s.jsonl", "-o", "sarif=out/s.sarif", "-o", "text=t", a=UNSAFE)
    assert (code, err) == (1, "wrote out/s.jsonl\nwrote out/s.sarif\nwrote t\n")
    assert Path("t").read_text() == out
    assert Path("out/s.jsonl").read_text() == scan("m", "--format", "jsonl")[1]
    assert Path("out/s.sarif").read_text() == scan("m", "--format", "sarif")[1]
    assert scan("m", "-o", "jsonl=new", "-o", "text=m")[:2] == (2, "")
    assert not Path("new").exists()


# -- bad input: usage ends with 2, a path that cannot be inspected is inconclusive and the others go on


def test_nothing_named_is_a_usage_error(scan, casemate):
    said = "scan: no file was named; name files or folders, or give --from-file LIST\n"
    assert scan() == (2, "", said)
    casemate.write("list", "\n")
    assert scan("--from-file", "list") == (2, "", said)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--from-file", "gone"), "gone: there is no such file; check the path\n"),
        (("m", "-o", "html=a"), "--output: there is no format 'html'; there is json, jsonl, sarif, text\n"),
        (("m", "-o", "a"), "--output: is 'a'; write FORMAT=FILE, such as text=report.text\n"),
        (("m", "--system", "gone.yaml"), "gone.yaml: there is no such file; check the path\n"),
    ],
)
def test_a_wrong_question_is_a_usage_error(scan, args, said):
    assert scan(*args, a=CLEAN) == (2, "", said)


def test_what_cannot_be_inspected_is_told_and_the_others_go_on(scan, casemate):
    casemate.write("m/a.pkl", CLEAN)
    os.mkfifo("m/pipe")
    Path("m/loop").symlink_to(".")
    Path("m/dead").symlink_to("gone")
    Path("m/out").symlink_to("/")
    casemate.write("m/empty", b"")
    code, out, err = scan("m", "gone", "a\0b", "m/empty", "none*", "--format", "jsonl")
    said = {r["path"]: r["findings"][0]["message"] for r in map(json.loads, out.splitlines()) if r["findings"]}
    assert (code, err) == (3, "")
    assert said == {
        "a\0b": "cannot be read (embedded null byte)",
        "gone": "is not there",
        "m/dead": "is a link that leads nowhere",
        "m/empty": "is empty",
        "m/out": "is a link to a folder outside of what was named; name that folder",
        "m/pipe": "is no regular file",
        "none*": "is not there",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_inconclusive(scan):
    scan("m", a=CLEAN)
    Path("m/a.pkl").chmod(0)
    assert "cannot be read (Permission denied)" in scan("m")[1]


def test_a_file_name_cannot_move_the_cursor(scan, casemate):
    casemate.write("m/a\x1b[2J\u202e.pkl", UNSAFE)
    assert "UNSAFE        m/a\\x1b[2J\\u202e.pkl  (pickle)\n" in scan("m")[1]


# -- the system file may allow names


ALLOW = """\
allow:
  - {name: scoring.steps Clip, because: it cuts numbers off, by: ana, until: 2026-12-31}
"""


def test_a_name_that_the_system_file_allows_is_clean(scan, casemate):
    casemate.add(ALLOW)
    assert scan("m", "--system", "casemate.yaml", "--today", "2026-12-31", a=UNKNOWN)[0] == 0
    assert scan("m")[0] == 1


def test_an_entry_that_has_ended_does_not_count_and_is_told(scan, casemate):
    casemate.add(ALLOW)
    code, _, err = scan("m", "--system", "casemate.yaml", "--today", "2027-01-01", a=UNKNOWN)
    assert code == 1
    assert err == (
        "casemate.yaml:20:5: 'scoring.steps Clip' is no longer allowed: the entry ended on 2026-12-31; ask ana\n"
    )


def test_measuring_counts_what_is_allowed(casemate):
    casemate.add(ALLOW)
    casemate.write("scorer.pkl", UNKNOWN)
    assert "contents clean" in casemate("measure", "--today", "2026-11-01")[1]
    out = casemate("measure", "--today", "2027-01-01")[1]
    assert "contents suspicious" in out
    assert "'scoring.steps Clip' is no longer allowed" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("os system", "casemate.yaml:20:5: 'os system' cannot be allowed: it runs commands and changes files; have"),
        ("scoring.steps", "casemate.yaml:20:5: 'scoring.steps' is no name that a file imports; write one module,"),
        ("scoring *", "casemate.yaml:20:5: 'scoring *' is no name that a file imports; write one module,"),
    ],
)
def test_what_may_not_be_allowed_is_an_error_of_the_file(casemate, name, said):
    casemate.add(ALLOW.replace("scoring.steps Clip", f'"{name}"'))
    code, _, err = casemate("check")
    assert code == 2
    assert err.startswith(said)


def test_a_name_is_allowed_once(casemate):
    casemate.add(ALLOW + ALLOW.splitlines()[1] + "\n")
    assert "casemate.yaml:21:5: 'scoring.steps Clip' is allowed twice" in casemate("check")[2]
