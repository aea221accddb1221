"""`results:` binds what other tools found to a component, and never takes silence for good news."""

import json
import os
from dataclasses import replace
from datetime import date

import pytest

from casemate.core.errors import CasemateError
from casemate.decompose.measured import measured
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence, bind, element_digest
from casemate.evidence.measure import check, measure
from casemate.evidence.read import statements
from casemate.evidence.results.load import read
from casemate.evidence.store import load, save
from result_examples import OSV, PIP, SARIF, UV

DAY = date(2026, 10, 2)
FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  build: {kind: ci, zone: z}
measure:
"""


def run(tmp_path, doc, **rest):
    (tmp_path / "r.json").write_text(json.dumps(doc))
    settings = {"file": "r.json", "for": "build"} | rest
    told = ", ".join(f"{k}: {v}" for k, v in settings.items())
    system = from_text(FILE + f"  - results: {{{told}}}\n", "m.yaml", {})
    found, gaps = measure(system, tmp_path, DAY)
    save(system, tmp_path, found)
    load(system, tmp_path, found)  # what was written can be read again
    return found, gaps


def facts(tmp_path, doc, **rest):
    (found,), gaps = run(tmp_path, doc, **rest)
    assert gaps == []
    return dict(found.facts)


CLEAN = {"dependencies": [{"name": "jinja2", "version": "3.1.6", "vulns": []}], "fixes": []}
SKIPPED = {
    "dependencies": [{"name": "torch", "skip_reason": "Dependency not found on PyPI: torch (2.0.0+cpu)"}],
    "fixes": [],
}


@pytest.mark.parametrize("doc", [PIP, UV, OSV])
def test_a_known_flaw_says_that_it_is_not_patched(tmp_path, doc):
    (found,), _ = run(tmp_path, doc)
    assert dict(found.facts) == {"patched": False}
    assert [(c.id, c.verified) for c in found.controls] == [("prompt-patching", False)]


def test_a_dated_audit_of_all_packages_says_that_it_is_patched(tmp_path):
    assert facts(tmp_path, CLEAN, taken="2026-10-01") == {"patched": True}
    (found,), _ = run(tmp_path, CLEAN, taken="2026-10-01")
    assert (found.measured, found.valid_until) == (date(2026, 10, 1), date(2026, 10, 8))


def test_an_audit_without_a_day_or_of_long_ago_says_nothing(tmp_path):
    assert facts(tmp_path, CLEAN) == {}
    assert facts(tmp_path, CLEAN, taken="2026-09-01") == {}


def test_a_skipped_package_is_not_covered(tmp_path):
    (found,), _ = run(tmp_path, SKIPPED, taken="2026-10-02")
    assert dict(found.facts) == {}
    assert found.coverage == {"covered": 0, "skipped": 1, "severities": {}}
    assert found.findings == ("not covered: torch: Dependency not found on PyPI: torch (2.0.0+cpu)",)


def test_an_unpinned_action_says_that_the_build_is_not_pinned(tmp_path):
    (found,), _ = run(tmp_path, SARIF, tool="zizmor")
    assert dict(found.facts) == {"pinned": False}
    assert (found.measured, found.kind) == (date(2026, 10, 1), "audit")


def test_a_suppressed_result_and_a_passed_one_do_not_count(tmp_path):
    for change in ({"suppressions": [{"kind": "external"}]}, {"kind": "pass"}, {"baselineState": "absent"}):
        doc = json.loads(json.dumps(SARIF))
        doc["runs"][0]["results"][0] |= change
        assert facts(tmp_path, doc) == {}


def test_silence_of_sarif_is_no_good_news(tmp_path):
    doc = json.loads(json.dumps(SARIF))
    doc["runs"][0]["results"] = []
    assert facts(tmp_path, doc) == {}


def test_a_run_that_failed_is_a_gap(tmp_path):
    doc = json.loads(json.dumps(SARIF))
    doc["runs"][0]["invocations"][0]["executionSuccessful"] = False
    assert run(tmp_path, doc) == ([], ["m.yaml:7:5: results for build were not taken: r.json says that zizmor failed"])


def test_results_of_another_tool_or_of_tomorrow_are_a_gap(tmp_path):
    assert run(tmp_path, CLEAN, tool="trivy")[1] == [
        "m.yaml:7:5: results for build were not taken: they are of pip-audit, not of trivy"
    ]
    assert "after the day" in run(tmp_path, CLEAN, taken="2026-10-03")[1][0]


def test_a_pipe_and_a_missing_file_are_gaps(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, what in (("pipe", "is no regular file"), ("gone", "there is no such file")):
        system = from_text(FILE + f"  - results: {{file: {name}, for: build}}\n", "m.yaml", {})
        gap = f"m.yaml:7:5: results for build were not taken: {name} {what}"
        assert measure(system, tmp_path, DAY) == ([], [gap])


def test_a_file_of_nothing_but_parts_is_a_gap(tmp_path):
    (tmp_path / "big.json").write_text('{"runs": [' + "[]," * 2_600_000 + "0]}")
    system = from_text(FILE + "  - results: {file: big.json, for: build}\n", "m.yaml", {})
    assert measure(system, tmp_path, DAY) == (
        [],
        ["m.yaml:7:5: results for build were not taken: big.json has more than 5,000,000 parts"],
    )


def test_a_hostile_name_cannot_spoil_the_store(tmp_path):
    doc = json.loads(json.dumps(PIP))
    doc["dependencies"][0]["name"] = "j\x1b[2J\ud800"
    (found,), _ = run(tmp_path, doc)
    assert statements((tmp_path / "evidence" / "audit.jsonl").read_text(), "audit.jsonl")[0].id == found.id


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("results: build", "results names no file; write `- results: {file: audit.json, for: <component>}`"),
        ("results: {file: x}", "results names no component; write `- results: {file: audit.json, for: <component>}`"),
        ("results: {file: x, for: bild}", "results names 'bild', which is no component; did you mean 'build'?"),
        ("results: {file: x, for: build, fil: y}", "results has no setting 'fil'; did you mean 'file'?"),
        (
            "results: {file: x, for: build, taken: x}",
            "results has a `taken` that is no day; write the day as 2026-10-02",
        ),
    ],
)
def test_a_wrong_task_is_named_at_its_line(task, message):
    with pytest.raises(CasemateError) as caught:
        check(from_text(FILE + f"  - {task}\n", "m.yaml", {}))
    assert str(caught.value) == f"m.yaml:7:5: {message}"


@pytest.mark.parametrize(
    "text",
    [
        '{"fixes": [], "dependencies": [{"name": "x", "version": "1", "vulns": null}]}',
        '{"fixes": [], "dependencies": [{"name": "x", "version": "1", "vulns": [{"id": "CVE-1"}], "vulns": []}]}',
        '{"summary": {"audited_packages": true, "vulnerabilities": 0}, "vulnerabilities": []}',
        '{"summary": {"audited_packages": 3, "vulnerabilities": 0}, "vulnerabilities": null}',
    ],
)
def test_what_does_not_say_that_it_found_nothing_is_no_good_news(text):
    with pytest.raises(CasemateError):
        read(text.encode(), "r.json")


def test_a_flaw_of_a_package_that_was_skipped_is_still_a_flaw():
    doc = {"name": "y", "skip_reason": "no index", "vulns": [{"id": "CVE-1"}]}
    found = read(json.dumps({"fixes": [], "dependencies": [doc]}).encode(), "r.json")
    assert (len(found.findings), found.skipped) == (1, ("y: no index",))


def test_a_kind_of_result_that_is_no_text_counts_as_a_finding():
    run = {"tool": {"driver": {"name": "t"}}, "results": [{"ruleId": "x", "kind": ["pass"]}]}
    assert len(read(json.dumps({"version": "2.1.0", "runs": [run]}).encode(), "r.json").findings) == 1


def test_nobody_makes_dated_results_younger(tmp_path):
    (found,), _ = run(tmp_path, SARIF, taken="2026-10-02")
    assert found.measured == date(2026, 10, 1)


@pytest.mark.parametrize("signed", [True, False])
def test_what_a_file_of_another_tool_says_is_attested_in_this_run_too(tmp_path, signed):
    (found,), _ = run(tmp_path, CLEAN, taken="2026-10-02")
    system = from_text(FILE + "  - results: {file: r.json, for: build}\n", "m.yaml", {})
    evidence = Evidence((replace(found, signed=signed),), this_run=frozenset({found.id}))
    (record,) = bind(system, evidence, DAY)["build"]
    assert (record.state, record.standing) == ("valid", "attested")


def test_its_bad_news_counts_and_its_good_news_is_only_said(tmp_path):
    for doc, declared, counts in ((PIP, "yes", False), (CLEAN, "no", False), (CLEAN, "yes", True)):
        (found,), _ = run(tmp_path, doc, taken="2026-10-02")
        system = from_text(
            FILE.replace("zone: z}", f"zone: z, patched: {declared}}}").rpartition("measure")[0], "m.yaml", {}
        )
        found = replace(found, digest=element_digest(system, system.components["build"]))
        bound = bind(system, Evidence((found,), this_run=frozenset({found.id})), DAY)
        said, known, _ = measured(system, bound)
        assert (said.components["build"].props["patched"], known["build"]) == (counts, {})
