"""A run is recorded: what went in before and after it, and what came out. A failed run records nothing."""

import json
import subprocess
import sys

import pytest
from lineage_project import said

from casemate.core.errors import CasemateError
from casemate.evidence.lineage import provenance as p
from casemate.evidence.lineage import reading, record
from casemate.evidence.lineage.prints import dir_hash, taken
from casemate.evidence.lineage.report import Verdict


def error_of(call, *args, **more):
    with pytest.raises(CasemateError) as caught:
        call(*args, **more)
    return str(caught.value)


def test_the_digest_of_a_folder_is_that_of_the_specification():
    """The worked example of in-toto's DigestSet: the Go module go-hello-world 0.0.1."""
    files = {
        "github.com/marklodato/go-hello-world@v0.0.1/README.md":
            "3a137eef6458bfb76bb2c63fc29ffc7166604d2d2e09ed9d8250a534122a8364",
        "github.com/marklodato/go-hello-world@v0.0.1/go.mod":
            "28e7c942a036902d981759d0bf5704d2bfc7cb500caf68b84711b234af01c6a5",
        "github.com/marklodato/go-hello-world@v0.0.1/main.go":
            "ddc4da627d9a9f45fb29641a1b185d6f53287ecfd921aacbf4fe54b7a86fe8d1",
    }  # fmt: skip
    assert dir_hash(files) == "2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f"


def test_the_digest_of_a_folder_is_what_sha256sum_gives(project):
    command = "find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -f1 -d' '"
    shell = ["sh", "-c", command]
    done = subprocess.run(shell, cwd=project.root / "data", capture_output=True, text=True, check=True)
    assert taken(project.root, "data").digest == {"dirHash": done.stdout.strip()}


def test_a_statement_says_what_was_made_from_what(project):
    done = project.run(builder="https://ci.example/train", origins={"data": "the bureau"})
    assert (done.code, done.findings) == (0, ())
    doc = json.loads(project.text())
    build = doc["predicate"]["buildDefinition"]
    assert doc["subject"] == [{"name": "model.bin", "digest": taken(project.root, "model.bin").digest}]
    assert [(d["name"], d["annotations"]["role"]) for d in build["resolvedDependencies"]] == [
        ("data", "training-data"),
        ("data/a.csv", "training-data"),
        ("data/more/b.csv", "training-data"),
        ("train.py", "training-code"),
        ("params.yaml", "parameters"),
        ("requirements.lock", "environment"),
    ]
    assert build["resolvedDependencies"][0]["annotations"]["origin"] == "the bureau"
    assert doc["predicate"]["runDetails"] == {"builder": {"id": "https://ci.example/train"}}


def test_what_was_written_is_read_back(project):
    done = project.run(started="2026-10-02T08:00:00Z", finished="2026-10-02T09:00:00Z", origins={"data": "x"})
    assert reading.from_bytes(project.text()).says == done.says


def test_the_same_run_gives_the_same_bytes(project):
    project.run()
    first = project.text()
    (project.root / "model.bin").unlink()
    project.run()
    assert project.text() == first


def test_nothing_of_this_machine_and_no_secret_is_in_it(project):
    script = str(project.root / "train.py")
    project.run((sys.executable, script, "--token", "t0p", "--api-key=s3cret", f"--out={project.root}/x"))
    text = project.text().decode()
    assert str(project.root.parent) not in text
    words = json.loads(text)["predicate"]["buildDefinition"]["externalParameters"]["command"]
    assert words[1:] == ["train.py", "--token", "***", "--api-key=***", "--out=x"]


def test_a_failed_run_records_nothing(project):
    done = project.python("open('model.bin', 'w'); raise SystemExit(7)")
    assert (done.code, done.says) == (7, None)
    assert not (project.root / "model.bin.lineage.json").exists()


def test_a_killed_run_ends_as_in_a_shell(project):
    assert project.python("import os; os.kill(os.getpid(), 9)").code == 137


def test_data_that_changes_during_the_run_is_a_finding_for_good(project):
    done = project.python("open('model.bin', 'w').write('m'); open('data/a.csv', 'a').write('5,6')")
    assert done.findings == ("data changed during the run: nobody can say which bytes were read",)
    assert project.verify().verdict is Verdict.CHANGED
    project.write("data/a.csv", "1,2\n")  # and back again: the run read other bytes all the same
    assert said(project.verify()) == ["data: what the run read is not on record"]


def test_data_that_the_run_takes_away_is_a_finding(project):
    done = project.python("import os; open('model.bin', 'w').write('m'); os.remove('params.yaml')")
    assert done.findings == ("params.yaml changed during the run: nobody can say which bytes were read",)


def test_a_model_that_the_run_did_not_write_is_a_finding(project):
    project.write("model.bin", "from last year")
    done = project.python("pass")
    assert done.findings == ("model.bin was not written by the run",)
    assert project.verify().verdict is Verdict.INCOMPLETE


