"""Statements and folders of strangers: a verdict with its reason, soon, and nothing outside the root is read."""

import hashlib
import json
import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage_project import INTO, said, states

from casemate.core.errors import CasemateError
from casemate.evidence.lineage import provenance, reading, verify
from casemate.evidence.lineage.prints import State, Unseen, inside
from casemate.evidence.lineage.report import Verdict

SHA = "0" * 64
ENVELOPE = {"payloadType": "text/plain", "payload": "", "signatures": [{"sig": "AAAA"}]}
WRITER = """
with open("train.py", "ab", 0) as f:
    for _ in range(4000): f.write(b"#")
    print(flush=True)
    while True: f.write(b"#")
"""


def statement(*inputs, subject=None, **predicate):
    build = {"buildType": "x", "resolvedDependencies": list(inputs)}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model.bin", "digest": {"sha256": SHA}}] if subject is None else subject,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"buildDefinition": build, "runDetails": {"builder": {"id": "b"}}, **predicate},
    }


def thing(name, **more):
    return {"name": name, "digest": {"sha256": SHA}, "annotations": {"role": "training-data"}, **more}


def checked(project, doc):
    project.write(INTO, doc if isinstance(doc, bytes) else json.dumps(doc))
    start = time.process_time()
    found = project.verify()
    assert time.process_time() - start < 10
    return found


@pytest.mark.parametrize(
    ("doc", "why"),
    [
        (b"", "it is not JSON, or not all of it is here"),
        (b"\xff\xfe", "it is not JSON, or not all of it is here"),
        (json.dumps(statement()).encode()[:-9], "it is not JSON, or not all of it is here"),
        (b"[" * 100_000, "it is not JSON, or not all of it is here"),
        (b"[" * 50 + b"]" * 50, "it is nested deeper than 32"),
        (b" " * 8_000_001, "it is larger than 8 MB"),
        (b'{"a": NaN}', "it is not JSON, or not all of it is here"),
        (b'{"_type": 1, "_type": 2}', "it gives one key twice"),
        ({}, "it is no in-toto Statement v1"),
        ({**statement(), "predicateType": "https://x"}, "its predicate is no SLSA provenance v1"),
        (statement(subject=[]), "it does not say what was made, with a name and a digest"),
        (statement(subject={}), "its subject is missing or of another form"),
        (statement(*[thing("x")] * 20_001), "it names more than 20,000 inputs"),
        (statement("x"), "it names an input that is no mapping"),
        (statement(thing("a\x1b[2Jb")), "its name is no plain text of at most 1024 characters"),
        (statement(thing("a" * 1025)), "its name is no plain text of at most 1024 characters"),
        (statement(thing("\ud800")), "its name is no plain text of at most 1024 characters"),
        (statement(thing("a", digest={"sha256": "0"})), "it gives a digest that is none"),
        (statement(thing("a", digest={"sha256": SHA.replace("0", "A")})), "it gives a digest that is none"),
        (statement(runDetails=7), "its runDetails is missing or of another form"),
        (ENVELOPE, "its envelope holds no in-toto Statement"),
        ({"payloadType": 7, "payload": "", "signatures": []}, "it does not say what it holds"),
    ],
    ids=range(22),
)  # fmt: skip
def test_a_statement_that_cannot_be_read_is_a_verdict(project, doc, why):
    found = checked(project, doc)
    assert (found.verdict, found.verdict.exit_code) == (Verdict.UNREADABLE, 3)
    assert said(found) == [f"the statement: {why}"]


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "a/../../secret", "out/secret", "out", "", "a\0b"])
def test_nothing_outside_the_root_is_read(project, name):
    (project.root.parent / "secret").write_text("s")
    (project.root / "out").symlink_to("..")
    with pytest.raises(Unseen) as caught:
        inside(project.root, name)
    assert caught.value.state is State.OUTSIDE


def test_a_name_that_leads_out_is_no_match_and_no_pass(project):
    (project.root.parent / "secret").write_text("s")
    (project.root / "link").symlink_to("../secret")
    known = {"sha256": hashlib.sha256(b"s").hexdigest()}
    found = checked(project, statement(thing("../secret", digest=known), thing("link", digest=known)))
    assert states(found)["../secret"] == states(found)["link"] == "outside the root"


