"""Whatever is put in: exit code 2 (or 3 where evidence is missing), one line for each mistake, no traceback, nothing on
stdout, nothing left behind, and no waiting."""

import json
import os
import re
import time

import pytest

from casemate.evidence.statement import PREDICATE, TYPE

LINE = re.compile(r"\S+(:\d+:\d+)?: .+; .+")


def refused(casemate, *args):
    """The lines of stderr of a run that must end with 2 and do nothing else."""
    before, start = casemate.files(), time.process_time()
    code, out, err = casemate(*args)
    assert (code, out) == (2, "")
    assert casemate.files() == before
    assert time.process_time() - start < 5
    lines = err.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    return lines


BOTH = pytest.mark.parametrize(
    "command", [("check",), ("assess", "-o", "html=out/report.html", "-o", "json=r.json")], ids=["check", "assess"]
)


@BOTH
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "casemate.yaml: is empty; begin with `casemate: 1`; `casemate schema` shows what may follow"),
        ("- a\n", "casemate.yaml:1:1: is not a mapping; begin with `casemate: 1`"),
        (
            "casemate: [1\n",
            "casemate.yaml:2:1: is not YAML: did not find expected ',' or ']'; "
            "check the indentation and the brackets before this place",
        ),
        ("casemate: 1\ncasemate: 1\n", "casemate.yaml:2:1: 'casemate' is given twice; keep one of the two"),
        ("casemate: 1\n---\nname: x\n", "casemate.yaml:2:1: starts a second document; keep one document in a file"),
        (
            "name:\n\tx\n",
            "casemate.yaml:2:1: is not YAML: found character that cannot start any token; "
            "indent with spaces, and quote text that begins with a special character",
        ),
        (b"name: caf\xe9\n", "casemate.yaml:1:10: is not UTF-8; save the file as UTF-8"),
        (
            "name: x\x00y\n",
            "casemate.yaml:1:8: holds the character '\\x00', which YAML does not allow; remove it",
        ),
        (
            "name: \x1b[31mred\n",
            "casemate.yaml:1:7: holds the character '\\x1b', which YAML does not allow; remove it",
        ),
        ("name: \ud800\n", "casemate.yaml:1:7: is not UTF-8; save the file as UTF-8"),
        ("name: &x y\n", "casemate.yaml:1:7: uses the anchor 'x'; write the value out"),
        (
            "name: !!python/name:os.system x\n",
            "casemate.yaml:1:7: uses the tag 'tag:yaml.org,2002:python/name:os.system'; leave it out; "
            "the field decides the type",
        ),
        ("[" * 200_000, "casemate.yaml:1:25: is nested deeper than 24; flatten it"),
        ("{" * 200_000, "casemate.yaml:1:2: has a key that is not a word; write `key: value`"),
    ],
    ids=[
        "empty",
        "a list",
        "a bracket",
        "a key twice",
        "two documents",
        "a tab",
        "latin 1",
        "a NUL",
        "an escape",
        "half a character",
        "an anchor",
        "a tag",
        "brackets",
        "braces",
    ],
)
def test_a_file_that_is_no_system_file(casemate, command, text, said):
    casemate.write("casemate.yaml", text)
    assert refused(casemate, *command) == [said]


@BOTH
def test_a_file_of_fifty_megabytes(casemate, command):
    with (casemate.root / "casemate.yaml").open("wb") as f:
        f.truncate(50_000_000)
    assert refused(casemate, *command) == ["casemate.yaml: is larger than 20 MB; split the system into smaller files"]


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(casemate):
    path = casemate.root / "casemate.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert casemate("check")[0] == 0


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("auth: none", "auht: none", "casemate.yaml:9:38: api has no field 'auht'; did you mean 'auth'?"),
        ("kind: model", "kind: modle", "casemate.yaml:11:18: kind is never 'modle'; did you mean 'model'?"),
        (
            "  - api -> client: score",
            "  - api -> cleint: score",
            "casemate.yaml:16:5: flow api->cleint names 'cleint', which does not exist; did you mean 'client'?",
        ),
        (
            "{trust: staff}",
            "{trust: staff, in: cloud}",
            "casemate.yaml:5:25: zone cloud lies inside itself; let one of them lie outside",
        ),
        (
            "  client: {",
            "  api: {trust: staff}\n  client: {",
            "casemate.yaml:10:3: 'api' is the id of something in actors already; "
            "give every actor and component an id of its own",
        ),
        (
            "  - scan: scorer",
            "  - scn: scorer",
            "casemate.yaml:18:5: nothing measures 'scn'; did you mean 'scan'?",
        ),
        (
            "  - scan: scorer",
            "accept: [{threat: nonsense@scorer, reason: r, owner: o, until: 2027-01-01}]",
            "casemate.yaml:18:10: there is no threat 'nonsense'; ",
        ),
        (
            "  - scan: scorer",
            "accept: [{threat: model-extraction@nothing, reason: r, owner: o, until: 2027-01-01}]",
            "casemate.yaml:18:10: 'model-extraction@nothing' names nothing in this system; ",
        ),
        (
            "auth: none",
            "controls: [quary-quota]",
            "casemate.yaml:9:38: api claims a control 'quary-quota', which does not exist; did you mean 'query-quota'?",
        ),
        (
            "name: Scoring",
            "name: Scoring\ncatalog: [mine, yours]",
            "casemate.yaml:3:1: the catalogue folder 'mine' is not there; create it or leave it out",
        ),
    ],
)
def test_one_mistake_is_one_line_at_its_place(casemate, command, old, new, said):
    casemate.change(old, new)
    lines = refused(casemate, *command)
    assert lines[0].startswith(said)
    assert len(lines) == (2 if "catalog:" in new else 1)