def test_a_model_written_again_with_the_same_bytes_is_none(project):
    project.run()
    assert project.run().findings == ()


def test_a_folder_of_code_is_not_changed_by_python_itself(project):
    project.write("src/lib.py", "x = 1\n")
    code = "import sys; sys.path.insert(0, 'src'); import lib; open('model.bin', 'w').write('m')"
    assert project.python(code, inputs=((p.CODE, "src"),)).findings == ()


def test_more_files_than_a_statement_lists_are_in_a_manifest(project, monkeypatch):
    monkeypatch.setattr(record, "MAX_LISTED", 1)
    project.run()
    (manifest,) = project.root.glob("*.sha256")
    done = subprocess.run(["sha256sum", "-c", manifest], cwd=project.root / "data", capture_output=True, check=False)
    assert done.returncode == 0
    assert project.verify().verdict is Verdict.COMPLETE
    project.write("data/a.csv", "9")
    assert said(project.verify()) == ["data: 1 changed: a.csv"]
    manifest.write_text("nothing")
    assert said(project.verify()) == ["data: its files are others now; which ones is not on record"]


def test_an_ordinary_folder_of_many_files_gets_a_manifest(project):
    for i in range(10_001):
        (project.root / "data" / f"{i}.txt").write_bytes(b"")
    project.run()
    assert len(project.text()) < 4000
    assert project.verify().verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"inputs": ((p.DATA, "nowhere"),)}, "nowhere: it is not here"),
        ({"inputs": ((p.DATA, "../x"),)}, "../x: it is no name below the root"),
        ({"inputs": ((p.DATA, "out"),)}, "out: a link leads out of the root"),
        ({"inputs": ((p.DATA, "pipe"),)}, "pipe: it is neither a file nor a folder"),
        ({"inputs": ((p.DATA, "pipes"),)}, "pipes: p in it is no regular file"),
        ({"inputs": ((p.DATA, "loop"),)}, "loop: "),
        ({"inputs": ((p.DATA, "round"),)}, "round: the link again in it leads to no file"),
        ({"inputs": ((p.DATA, "empty"),)}, "empty: there is no file in it"),
        ({"inputs": ((p.DATA, "line"),)}, "line: the name a\\nb in it holds a character that is none"),
        ({"made": ("data/model.bin",)}, "data/model.bin: lies in the input data; "),
        ({"into": "data/x.json"}, "data/x.json: lies in the input data; "),
        ({"made": ("elsewhere.bin",)}, "elsewhere.bin: was not made by the run; nothing is recorded; "),
        ({"command": ("no-such-program",)}, "no-such-program: cannot be run (No such file or directory); "),
    ],
    ids=str,
)
def test_what_cannot_be_recorded_is_refused(project, changes, error):
    import os

    (project.root / "out").symlink_to("/etc/hostname")
    (project.root / "loop").symlink_to("loop")
    os.mkfifo(project.root / "pipe")
    for name in ("pipes", "round", "empty", "line"):
        (project.root / name).mkdir()
    os.mkfifo(project.root / "pipes" / "p")
    (project.root / "round" / "again").symlink_to("..")
    (project.root / "line" / "a\nb").touch()
    assert error_of(project.run, **changes).startswith(error)


def test_a_run_that_takes_its_model_away_is_stopped(project):
    project.write("model.bin", "of yesterday")
    found = error_of(project.python, "import os; os.unlink('model.bin')")
    assert found.startswith("model.bin: was taken away by the run; nothing is recorded; ")
    assert not (project.root / "model.bin.lineage.json").exists()


def test_links_inside_the_root_are_read_as_files(project):
    project.write("blobs/1", "1,2\n")
    (project.root / "data" / "a.csv").unlink()
    (project.root / "data" / "a.csv").symlink_to("../blobs/1")
    project.run()
    assert project.verify().verdict is Verdict.COMPLETE
    project.write("blobs/1", "7,8\n")
    assert said(project.verify()) == ["data: 1 changed: a.csv"]


def vouched(project, key):
    """A statement of the data's own: the supplier names a file and where it came from."""
    project.run((), made=("data",), inputs=(), into="data.lineage.json", key=key, origins={"data": "the bureau"})


def test_a_run_behind_a_gate_starts_only_with_data_that_somebody_signed_for(project):
    key, public = project.key()
    other, _ = project.key("other")
    assert error_of(project.run, gate=(public,)).startswith("data: it has no statement of its own; the run was not")
    vouched(project, other)
    assert "none of the given keys signed it" in error_of(project.run, gate=(public,))
    vouched(project, key)
    done = project.run(gate=(public,))
    assert [r.name for r in done.says.inputs if r.checked] == ["data"]
    (project.root / "model.bin").unlink()
    project.write("data/a.csv", "poison")
    assert "it is not what its own statement says" in error_of(project.run, gate=(public,))
    assert not (project.root / "model.bin").exists()
