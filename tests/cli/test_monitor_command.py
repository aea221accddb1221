"""`casemate monitor`: exit codes, forms, and a task of `measure:`."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "evidence" / "monitor"))
from monitor_logs import attack, days, lines, write

MORE = """\
  - monitor: {model: scorer, log: logs, reference: normal.jsonl, at: engine, tolerated low confidence: 0.2}
"""


@pytest.fixture
def logs(casemate):
    write(casemate.root / "normal.jsonl", days(0, 8))
    write(casemate.root / "logs" / "quiet.jsonl", days(10, 12))
    return casemate


def test_a_quiet_log_ends_with_0_and_one_with_an_alarm_with_1(logs):
    code, out, _ = logs("monitor", "logs", "--reference", "normal.jsonl", "--tolerated-low-confidence", "0.2")
    assert (code, out.split(":")[0]) == (0, "QUIET")
    write(logs.root / "logs" / "z.jsonl", lines(attack(13), "attack"))
    code, out, _ = logs("monitor", "logs", "--reference", "normal.jsonl", "--tolerated-low-confidence", "0.2")
    assert (code, out.split(":")[0]) == (1, "ALARM")


def test_a_log_without_confidence_ends_with_3_unless_something_else_alarms(logs):
    rows = [json.loads(line) for line in days(0, 10)]
    bare = [json.dumps({k: v for k, v in r.items() if k != "confidence"}) + "\n" for r in rows]
    write(logs.root / "n.jsonl", bare[:2400])
    write(logs.root / "l.jsonl", bare[2400:])
    code, out, _ = logs("monitor", "l.jsonl", "--reference", "n.jsonl", "--tolerated-low-confidence", "0.2")
    assert (code, out.splitlines()[0]) == (
        3, "NOT MEASURED: no row has a confidence, so nobody can say that it did not fall"
    )  # fmt: skip


def test_all_forms_are_written_in_one_run(logs):
    code, out, err = logs("monitor", "logs", "--reference", "normal.jsonl", "--format", "json", "-o", "html=m.html",
                          "-o", "text=m.txt")  # fmt: skip
    assert (code, json.loads(out)["format"]) == (0, "monitor/1")
    assert err == "wrote m.html\nwrote m.txt\n"
    assert (logs.root / "m.html").read_text().startswith("<!doctype html>")


def test_a_reference_is_learnt_once_and_kept(logs):
    code, _, err = logs("monitor", "learn", "normal.jsonl", "-o", "normal")
    assert (code, err) == (0, "wrote normal\n")
    one = logs("monitor", "logs", "--reference", "normal", "--format", "json")
    assert one == logs("monitor", "logs", "--reference", "normal.jsonl", "--format", "json")


def test_sketches_of_parts_merge_to_that_of_the_whole(logs):
    write(logs.root / "logs" / "b.jsonl", days(12, 13))
    for name in ("quiet", "b"):
        logs("monitor", f"logs/{name}.jsonl", "--reference", "normal.jsonl", "--sketch", name)
    logs("monitor", "logs", "--reference", "normal.jsonl", "--sketch", "whole")
    code, _, err = logs("monitor", "merge", "quiet", "b", "-o", "both")
    assert (code, err) == (0, "wrote both\n")
    assert (logs.root / "both").read_bytes() == (logs.root / "whole").read_bytes()


def test_what_is_no_sketch_is_not_merged(logs):
    code, _, err = logs("monitor", "merge", "normal.jsonl", "-o", "both")
    assert code == 2
    assert err.startswith("normal.jsonl: this is no sketch or state of the monitor")


def test_a_folder_is_followed_once_and_then_from_where_it_was_left(logs):
    run = ("monitor", "--follow", "logs", "--reference", "normal.jsonl", "--tolerated-low-confidence", "0.2", "--once",
           "--format", "json")  # fmt: skip
    assert json.loads(logs(*run)[1])["rows"] == 600
    write(logs.root / "logs" / "z.jsonl", lines(attack(13), "attack"))
    code, out, _ = logs(*run)
    assert (code, json.loads(out)["rows"]) == (1, 900)
    alarms = (logs.root / "logs/.monitor/alarms.jsonl").read_text()
    assert logs(*run)[0] == 1
    assert (logs.root / "logs/.monitor/alarms.jsonl").read_text() == alarms


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--reference", "normal.jsonl"],
            "monitor: takes files or --follow DIR; name a log, or the folder to follow\n",
        ),
        (
            ["nowhere", "--reference", "normal.jsonl"],
            "nowhere: is no file that can be read; name the files of the log\n",
        ),
        (
            ["--follow", "lgos", "--reference", "normal.jsonl", "--once"],
            "lgos: is no folder; name the folder of the logs, or make it\n",
        ),
        (["logs", "--reference", "normal.jsonl", "-o", "pdf=x"], "--output: there is no format 'pdf'"),
    ],
)
def test_what_cannot_begin_ends_with_2_and_says_why(logs, arguments, said):
    code, _, err = logs("monitor", *arguments)
    assert code == 2
    assert err.startswith(said)


def test_measure_binds_what_the_log_says_to_the_model(logs):
    logs.add(MORE)
    code, out, _ = logs("measure", "--today", "2026-11-23")
    records = [json.loads(line) for line in (logs.root / "evidence/monitor.jsonl").read_text().splitlines()]
    facts = {r["predicate"]["about"]: r["predicate"]["facts"] for r in records}
    assert code == 0
    assert facts == {
        "engine": {"logs": ["client", "confidence", "decision", "request"]},
        "scorer": {"alarms": ["none"]},
    }
    assert "monitor of scorer: alarms none" in " ".join(out.split())


def test_a_log_that_is_not_there_is_a_gap(logs):
    logs.add(MORE.replace("log: logs", "log: gone"))
    code, _, err = logs("measure", "--today", "2026-11-23")
    assert code == 3
    assert "scorer was not monitored:" in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lag: 3", "monitor has no setting 'lag'"),
        ("tolerated low confidence: 3", "tolerated low confidence of monitor is 3; give a share between 0 and 1"),
        ("at: nobody", "monitor names 'nobody', which is no component"),
    ],
)
def test_a_task_that_cannot_be_done_is_an_error_of_the_file(logs, change, said):
    logs.add(f"  - monitor: {{model: scorer, log: logs, reference: normal.jsonl, {change}}}\n")
    code, _, err = logs("measure", "--today", "2026-11-23")
    assert code == 2
    assert said in err
