"""`casemate lineage`: a run recorded and checked as people do it."""

import json
import sys

import pytest

from casemate.evidence.sign import keys

TRAIN = "open('model.bin', 'w').write(open('rows.csv').read())\n"
SAID = ("--model", "model.bin", "--data", "rows.csv", "--code", "train.py", "--lock", "requirements.lock")
RUN = ("--", sys.executable, "train.py")


@pytest.fixture
def project(casemate):
    casemate.write("rows.csv", "1,2\n")
    casemate.write("train.py", TRAIN)
    casemate.write("requirements.lock", "numpy==2.0\n")
    return casemate


def test_a_run_is_recorded_and_checked(project):
    assert project("lineage", "record", *SAID, *RUN) == (0, "", "wrote model.bin.lineage.json\n")
    code, out, err = project("lineage", "verify", "model.bin.lineage.json")
    assert (code, err, out.splitlines()[0]) == (0, "", "COMPLETE: model.bin.lineage.json")
    project.write("rows.csv", "6,6\n")
    code, out, _ = project("lineage", "verify", "model.bin.lineage.json", "--format", "json")
    assert (code, json.loads(out)["problems"]) == (
        1, [{"verdict": "changed", "what": "rows.csv: its bytes are others now"}],
    )  # fmt: skip
    (project.root / "rows.csv").unlink()
    assert project("lineage", "verify", "model.bin.lineage.json")[0] == 3


def test_the_exit_code_of_a_failed_command_is_ours(project):
    code, out, err = project("lineage", "record", *SAID, "--", sys.executable, "-c", "raise SystemExit(9)")
    assert (code, out, err) == (9, "", "the command ended with 9; nothing is recorded\n")


def test_what_the_command_prints_is_what_people_see(project):
    code, out, _ = project("lineage", "record", *SAID, *RUN[:2], "-c", TRAIN + "print('epoch 1')")
    assert (code, out) == (0, "epoch 1\n")


def test_options_of_the_command_are_its_own(project):
    project.write("train.py", "import sys\n" + TRAIN + "assert sys.argv[1:] == ['--data', 'x', '--help']")
    assert project("lineage", "record", *SAID, *RUN, "--data", "x", "--help")[0] == 0


def test_data_that_changes_during_the_run_ends_with_1(project):
    change = "open('model.bin', 'w'); open('rows.csv', 'w')"
    code, _, err = project("lineage", "record", *SAID, *RUN[:2], "-c", change)
    assert (code, err.splitlines()[1]) == (1, "rows.csv changed during the run: nobody can say which bytes were read")


def test_a_signed_statement_is_checked_with_the_public_key(project):
    keys.new_pair(project.root / "k", "p256", b"secret")
    project._monkeypatch.setenv("WORD", "secret")
    signed = ("--key", "k", "--passphrase-from", "env:WORD", "--builder", "ci")
    assert project("lineage", "record", *SAID, *signed, *RUN)[0] == 0
    checks = ("lineage", "verify", "model.bin.lineage.json", "--key", "k.pub", "--builder")
    assert project(*checks, "ci")[0] == 0
    assert project(*checks, "other")[0] == 1


def test_a_gate_stops_the_run(project):
    keys.new_pair(project.root / "k", "ed25519", None)
    code, _, err = project("lineage", "record", *SAID, "--check", "k.pub", *RUN)
    assert (code, (project.root / "model.bin").exists()) == (1, False)
    assert err.startswith("rows.csv: it has no statement of its own; the run was not started; ")
    project("lineage", "record", "--makes", "rows.csv", "--origin", "rows.csv=the bureau", "--key", "k")
    assert project("lineage", "record", *SAID, "--check", "k.pub", *RUN)[0] == 0


def test_time_comes_from_outside_or_not_at_all(project):
    project("lineage", "record", *SAID, *RUN)
    first = project.root / "model.bin.lineage.json"
    assert "startedOn" not in first.read_text()
    project._monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790899200")
    project("lineage", "record", *SAID, *RUN)
    assert '"startedOn": "2026-10-02T00:00:00Z"' in first.read_text()