def test_what_only_the_catalogue_can_tell_comes_at_once_too(casemate):
    casemate.change(
        "  - scan: scorer", "  - scn: scorer\naccept: [{threat: x@y, reason: r, owner: o, until: 2027-01-01}]"
    )
    assert [line.partition(": ")[0] for line in refused(casemate, "check")] == [
        "casemate.yaml:18:5",
        "casemate.yaml:19:10",
    ]


def test_errors_of_the_policy_and_of_the_evidence_come_at_once(casemate):
    casemate.write("evidence/scan.jsonl", "{\n")
    casemate.write("policy.yaml", "name: x\nfails on: [always]\n")
    casemate.add("policy: policy.yaml\n")
    assert [line.partition(": ")[0] for line in refused(casemate, "check")] == [
        "evidence/scan.jsonl:1:1",
        "policy.yaml:2:12",
    ]


# Places where a file is due.


@pytest.mark.parametrize("command", ["check", "assess", "measure", "questions"])
def test_a_folder_where_the_system_file_is_due(casemate, command):
    (casemate.root / "sub").mkdir()
    assert refused(casemate, command, "sub") == ["sub: is a directory; name the file in it"]


@pytest.mark.parametrize("command", ["check", "assess", "measure", "questions"])
def test_a_pipe_or_device_where_the_system_file_is_due_holds_nobody(casemate, command):
    os.mkfifo("pipe")
    assert refused(casemate, command, "pipe") == ["pipe: is no regular file; name a file"]
    assert refused(casemate, command, "/dev/zero") == ["/dev/zero: is no regular file; name a file"]


def test_a_file_that_is_not_there(casemate):
    assert refused(casemate, "check", "nothere.yaml") == ["nothere.yaml: there is no such file; check the path"]
    long = "x" * 300
    assert refused(casemate, "check", long) == [
        f"{long}: cannot be read (File name too long); check the path and its permissions"
    ]


def test_no_file_or_several_where_none_was_named(casemate):
    (casemate.root / "casemate.yaml").unlink()
    todo = "name it: casemate assess casemate.yaml"
    assert refused(casemate, "check") == [f"casemate: no system file was named and there is none here; {todo}"]
    casemate.write("a.casemate.yaml", "")
    casemate.write("b.casemate.yaml", "")
    assert refused(casemate, "check") == [f"casemate: no system file was named and there are several; {todo}"]


def test_a_pipe_or_device_where_the_policy_is_due_holds_nobody(casemate):
    os.mkfifo("pipe")
    for policy in ("pipe", "/dev/zero"):
        assert refused(casemate, "assess", "--policy", policy) == [f"{policy}: is no regular file; name a file"]
    casemate.add("policy: pipe\n")
    assert refused(casemate, "assess") == ["pipe: is no regular file; name a file"]


def test_a_policy_that_is_not_there(casemate):
    casemate.add("policy: policies/ours.yaml\n")
    assert refused(casemate, "assess") == ["policies/ours.yaml: there is no such file; check the path"]


def test_a_policy_with_unknown_words(casemate):
    casemate.write("p.yaml", "name: x\nrequires: [{evidence: scam, of: [model]}]\nfails on: [open-hihg]\n")
    assert refused(casemate, "assess", "--policy", "p.yaml") == [
        "p.yaml:2:23: evidence is never 'scam'; did you mean 'scan'?",
        "p.yaml:3:12: fails on is never 'open-hihg'; did you mean 'open-high'?",
    ]


