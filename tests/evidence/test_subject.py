"""Where the files of a task may lie: below the folder of the system file, and nowhere that a link leads."""

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence.measure import check, measure
from signing import TODAY

FILE = """\
casemate: 1
name: x
zones: {{z: {{trust: staff}}}}
components:
  m: {{kind: model, zone: z, path: {path}, signature: {{public key: /etc/keys/a.pub{bundle}}}}}
measure:
  - {task}
"""
LEADS_OUT = "which leads out of the folder of this file; name a place below it, or move this file above both"
TASKS = {
    "scan: m": "the path of m",
    "verify: m": "the path of m",
    "lineage: m": "the path of m",
    "access: m": "the path of m",
    "verify: {model: m, running: %s}": "what runs",
    "lineage: {model: m, statement: %s}": "the statement",
    "access: {of: m, from: [%s]}": "an export",
    "results: {file: %s, for: m}": "the file of results",
    "audit: {for: m, lock: [%s]}": "a lock file",
}


def system(task, path="m", bundle=""):
    return from_text(FILE.format(task=task, path=path, bundle=bundle), "m.yaml", {})


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["../m", "/etc/hostname", "a/../../m", "C:/m"])
def test_a_path_that_leads_out_is_an_error_of_the_file(task, name):
    s = system(task % name) if "%s" in task else system(task, path=name)
    with pytest.raises(CasemateError) as caught:
        check(s)
    assert str(caught.value) == f"m.yaml:7:5: {TASKS[task]} is {name!r}, {LEADS_OUT}"


@pytest.mark.parametrize("task", TASKS)
def test_a_link_that_leads_out_is_a_gap_and_nothing_behind_it_is_read(tmp_path, task):
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret").write_text("hunter2 is the password\n")
    (root / "link").symlink_to("../secret")
    (root / "m").write_text("weights")
    s = system(task % "link") if "%s" in task else system(task, path="link")
    found, (gap,) = measure(s, root, TODAY)
    why = "was not read: link is a link that leads out of the folder of this file"
    assert (found, gap) == ([], f"m.yaml:7:5: {TASKS[task]} {why}")


def test_a_link_that_stays_inside_is_followed_and_a_key_may_lie_anywhere(tmp_path):
    (tmp_path / "v3").write_text("weights")
    (tmp_path / "m").symlink_to("v3")
    (found,), gaps = measure(system("verify: m"), tmp_path, TODAY)
    assert (dict(found.facts), gaps) == ({"signature found": "unsigned", "signed": False}, [])


def test_the_file_of_a_signature_lies_below_too():
    with pytest.raises(CasemateError, match=r"the signature of m is '\.\./m\.sig', which leads out"):
        check(system("verify: m", bundle=", bundle: ../m.sig"))
