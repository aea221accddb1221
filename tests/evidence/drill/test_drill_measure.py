"""`measure: - drill:` shows whether the deploy path refuses bad models, and shows nothing where it cannot tell."""

import json
import sys

import pytest

from casemate.core.errors import CasemateError
from casemate.decompose.parts import decompose
from casemate.define.build import from_text
from casemate.evidence import store
from casemate.evidence.bind import bind
from casemate.evidence.measure import check, measure
from signing import TODAY, Bench

HEAD = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  engine: {kind: inference, zone: z, runs: m}
  m: {kind: model, zone: z, path: m, signature: {public key: mine.pub}}
  bare: {kind: model, zone: z, path: m}
measure:
"""
SHOW = "m.yaml:9:5: the drill of m shows nothing:"
NEEDS_SIG = ["sh", "-c", 'test -f "$1.sig"', "sh", "{model}"]
DIES = ["sh", "-c", 'cmp -s m.sig "$1.sig" && diff -rq m "$1" || kill -9 $$', "sh", "{model}"]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setenv("CASEMATE_DRILL", "yes")
    b = Bench(tmp_path)
    b.sign(version=3)
    return b


def system(command, more=""):
    run = json.dumps(command)
    return from_text(f"{HEAD}  - drill: {{model: m, run: {run}{more}}}\n", "m.yaml", {})


def drilled(bench, command, more=""):
    before = store.digest_of(bench.model), bench.sig.read_bytes()
    found, gaps = measure(system(command, more), bench.root, TODAY)
    assert (store.digest_of(bench.model), bench.sig.read_bytes()) == before
    return found[0] if found else gaps[0]


def verifies(*more):
    return [sys.executable, "-m", "casemate", "verify", "{model}", "--key", "mine.pub", *more]


def test_a_deploy_path_that_verifies_refuses_all_four_and_proves_the_control(bench):
    found = drilled(bench, verifies())
    assert [(c.id, c.verified) for c in found.controls] == [("model-signing", True)]
    assert (found.kind, found.about, dict(found.facts), found.coverage) == (
        "probe",
        "m",
        {},
        {"tried": 5, "refused": 4},
    )
    assert found.findings == (
        "refused: the model with one bit flipped",
        "refused: the model with something added",
        "refused: the model signed by a key that is not ours",
        "refused: the model without a signature",
    )


def test_one_file_and_a_signature_that_lies_elsewhere(bench):
    bench.model = bench.put("weights.bin", b"w" * 100)
    bench.sig = bench.root / "elsewhere.sig"
    bench.sign()
    text = HEAD.replace("path: m, signature: {", "path: m/weights.bin, signature: {bundle: elsewhere.sig, ")
    command = json.dumps(verifies("--signature", "{signature}"))
    (found,), _ = measure(
        from_text(f"{text}  - drill: {{model: m, run: {command}}}\n", "m.yaml", {}), bench.root, TODAY
    )
    assert found.controls[0].verified is True


def test_a_deploy_path_that_takes_everything_lacks_the_control(bench):
    found = drilled(bench, ["true", "{model}"])
    assert (found.controls[0].verified, {f.partition(":")[0] for f in found.findings}) == (False, {"taken"})


def test_a_look_at_whether_there_is_a_signature_is_no_check(bench):
    found = drilled(bench, NEEDS_SIG)
    assert (found.controls[0].verified, found.coverage["refused"]) == (False, 1)
    assert found.findings[2:] == (
        "taken: the model signed by a key that is not ours",
        "refused: the model without a signature",
    )


@pytest.mark.parametrize(
    ("command", "more", "why"),
    [
        (["sh", "-c", "echo no model here; exit 4", "sh", "{model}"], "",
         f"{SHOW} the command does not take the good model (no model here)"),
        (["false", "{model}"], "", f"{SHOW} the command does not take the good model (exit code 1)"),
        (["sh", "-c", "sleep 60", "sh", "{model}"], ", seconds: 1",
         f"{SHOW} the command does not take the good model (it did not end in time)"),
        (DIES, "", f"{SHOW} the command died of the model with one bit flipped, or did not end in 60 seconds"),
        (["./none", "{model}"], "", "m.yaml:9:5: the drill of m was not run: ./none: cannot be run (No such file or "
         "directory); check the `run:` of the drill"),
    ],
)  # fmt: skip
def test_what_shows_nothing_is_a_gap(bench, command, more, why):
    assert drilled(bench, command, more) == why


def test_nothing_is_started_without_consent(bench, monkeypatch):
    monkeypatch.delenv("CASEMATE_DRILL")
    assert drilled(bench, ["touch", "started", "{model}"]) == (
        "m.yaml:9:5: the drill of m was not run: it starts a program that this file names; read it, then set "
        "CASEMATE_DRILL=yes"
    )
    assert not (bench.root / "started").exists()


def test_a_model_that_ought_not_to_be_taken_is_no_good_one(bench):
    bench.put("config.json", b"[]")
    assert drilled(bench, verifies()).endswith("its own signature is content-mismatch: changed: config.json")


def test_at_the_engine_it_covers_the_model_that_the_engine_runs(bench):
    s = system(verifies(), ", at: engine")
    found, _ = measure(s, bench.root, TODAY)
    parts = decompose(s, bind(s, store.load(s, bench.root, found), TODAY))
    assert found[0].about == "engine"
    assert {e: parts.ladder.of(e)["model-signing"].level for e in ("engine", "m")} == {
        "engine": "verified",
        "m": "verified",
    }


def test_another_deploy_script_voids_the_record(bench):
    (bench.root / "deploy.sh").write_text('test "$(head -c 9 $1.sig)"\n')
    s = system(["sh", "deploy.sh", "{model}"])
    found, _ = measure(s, bench.root, TODAY)
    store.save(s, bench.root, found)
    assert set(found[0].settings["rests on"]) == {"deploy.sh"}
    assert not store.load(s, bench.root).moved
    (bench.root / "deploy.sh").write_text("exit 0\n")
    assert store.load(s, bench.root).moved == {found[0].id}


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("m", "drill has no setting ''; write `- drill: {model: <component>, run: [./deploy.sh, \"{model}\"]}`"),
        ("{model: m}", "drill has a `run` that is no list of words; write"),
        ("{model: m, run: [./d.sh]}", "drill has a `run` without {model}; write"),
        ("{model: bare, run: [./d.sh, '{model}']}", "bare has no signature, so that nothing could be refused; give"),
        ("{model: m, run: [./d.sh, '{model}'], seconds: soon}", "drill has `seconds` that are no such number; write 1"),
        ("{model: m, run: [./d.sh, '{model}'], for: engine}", "drill has no setting 'for'; "),
    ],
)  # fmt: skip
def test_a_wrong_task_is_named_at_its_line(task, what):
    with pytest.raises(CasemateError) as caught:
        check(from_text(f"{HEAD}  - drill: {task}\n", "m.yaml", {}))
    assert str(caught.value).startswith(f"m.yaml:9:5: {what}")