def test_names_are_taken_from_dvc(project):
    entries = "deps: [{path: rows.csv}, {path: train.py}, {path: requirements.lock}], outs: [{path: model.bin}]"
    project.write("dvc.lock", f"schema: '2.0'\nstages: {{train: {{cmd: x, {entries}}}}}\n")
    assert project("lineage", "record", "--from", "dvc.lock", *RUN)[0] == 0
    assert project("lineage", "verify", "model.bin.lineage.json")[0] == 0


def test_what_changed_since_the_run_that_dvc_saw_stays_a_finding(project):
    seen = "{path: rows.csv, md5: 00000000000000000000000000000000, size: 4}"
    project.write("dvc.lock", f"stages: {{train: {{deps: [{seen}], outs: [{{path: model.bin}}]}}}}\n")
    project.write("model.bin", "m")
    code, _, err = project("lineage", "record", "--from", "dvc.lock")
    assert (code, err.splitlines()[1]) == (1, "rows.csv changed since the run: nobody can say which bytes were read")
    code, out, _ = project("lineage", "verify", "model.bin.lineage.json", "--require", "training-data")
    assert (code, out.splitlines()[0]) == (1, "CHANGED: model.bin.lineage.json")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("record", *RUN), "--model: nothing says what the run makes; "),
        (("record", "--model", "../m", *RUN), "../m: does not lie below the root; "),
        (("record", "--model", ".", *RUN), ".: does not lie below the root; "),
        (("record", *SAID, "--origin", "x=y", *RUN), "--origin: is 'x=y'; "),
        (("record", *SAID, "--started", "today", *RUN), "--started: is 'today'; "),
        (("record", *SAID, "--builder", "a\nb", *RUN), "--builder: is no plain text; "),
        (("record", *SAID, "--key", "nokey", *RUN), "nokey: there is no such file; "),
        (("record", *SAID, "--from", "rows.csv", *RUN), "rows.csv: has no stages; "),
        (("verify", "nowhere.json"), "nowhere.json: there is no such file; "),
        (("verify", "rows.csv", "--require", "data"), "--require: there is no role 'data'; "),
        (("verify", "rows.csv", "--key", "rows.csv"), "rows.csv: is no public key in PEM; "),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2_and_one_line(project, args, said):
    before = project.files()
    code, out, err = project("lineage", *args)
    assert (code, out) == (2, "")
    assert err.startswith(said), err
    assert len(err.splitlines()) == 1
    assert project.files() == before


def test_what_is_no_statement_ends_with_3(project):
    code, out, _ = project("lineage", "verify", "rows.csv")
    assert (code, out) == (3, "UNREADABLE: rows.csv\n  - the statement: it is not JSON, or not all of it is here\n")


def test_measure_states_it(project):
    project("lineage", "record", "--model", "scorer.pkl", *SAID[2:], "--output", "scorer.pkl.lineage.json")
    project.write("casemate.yaml", (project.root / "casemate.yaml").read_text().replace("- scan:", "- lineage:"))
    code, out, _ = project("measure")
    assert code == 0
    assert "lineage of scorer: lineage partial" in out


def test_a_run_that_makes_nothing_ends_with_1_and_what_was_never_there_with_2(project):
    said = ("--model", "gone.bin", *SAID[2:])
    assert project("lineage", "record", *said, *RUN) == (
        1, "", "gone.bin: was not made by the run; nothing is recorded; check what the command writes, and where\n",
    )  # fmt: skip
    assert project("lineage", "record", *said)[0] == 2
    assert not list(project.root.glob("*.lineage.json"))


def test_nobody_is_a_builder_and_a_signature_that_nobody_checked_says_so(project):
    assert project("sign", "--new-key", "k", "--no-passphrase")[0] == 0
    project("lineage", "record", *SAID, "--key", "k", *RUN)
    _, out, _ = project("lineage", "verify", "model.bin.lineage.json")
    assert out.splitlines()[-2:] == [
        "builder    nobody is named",
        "signature  not checked; say with --key who must have made it",
    ]