def test_what_is_no_file_any_more_is_not_waited_for(project):
    project.run()
    (project.root / "train.py").unlink()
    os.mkfifo(project.root / "train.py")
    (project.root / "params.yaml").unlink()
    (project.root / "params.yaml").symlink_to("params.yaml")
    (project.root / "requirements.lock").unlink()
    (project.root / "requirements.lock").symlink_to("/dev/zero")
    (project.root / "data" / "round").symlink_to(".")
    found = project.verify()
    assert found.verdict is Verdict.INCOMPLETE
    assert states(found) == {
        "model.bin": "match",
        "data": "unreadable",
        "train.py": "unreadable",
        "params.yaml": "unreadable",
        "requirements.lock": "outside the root",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(project):
    project.run()
    (project.root / "train.py").chmod(0)
    assert states(project.verify())["train.py"] == "unreadable"


def test_a_file_that_changes_while_it_is_read_is_unreadable(project):
    """Another process appends to it all the time."""
    project.write("train.py", b"#" * 40_000_000)
    project.python("open('model.bin', 'w').write('m')")
    with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        found = project.verify()
        writer.kill()
    assert states(found)["train.py"] in ("unreadable", "changed")
    assert found.verdict is not Verdict.COMPLETE


def test_a_missing_statement_is_an_error_of_whoever_asks(project):
    with pytest.raises(CasemateError, match="there is no such file"):
        project.verify("nowhere.json")


def test_what_is_there_and_is_no_file_gets_a_verdict(project):
    os.mkfifo(project.root / "pipe")
    (project.root / "loop").symlink_to("loop")
    for name, why in {
        "pipe": "it is no regular file",
        "data": "it is a directory",
        "loop": "it cannot be read (Too many levels of symbolic links)",
    }.items():
        found = project.verify(name)
        assert (found.verdict.exit_code, said(found)) == (3, [f"the statement: {why}"])


def test_names_behind_a_link_that_leads_out_start_at_the_first_root(project):
    """The statement of the base lies in the root, under a name that a folder outside of it gives."""
    away = project.root.parent / "away"
    away.mkdir()
    one = {"sha256": hashlib.sha256(b"1").hexdigest()}
    for name in ("secret.csv", "base.bin"):
        (away / name).write_text("1")
    (away / "base.bin.lineage.json").symlink_to(project.root / "real.json")
    (project.root / "out").symlink_to(away)
    inputs = [thing("secret.csv", digest=one, annotations={"role": r}) for r in provenance.REQUIRED]
    project.write("real.json", json.dumps(statement(*inputs, subject=[thing("base.bin", digest=one)])))
    (link,) = checked(project, statement(thing("out/base.bin", annotations={"role": "base-model"}))).chain
    assert (link.place, link.verdict, link.why) == ("real.json", Verdict.INCOMPLETE, "base.bin: it is not here")


def test_many_statements_behind_each_other_end(project):
    """Every base model is tuned from the next, and from all others."""
    names = [f"m{i}" for i in range(300)]
    for i, name in enumerate(names):
        project.write(name, name)
        bases = [thing(n, annotations={"role": "base-model"}) for n in names[i + 1 : i + 6]]
        project.write(
            f"{name}.lineage.json", json.dumps(statement(*bases, subject=[{"name": name, "digest": {"sha256": SHA}}]))
        )
    start = time.process_time()
    found = project.verify("m0.lineage.json")
    assert len(found.chain) < 6 * verify.MAX_LINKS
    assert found.depth <= verify.MAX_CHAIN
    assert found.verdict is not Verdict.COMPLETE
    assert time.process_time() - start < 10


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([SHA, "data", "../x", "/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("subject", "_type", "predicate", "predicateType", "payload", "signatures", "payloadType", "dsseEnvelope")


@given(doc=st.dictionaries(st.sampled_from(KEYS), JSON), inputs=st.lists(JSON, max_size=2), run=JSON)
def test_whatever_json_says_there_is_a_statement_or_a_verdict(doc, inputs, run):
    for d in (doc, {**statement(*inputs, runDetails=run), **doc}, statement(*inputs)):
        try:
            reading.from_bytes(json.dumps(d).encode("utf-8", "surrogatepass"))
        except reading.Rejected as e:
            assert e.verdict is Verdict.UNREADABLE  # noqa: PT017  most texts raise, some do not


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_statement_with_any_byte_changed_leaves_a_report(project, where, byte, cut):
    if not (project.root / INTO).exists():
        project.run()
        project.write("whole", project.text())
    data = bytearray((project.root / "whole").read_bytes())
    at = int(where * (len(data) - 1))
    if cut:
        del data[at:]
    else:
        data[at] = byte
    project.write(INTO, bytes(data))
    assert project.verify().verdict in Verdict


def test_a_folder_that_is_named_again_and_again_is_read_once(project):
    for i in range(300):
        project.write(f"data/{i}", "x")
    names = ("data", "./data", "data/", "data/.", "data//.", "data/more/..")
    again = [thing(name, digest={"dirHash": SHA}) for name in names * 3000]
    found = checked(project, statement(*again))
    assert len(found.inputs) == 18_000
    assert found.verdict is Verdict.CHANGED