def test_a_pipe_among_the_evidence_holds_nobody(casemate):
    (casemate.root / "evidence").mkdir()
    os.mkfifo("evidence/scan.jsonl")
    assert refused(casemate, "assess") == ["evidence/scan.jsonl: is no regular file; name a file"]


@pytest.mark.parametrize("name", ["zero", "pipe", "nothere.pkl", ".", "x/" * 100 + "y", "x" * 300])
def test_an_artefact_that_cannot_be_read_is_unknown_and_holds_nobody(casemate, name):
    os.mkfifo("pipe")
    (casemate.root / "zero").symlink_to("/dev/zero")
    casemate.change("path: scorer.pkl", f"path: {name}")
    start = time.process_time()
    code, out, _ = casemate("assess", "--format", "json", "--measure")
    assert code == 3
    assert time.process_time() - start < 5
    assert [r["what"] for r in json.loads(out)["gate"]["reasons"]] == [
        "the policy requires a scan of scorer: there is none"
    ]


def test_a_name_with_a_control_character_is_refused_before_it_reaches_a_terminal(casemate):
    casemate.change("name: Scoring", 'name: "\\e]0;owned\\a"')
    assert refused(casemate, "assess") == [
        "casemate.yaml:2:7: name is '\\x1b]0;owned\\x07'; "
        "it takes a text of at most 4000 characters, none of them a control character"
    ]


@pytest.mark.parametrize("field", ["path: ", "evidence: ", "policy: ", "catalog: "])
def test_a_name_with_a_nul_is_refused(casemate, field):
    if field == "path: ":
        casemate.change("path: scorer.pkl", 'path: "a\\0b"')
    else:
        casemate.add(f'{field}"a\\0b"\n')
    (line,) = refused(casemate, "check")
    assert line.endswith("it takes a text of at most 4000 characters, none of them a control character")


# Evidence.


def record(digest, **changes):
    p = {"kind": "scan", "about": "scorer", "tool": "t", "measured": "2026-10-02", "facts": {"contents": "clean"}}
    subject = [{"name": "scorer", "digest": {"sha256": digest}}]
    return json.dumps({"_type": TYPE, "subject": subject, "predicateType": PREDICATE, "predicate": {**p, **changes}})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "is not JSON; write one in-toto Statement on each line"),
        ('{"a": NaN}', "is not JSON; write one in-toto Statement on each line"),
        ("9" * 5000, "is not JSON; write one in-toto Statement on each line"),
        ("[" * 100_000, "is not JSON; write one in-toto Statement on each line"),
        ('{"a": 1, "a": 2}', "gives 'a' twice; measure again"),
        ("[]", f"is no in-toto Statement v1; give it `_type: {TYPE}`"),
        ('"' + "x" * 5_000_000 + '"', "is a record larger than 4 MB; store aggregates, not rows"),
        (record("0" * 64, measured="9999-12-31"), "has a 'measured' that is no date; write it as 2026-10-02"),
        (record("0" * 64, tool="\ud800"), "holds a control character or half a character; measure again"),
    ],
    ids=[
        "text",
        "NaN",
        "a huge number",
        "deep",
        "a key twice",
        "a list",
        "long",
        "the end of days",
        "half a character",
    ],
)
def test_evidence_that_is_no_statement(casemate, line, said):
    casemate.write("evidence/scan.jsonl", f"\n{line}\n")
    assert refused(casemate, "assess", "-o", "json=r.json") == [f"evidence/scan.jsonl:2:1: {said}"]


def test_evidence_of_another_digest_is_shown_as_void_and_does_not_pass(casemate):
    casemate.write("evidence/scan.jsonl", record("0" * 64) + "\n")
    code, out, _ = casemate("assess", "--format", "json", "--today", "2026-10-03")
    found = json.loads(out)
    assert code == 3
    assert [(e["element"], e["state"]) for e in found["evidence"]] == [("scorer", "void")]
    assert [r["what"] for r in found["gate"]["reasons"]] == [
        "the policy requires a scan of scorer: it, or a file that its evidence rests on, is another now"
    ]


def test_evidence_that_is_too_old_does_not_pass(casemate):
    casemate("measure", "--today", "2026-01-01")
    code, out, _ = casemate("assess", "--format", "json", "--today", "2026-10-03")
    assert code == 3
    assert json.loads(out)["gate"]["reasons"][0]["what"] == (
        "the policy requires a scan of scorer: its evidence is too old"
    )


def test_a_model_that_changed_after_its_scan_does_not_pass(casemate):
    assert casemate("assess", "--measure", "--today", "2026-10-02")[0] == 0
    casemate.hostile()
    assert casemate("assess", "--today", "2026-10-02")[0] == 3


# A local catalogue.


