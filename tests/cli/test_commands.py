"""The door: exit codes, streams, formats, dates, start-up. In this process for the many, as a process of its own for
what only a process shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from casemate import __version__
from casemate.cli import Commands, group
from casemate.evidence.scan import measure as scan

HERE = Path(__file__).parent
EXAMPLE = "examples/credit-scoring/casemate.yaml"


def process(*args, cwd=None, code=None, **env):
    command = [sys.executable, *(("-c", code) if code else ("-m", "casemate"))]
    return subprocess.run(
        [*command, *map(str, args)], cwd=cwd, env={**os.environ, **env}, capture_output=True, timeout=60, check=False
    )


# Exit codes.


def test_0_when_nothing_stands_against_a_release(casemate):
    code, out, err = casemate("assess", "--policy", "nothing.yaml")
    assert (code, err) == (0, "")
    assert "Gate: passed" in out


def test_1_when_a_measurement_shows_an_open_threat(casemate):
    casemate.hostile()
    code, out, _ = casemate("assess", "--measure")
    assert code == 1
    assert "Gate: failed" in out


def test_1_when_a_decision_has_ended(casemate):
    casemate.add("dismiss: [{threat: malicious-artifact@scorer, because: b, by: o, until: 2026-01-01}]\n")
    code, out, _ = casemate("assess", "--today", "2026-01-02", "--format", "json")
    assert code == 1
    assert "expired-decision" in {r["rule"] for r in json.loads(out)["gate"]["reasons"]}


def test_2_when_the_file_is_wrong(casemate):
    casemate.add("colour: red\n")
    assert casemate("assess")[0] == 2


def test_3_when_required_evidence_is_missing(casemate):
    assert casemate("assess")[0] == 3


def test_3_when_something_could_not_be_measured(casemate):
    (casemate.root / "scorer.pkl").unlink()
    assert casemate("measure") == (
        3,
        "",
        "casemate.yaml:18:5: scorer was not scanned: scorer.pkl there is no such file\n",
    )


def test_70_when_it_is_our_fault(casemate, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("casemate.evidence.store.load", broken)
    code, out, err = casemate("assess")
    assert (code, out) == (70, "")
    assert err == ("casemate: our fault: ZeroDivisionError: oops; please report it (CASEMATE_DEBUG=1 shows where)\n")


def test_130_when_somebody_interrupts(casemate, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("casemate.evidence.store.load", interrupted)
    code, out, _ = casemate("assess")
    assert (code, out) == (130, "")


@pytest.mark.parametrize("asked", [("measure",), ("assess", "--measure")])
def test_what_was_measured_before_an_interrupt_is_written(casemate, monkeypatch, asked):
    learn = scan.measure

    def last_is_interrupted(task, system, root, today):
        if task is not system.measure[0]:
            raise KeyboardInterrupt
        return learn(task, system, root, today)

    monkeypatch.setattr(scan, "measure", last_is_interrupted)
    text = (casemate.root / "casemate.yaml").read_text(encoding="utf-8")
    (casemate.root / "casemate.yaml").write_text(f"{text.rstrip()}\n  - scan: scorer\n", encoding="utf-8")
    code, _, err = casemate(*asked)
    assert (code, "casemate.yaml:19:5: scan was interrupted" in err) == (130, True)
    (line,) = (casemate.root / "evidence" / "scan.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_the_exit_code_is_the_same_for_every_format(casemate, format_):
    assert casemate("assess", "--format", format_)[0] == 3


def test_exit_zero_forgives_the_gate_and_nothing_else(casemate):
    assert casemate("assess", "--exit-zero")[0] == 0
    casemate.hostile()
    assert casemate("assess", "--exit-zero", "--measure")[0] == 0
    casemate.add("colour: red\n")
    assert casemate("assess", "--exit-zero")[0] == 2


@pytest.mark.parametrize("role", ["security", "data-science", "operations"])
def test_what_one_role_reads_ends_as_the_whole_does(casemate, role):
    code, out, err = casemate("assess", "--owner", role, "-o", "json=r.json")
    assert (code, err) == (3, "wrote r.json\n")
    assert " reads it: " in out
    assert "Gate of the whole system: failed" in out
    whole = casemate("assess", "--format", "json")[1]
    assert (casemate.root / "r.json").read_text() == whole


def test_a_scan_of_this_run_passes_the_gate_that_a_missing_one_fails(casemate):
    assert [casemate("assess")[0], casemate("assess", "--measure")[0], casemate("assess")[0]] == [3, 0, 0]


# What was asked for wrongly.


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["asess"], "there is no command 'asess'; did you mean 'assess'?"),
        (["--formt"], "No such option '--formt'."),
        (["assess", "--formt", "json"], "No such option '--formt'. Did you mean '--format'?"),
        (["assess", "a", "b"], "Got unexpected extra argument (b)"),
        (["why"], "Missing argument 'ID'."),
        (["assess", "--seed", "-1"], "Invalid value for '--seed': -1 is not in the range 0<=x<=2147483647."),
        (
            ["questions", "--role", "finance"],
            "Invalid value for '--role': 'finance' is not one of 'security', 'data-science', 'operations'.",
        ),
    ],
)
def test_a_wrong_use_says_how(casemate, args, said):
    code, out, err = casemate(*args)
    assert (code, out) == (2, "")
    assert said.rstrip(".") in " ".join(err.split())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--format", "jsn"], "--output: there is no format 'jsn'; did you mean 'json'?"),
        (["-o", "jsn=x"], "--output: there is no format 'jsn'; did you mean 'json'?"),
        (["-o", "json"], "--output: is 'json'; write FORMAT=FILE, such as html=report.html"),
        (["-o", "json="], "--output: is 'json='; write FORMAT=FILE, such as html=report.html"),
        (["-o", "json=x", "-o", "text=./x"], "--output: names './x' twice; give every format a file of its own"),
        (["--today", "yesterday"], "--today: is 'yesterday'; write the day as 2026-10-02"),
        (["--today", ""], "--today: is ''; write the day as 2026-10-02"),
        (["--today", "20261002"], "--today: is '20261002'; write the day as 2026-10-02"),
        (["--today", "2026-02-30"], "--today: is '2026-02-30'; write the day as 2026-10-02"),
        (["--today", "9999-12-31"], "--today: is '9999-12-31'; write the day as 2026-10-02"),
    ],
)
def test_a_wrong_option_is_one_line(casemate, args, said):
    before = casemate.files()
    assert casemate("assess", *args) == (2, "", said + "\n")
    assert casemate.files() == before


@pytest.mark.parametrize("epoch", ["soon", "1e9", "9" * 30, "-99999999999999", "253402300799"])
def test_a_wrong_epoch_is_one_line(casemate, monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    said = f"SOURCE_DATE_EPOCH: is {epoch!r}; give seconds since 1970, such as 1790899200\n"
    assert casemate("assess") == (2, "", said)


def test_why_of_something_that_does_not_exist_says_what_does(casemate):
    assert casemate("why", "malicious-artefact@scorer") == (
        2,
        "",
        "why: there is no threat 'malicious-artefact@scorer' in this system; "
        "did you mean 'malicious-artifact@scorer'?\n",
    )


# Days.


def assessed(casemate, *args):
    return json.loads(casemate("assess", "--format", "json", *args)[1]).get("assessed")


def test_the_day_is_the_option_then_the_epoch_then_the_clock(casemate, monkeypatch):
    assert assessed(casemate) is None  # the clock's day is in no machine format: same input, same bytes
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790899200")
    assert assessed(casemate) == "2026-10-02"
    assert assessed(casemate, "--today", "2026-01-01") == "2026-01-01"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert assessed(casemate) is None


# Streams.


def test_stdout_is_json_and_nothing_else_even_when_measuring_has_much_to_say(casemate):
    casemate.add("  - scan: engine2\n").write_text(
        (casemate.root / "casemate.yaml")
        .read_text()
        .replace("  - scan: engine2", "  - scan: other")
        .replace("flows:", "  other: {kind: model, zone: cloud, path: nothere.pkl}\nflows:")
    )
    code, out, err = casemate("assess", "--format", "json", "--measure", "-o", "json=r.json")
    assert code == 3
    assert json.loads(out) == json.loads((casemate.root / "r.json").read_text())
    assert err == ("casemate.yaml:20:5: other was not scanned: nothere.pkl there is no such file\nwrote r.json\n")


def test_measure_says_what_it_found_and_where_it_wrote_it(casemate):
    code, out, err = casemate("measure", "--today", "2026-10-02")
    assert (code, err) == (0, "wrote evidence/scan.jsonl\n")
    assert re.fullmatch(r"[0-9a-f]{12}  scan of scorer: contents clean, format pickle\n", out)


def test_check_counts_what_it_read(casemate):
    code, out, err = casemate("check")
    assert (code, err) == (0, "")
    assert re.fullmatch(
        r"casemate\.yaml: no errors; 3 components, 4 flows, 1 actor, \d+ threats and \d+\ncontrols known\n", out
    )


def test_check_names_a_request_to_which_no_answer_is_drawn_and_finds_no_error_in_it(casemate):
    casemate.change("  - api -> client: score\n", "")
    code, out, err = casemate("check")
    assert (code, err) == (0, "")
    assert out.partition("\nHint: ")[2] == (
        "1 request has no flow back, and an answer is assumed: client → api. To say\n"
        "what comes back, write it as a flow: `api -> client: answer`.\n"
    )
    assert max(map(len, out.splitlines())) <= 80


def test_a_folder_stands_for_the_system_file_in_it(casemate):
    (casemate.root / "elsewhere").mkdir()
    code, out, _ = casemate("check", casemate.root)
    assert code == 0
    assert out.startswith(f"{casemate.root}/casemate.yaml: no errors;")


def test_the_schema_is_printed_or_written(casemate):
    code, out, _ = casemate("schema")
    assert code == 0
    assert casemate("schema", "-o", "s.json") == (0, "", "wrote s.json\n")
    assert (casemate.root / "s.json").read_text() == out


@pytest.mark.parametrize("command", [["why", "malicious-artifact"], ["questions"], ["questions", "--role", "security"]])
def test_what_is_written_for_people_is_plain_in_a_pipe(casemate, command):
    code, out, err = casemate(*command)
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    assert out.strip()


@pytest.mark.parametrize(("env", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_is_for_a_terminal_that_wants_it(casemate, env, colour):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    running = subprocess.Popen(
        [sys.executable, "-m", "casemate", "assess"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=casemate.root,
        env={**clean, "TERM": "xterm-256color", **env},
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # the other side closed: how a pty says that there is no more
        pass
    os.close(ours)
    running.communicate(timeout=60)
    assert running.returncode == 3
    assert (b"\x1b[" in said) is colour


def test_a_reader_that_goes_away_is_no_error(casemate):
    pipe = f"{sys.executable} -m casemate assess --all | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", pipe], cwd=casemate.root, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert ended.stdout.strip() in {"0", "3"}  # 3 where the pipe took all of it before it was closed


# Same input, same bytes.


def test_neither_the_hash_seed_nor_the_folder_nor_the_locale_changes_a_byte(casemate, tmp_path_factory):
    path = casemate.root / "casemate.yaml"
    casemate.change("name: Scoring", "name: Scoring für Ämter")
    args = ("assess", path, "--format", "json", "--today", "2026-10-02")
    runs = [
        process(*args, cwd=casemate.root, PYTHONHASHSEED="1", LC_ALL="C.UTF-8"),
        process(
            *args, cwd=tmp_path_factory.mktemp("other"), PYTHONHASHSEED="2", PYTHONIOENCODING="ascii", TZ="Asia/Tokyo"
        ),
    ]
    assert [r.returncode for r in runs] == [3, 3]
    assert [r.stderr for r in runs] == [b"", b""]
    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["system"]["name"] == "Scoring für Ämter"


def test_the_text_is_written_whatever_the_locale_is(casemate):
    ended = process("assess", cwd=casemate.root, PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stderr) == (3, b"")
    assert "…" in ended.stdout.decode("utf-8")


def test_a_file_name_that_is_no_utf8_is_shown_as_it_can_be(casemate):
    name = os.fsdecode(b"caf\xe9.yaml")
    (casemate.root / "casemate.yaml").rename(casemate.root / name)
    ended = process("check", name, cwd=casemate.root)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"caf\\udce9.yaml: no errors; ")


def test_an_error_of_a_process_is_lines_on_stderr_and_nothing_else(casemate):
    casemate.add("colour: red\n")
    ended = process("assess", "-o", "html=out/report.html", cwd=casemate.root)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"casemate.yaml:19:1: the file has no field 'colour'; ")
    assert ended.stderr.count(b"\n") == 1
    assert not (casemate.root / "out").exists()


# Start-up.

HEAVY = (
    "numpy",
    "yaml",
    "rich",
    "jinja2",
    "casemate.catalog",
    "casemate.define",
    "casemate.evidence",
    "casemate.report",
)


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
def test_help_and_version_import_nothing_heavy(option):
    code = (
        "import sys; from casemate.cli import main; sys.argv = ['casemate', sys.argv[1]]\n"
        "try: main()\nexcept SystemExit as e: code = e.code\n"
        f"print('LOADED', code, sorted(set({HEAVY!r}) & sys.modules.keys()))"
    )
    ended = process(option, code=code)
    assert ended.stderr == b""
    assert ended.stdout.decode().endswith("LOADED 0 []\n")


def test_help_lists_every_command_with_the_first_line_of_its_file(casemate):
    code, out, _ = casemate("--help")
    assert code == 0
    names = sorted(p.stem for p in (HERE.parents[1] / "src/casemate/cli").glob("[!_]*.py"))
    assert Commands().list_commands(None) == names
    assert all(re.search(rf"^  {name} +\w", out, re.M) for name in names)


def test_every_command_explains_itself(casemate):
    for name in group.list_commands(None):
        code, out, _ = casemate(name, "--help")
        assert code == 0
        assert out.startswith(f"Usage: casemate {name} ")


def test_version_is_the_package_s(casemate):
    assert casemate("--version") == (0, f"casemate, version {__version__}\n", "")


def test_no_command_at_all_shows_the_help(casemate):
    code, out, err = casemate()
    assert code in (0, 2)
    assert "Usage: casemate" in out + err
