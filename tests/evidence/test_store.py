"""Evidence on disk: what stands for a thing, and what is kept beside the system file."""

import hashlib
import json
import os
from datetime import date

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import store
from casemate.evidence.bind import bind
from casemate.evidence.statement import Statement
from casemate.evidence.store import digest_of, load, save

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  scorer: {kind: model, zone: z, path: scorer.pkl, recipe: {code: train.py, settings: params.yaml, lock: lock}}
  rows: {kind: dataset, zone: z, path: rows.csv}
"""
DAY = date(2026, 10, 2)


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def root(tmp_path):
    for name in ("scorer.pkl", "train.py", "params.yaml", "lock", "rows.csv"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def system(more=""):
    return from_text(FILE + more, "casemate.yaml", {})


def record(**changes):
    made = {"kind": "scan", "about": "scorer", "digest": sha(b"scorer.pkl"), "tool": "t", "measured": DAY}
    return Statement(**{**made, **changes})


def errors_of(*args):
    with pytest.raises(CasemateError) as caught:
        load(*args)
    return str(caught.value).split("\n")


def test_what_was_saved_is_loaded_again(root):
    s = system()
    one, other = record(), record(kind="redteam", facts={"returns": ("scores",)}, recipe="r")
    assert [p.name for p in save(s, root, [one, other])] == ["redteam.jsonl", "scan.jsonl"]
    assert {x.id for x in load(s, root).statements} == {one.id, other.id}
    assert sorted(p.name for p in (root / "evidence").iterdir()) == ["redteam.jsonl", "scan.jsonl"]


def test_a_new_record_replaces_the_one_of_the_same_bytes_and_keeps_that_of_others(root):
    s = system()
    save(s, root, [record(tool="old"), record(tool="other bytes", digest="1" * 64)])
    save(s, root, [record(tool="new")])
    assert sorted(x.tool for x in load(s, root).statements) == ["new", "other bytes"]


def test_saving_twice_gives_the_same_bytes(root):
    s = system()
    save(s, root, [record(), record(about="rows")])
    first = (root / "evidence" / "scan.jsonl").read_bytes()
    save(s, root, [record(about="rows"), record()])
    assert (root / "evidence" / "scan.jsonl").read_bytes() == first


def test_an_artefact_that_is_missing_is_unknown(root):
    (root / "scorer.pkl").unlink()
    assert load(system(), root, [record()]).digests["scorer"] is None


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "loop", "x" * 300, "nothing/below"])
def test_what_is_no_file_has_no_digest_and_nothing_hangs(root, name):
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    assert digest_of(root / name) is None


def test_a_folder_has_the_digest_of_its_names_and_bytes(root):
    (root / "m" / "sub").mkdir(parents=True)
    (root / "m" / "sub" / "a").write_text("1")
    before = digest_of(root / "m")
    (root / "m" / "sub" / "a").write_text("2")
    changed = digest_of(root / "m")
    (root / "m" / "sub" / "a").rename(root / "m" / "sub" / "b")
    assert len({before, changed, digest_of(root / "m"), None}) == 4


def test_what_a_folder_links_to_is_part_of_it(root):
    (root / "blob").write_text("1")
    (root / "m").mkdir()
    (root / "m" / "model").symlink_to("../blob")
    before = digest_of(root / "m")
    (root / "blob").write_text("2")
    assert before is not None
    assert digest_of(root / "m") != before


@pytest.mark.parametrize("inside", ["nothing", "a pipe", "a link to a folder", "a dangling link"])
def test_a_folder_that_could_change_unseen_has_no_digest(root, inside):
    (root / "m").mkdir()
    if inside != "nothing":
        (root / "m" / "a").write_text("1")
    if inside == "a pipe":
        os.mkfifo(root / "m" / "pipe")
    if inside == "a link to a folder":
        (root / "elsewhere").mkdir()
        (root / "m" / "link").symlink_to("../elsewhere")
    if inside == "a dangling link":
        (root / "m" / "link").symlink_to("nowhere")
    assert digest_of(root / "m") is None


def test_a_folder_of_too_many_files_is_given_up(root, monkeypatch):
    monkeypatch.setattr(store, "MAX_FILES", 20)
    (root / "m").mkdir()
    for i in range(21):
        (root / "m" / str(i)).touch()
    assert digest_of(root / "m") is None


def test_without_records_nothing_is_hashed(root):
    found = load(system(), root)
    assert (found.statements, found.digests, found.recipes) == ((), {}, {})


@pytest.mark.parametrize("name", ["train.py", "params.yaml", "lock", "rows.csv"])
def test_every_part_of_a_recipe_makes_it_another_one(root, name):
    def recipe():
        return load(system(), root, [record()]).recipes["scorer"]

    before = recipe()
    (root / name).write_text("changed")
    changed = recipe()
    (root / name).unlink()
    assert before is not None
    assert before != changed
    assert recipe() is None


def test_a_folder_of_evidence_that_is_a_file_is_an_error_and_not_empty(root):
    (root / "log.jsonl").write_text("")
    assert errors_of(system("evidence: log.jsonl\n"), root) == [
        f"{root}/log.jsonl: is no folder; name the folder of the evidence, or leave `evidence:` out"
    ]


def test_the_errors_of_all_evidence_files_come_at_once_and_nothing_hangs(root):
    folder = root / "evidence"
    folder.mkdir()
    (folder / "a.jsonl").write_text("{\n\nx\n")
    (folder / "b.jsonl").write_bytes(b"\xff")
    (folder / "c.jsonl").mkdir()
    os.mkfifo(folder / "d.jsonl")
    with (folder / "e.jsonl").open("wb") as f:
        f.truncate(50_000_000)
    (folder / "f.txt").write_text("not evidence")
    assert sorted(errors_of(system(), root)) == sorted(
        [
            "evidence/a.jsonl:1:1: is not JSON; write one in-toto Statement on each line",
            "evidence/a.jsonl:3:1: is not JSON; write one in-toto Statement on each line",
            f"{folder}/b.jsonl:1:1: is not UTF-8; save the file as UTF-8",
            f"{folder}/c.jsonl: is a directory; name the file in it",
            f"{folder}/d.jsonl: is no regular file; name a file",
            f"{folder}/e.jsonl: is larger than 20 MB; split the system into smaller files",
        ]
    )


def test_broken_evidence_is_not_overwritten_by_new(root):
    (root / "evidence").mkdir()
    (root / "evidence" / "scan.jsonl").write_text("{\n")
    with pytest.raises(CasemateError):
        save(system(), root, [record()])
    assert (root / "evidence" / "scan.jsonl").read_text() == "{\n"


def test_a_signature_cannot_be_claimed_by_the_record_itself(root):
    (root / "evidence").mkdir()
    save(system(), root, [record()])
    path = root / "evidence" / "scan.jsonl"
    doc = json.loads(path.read_text())
    doc["predicate"]["signed"] = True
    doc["signed"] = True
    path.write_text(json.dumps(doc))
    records = bind(system(), load(system(), root), DAY)["scorer"]
    assert [(r.state, r.standing) for r in records] == [("valid", "attested")]