def catalogue(casemate, **files):
    casemate.add("catalog: mine\n")
    for name, text in files.items():
        casemate.write(f"mine/{name.replace('_', '-')}.yaml", text)
    return refused(casemate, "check")


CONTROL = """\
id: lock
title: Lock the door
acts on: attempts
effect: 50%
sits on: [host]
owner: operations
days: 1
verify: attested
test: the door is locked
limits: windows
source: expert judgement
"""


def test_a_file_that_is_neither_a_threat_nor_a_control_says_so_once(casemate):
    assert catalogue(casemate, stray="id: stray\ntitle: x\n") == [
        "mine/stray.yaml: is neither a threat nor a control; "
        "give it `when:` to make it a threat, or `acts on:` to make it a control"
    ]


def test_one_file_that_is_no_yaml_hides_no_error_of_another(casemate):
    assert [
        line.partition(": ")[0]
        for line in catalogue(
            casemate, a="a: [", b="- x\n", lock=CONTROL.replace("days: 1", "days: 3k"), z="when: {}\nid: y\n"
        )
    ] == ["mine/a.yaml:1:5", "mine/b.yaml", "mine/lock.yaml:7:7", "mine/z.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days: 1", "maps: [a]\ndays: 1", "7:7: maps is no mapping; write `atlas: [AML.M0002]`"),
        ("days: 1", "maps: atlas\ndays: 1", "7:7: maps is no mapping; write `atlas: [AML.M0002]`"),
        ("days: 1", "maps: {atlas: }\ndays: 1", "7:15: maps names no id of 'atlas'; write `atlas: [AML.M0002]`"),
        ("days: 1", "maps: {atlas: [[x]]}\ndays: 1", "7:15: maps names no id of 'atlas'; write `atlas: [AML.M0002]`"),
        ("effect: 50%", "effect: 0%", "4:9: effect is '0%'; give it: the share it takes away at best, such as 80%"),
        ("effect: 50%", "effect: 100%", "4:9: effect is '100%'; give it: the share it takes away at best, such as 80%"),
        (
            "effect: 50%",
            "effect: 50% a year",
            "4:9: effect is '50% a year'; give it: the share it takes away at best, such as 80%",
        ),
        ("days: 1", "days: 3k", "7:7: days is '3k'; give it: person-days to put it in place"),
        ("[host]", "[hots]", "5:10: sits on is never 'hots'; did you mean 'host'?"),
        ("[host]", "{host: 1}", "5:10: sits on is no list of words; give it: kinds of components"),
        ("days: 1", "proven by: [scna]\ndays: 1", "7:12: proven by is never 'scna'; did you mean 'scan'?"),
        ("days: 1", "best on: modl\ndays: 1", "7:10: best on is never 'modl'; did you mean 'model'?"),
    ],
)
def test_a_control_that_is_wrong_is_named_at_its_place(casemate, old, new, said):
    assert catalogue(casemate, lock=CONTROL.replace(old, new)) == [f"mine/lock.yaml:{said}"]


def test_a_pipe_in_the_catalogue_holds_nobody(casemate):
    casemate.add("catalog: mine\n")
    casemate.write("mine/lock.yaml", CONTROL)
    os.mkfifo("mine/pipe.yaml")
    assert [line.rpartition("/")[2] for line in refused(casemate, "check")] == [
        "pipe.yaml: is no regular file; name a file"
    ]


# Reports that cannot be written.


def test_a_report_that_cannot_be_written_leaves_no_other_behind(casemate):
    casemate.write("file", "")
    before = casemate.files()
    code, out, err = casemate("assess", "-o", "json=a.json", "-o", "text=file/below/b.txt")
    assert (code, out) == (2, "")
    assert err == "file/below/b.txt: cannot be written (Not a directory); choose another place\n"
    assert casemate.files() == before


def test_a_report_never_replaces_a_pipe_or_a_folder(casemate):
    os.mkfifo("pipe")
    (casemate.root / "folder").mkdir()
    for name in ("pipe", "folder"):
        assert refused(casemate, "assess", "-o", f"json={name}") == [
            f"{name}: cannot be written (it is no regular file); choose another place"
        ]


def test_a_fine_in_the_currency_of_its_law_is_taken_and_in_another_one_refused(casemate):
    casemate.add("harms: {personal-data: {loss: 1k, fine: gdpr-83-5}}\n")
    assert casemate("check")[0] == 0
    casemate.add("currency: JPY\nharms: {personal-data: {loss: 1k, fine: gdpr-83-5}}\n")
    assert refused(casemate, "check") == [
        "casemate.yaml:20:35: the maximum of gdpr-83-5 is in EUR, and this file counts in JPY; "
        "let `loss:` hold the fine, or count in the other"
    ]
