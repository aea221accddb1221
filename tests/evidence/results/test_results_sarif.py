"""SARIF as other tools write it is read whole; SARIF as we write it is what strict readers ask for."""

import json
import os
import pickle
import subprocess
import sys

import pytest

from casemate.evidence.results.load import read
from sarif_rules import wrong


def results(*runs):
    return read(json.dumps({"version": "2.1.0", "runs": list(runs)}).encode(), "r.json")


def run(*found, tool=None, **more):
    return {"tool": tool or {"driver": {"name": "t"}}, "results": list(found), **more}


def one(result, **more):
    (found,) = results(run({"message": {"text": "m"}} | result, **more)).findings
    return found.severity, found.id


RULES = [
    {"id": "A", "defaultConfiguration": {"level": "error"}},
    {"id": "B", "properties": {"security-severity": "9.1"}},
]


@pytest.mark.parametrize(
    ("result", "tool", "said"),
    [
        ({"ruleId": "A"}, {"driver": {"name": "t"}}, ("medium", "A")),  # no rules at all: the level is a warning
        ({"ruleId": "A"}, {"driver": {"name": "t", "rules": RULES}}, ("high", "A")),
        ({"ruleIndex": 1}, {"driver": {"name": "t", "rules": RULES}}, ("critical", "B")),
        ({"rule": {"index": 0}}, {"driver": {"name": "t", "rules": RULES}}, ("high", "A")),
        ({"ruleIndex": 7}, {"driver": {"name": "t", "rules": RULES}}, ("medium", "no-rule")),
        ({"ruleIndex": True}, {"driver": {"name": "t", "rules": RULES}}, ("medium", "no-rule")),
        ({"ruleId": "B/part"}, {"driver": {"name": "t", "rules": RULES}}, ("critical", "B/part")),
        ({"ruleId": "B"}, {"driver": {"name": "t"}, "extensions": [{"name": "e", "rules": RULES}]}, ("critical", "B")),
        ({"ruleId": "A", "level": "none"}, {"driver": {"name": "t", "rules": RULES}}, ("info", "A")),
        ({"ruleId": "A", "level": "louder"}, {"driver": {"name": "t"}}, ("medium", "A")),
        ({"ruleId": "A", "properties": {"security-severity": "2.0"}}, {"driver": {"name": "t"}}, ("low", "A")),
        ({}, {"driver": {"name": "t", "rules": None}}, ("medium", "no-rule")),
    ],
)
def test_a_result_has_its_rule_and_its_level_however_the_tool_gives_them(result, tool, said):
    assert one(result, tool=tool) == said


def test_what_was_suppressed_is_told_and_does_not_count():
    said = ([{"kind": "inSource"}], [{"kind": "external", "status": "underReview"}], [], None)
    found = results(
        run(*({"ruleId": f"R{i}", "message": {"text": "m"}, "suppressions": s} for i, s in enumerate(said)))
    )
    assert ([f.id for f in found.findings], found.skipped) == (
        ["R1", "R2", "R3"],
        ("t: 1 results that somebody suppressed",),
    )


def test_a_run_without_results_looked_at_nothing():
    found = results({"tool": {"driver": {"name": "t"}}, "results": None}, run())
    assert (found.findings, found.skipped) == ((), ("t: a run without results",))


def test_a_result_without_a_place_or_a_text_is_still_one():
    found = results(run({"message": {"id": "default", "arguments": ["x"]}, "locations": []}, {}))
    assert [(f.place, f.message) for f in found.findings] == [("no place", "default"), ("no place", "no message")]


NAMES = ["m.pkl", "two words & 100%.pkl", "größe.pkl", "a'b\"c.pkl", "-.pkl", "line\nbreak.pkl"]


def test_our_own_sarif_is_what_strict_readers_ask_for(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    for name in NAMES:
        (inner / name).write_bytes(pickle.dumps(eval))
    (inner / "cut.pkl").write_bytes(pickle.dumps(eval)[:-3])
    (inner / "fine.pkl").write_bytes(pickle.dumps([1]))
    os.mkfifo(inner / "pipe.pkl")
    command = [sys.executable, "-m", "casemate", "scan", "--format", "sarif"]
    for args in (("in",), ("in/fine.pkl",), ("in/none.pkl",), (str(inner),)):
        out = subprocess.run([*command, *args], cwd=tmp_path, capture_output=True, text=True, check=False).stdout
        log = json.loads(out)
        assert wrong(log) == [], args
        uris = {
            u["physicalLocation"]["artifactLocation"]["uri"] for r in log["runs"][0]["results"] for u in r["locations"]
        }
        assert all(str(tmp_path) not in u for u in uris)
    assert len(uris) >= len(NAMES)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda log: log.pop("runs"), "log.runs: missing"),
        (lambda log: log.update(version="2.0"), "log.version"),
        (lambda log: log["runs"][0]["results"][0].update(level="loud"), "log.runs[0].results[0].level: 'loud'"),
        (lambda log: log["runs"][0]["results"][0].update(message={"text": ""}), "runs[0].results[0].message: empty"),
        (lambda log: log["runs"][0]["results"][0].update(locations=[]), "runs[0].results[0].locations: none"),
        (lambda log: log["runs"][0]["results"][0].update(ruleId="x"), "runs[0].results[0].ruleId: 'x' is no rule"),
    ],
)
def test_the_walk_sees_what_is_wrong(change, says):
    place = {"physicalLocation": {"artifactLocation": {"uri": "m.pkl"}, "region": {"startLine": 1}}}
    result = {"ruleId": "A", "level": "error", "message": {"text": "m"}, "locations": [place]}
    log = {"version": "2.1.0", "runs": [run(result, tool={"driver": {"name": "t", "rules": [{"id": "A"}]}})]}
    assert wrong(log) == []
    change(log)
    assert says in wrong(log)
