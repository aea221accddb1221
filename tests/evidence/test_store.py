"""Evidence on disk: what stands for a thing, and what is kept beside the system file."""

import hashlib
import json
import os
from datetime import date

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import digests, store
from casemate.evidence.bind import bind
from casemate.evidence.measure import measure
from casemate.evidence.seal import seal
from casemate.evidence.sign.keys import new_pair, read_private
from casemate.evidence.statement import Statement, to_json
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
    monkeypatch.setattr(digests, "MAX_FILES", 20)
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


def test_a_file_that_holds_the_listing_of_a_folder_has_no_digest(root):
    """It would share the folder's: measured as harmless text, replaced by the folder."""
    (root / "m").mkdir()
    (root / "m" / "model.pkl").write_bytes(b"x")
    (root / "posing").write_text(json.dumps({"model.pkl": sha(b"x")}, separators=(",", ":")))
    assert digest_of(root / "m") == sha((root / "posing").read_bytes())
    assert digest_of(root / "posing") is None


@pytest.mark.parametrize("text", ["", "{", '{"', '{"a":1}', '{"a": "%s"}' % ("0" * 64), '{"a":"%s"}\n' % ("0" * 64)])
def test_other_json_has_the_digest_of_its_bytes(root, text):
    (root / "f").write_text(text)
    assert digest_of(root / "f") == sha(text.encode())


def test_an_old_signed_line_that_is_put_back_says_nothing(root):
    s, key = system(), new_key(root)
    old = seal(record(facts={"signed": True}, measured=date(2026, 9, 1)), key)
    new = seal(record(facts={"signed": False}), key)
    other_tool = seal(record(tool="another 1", measured=date(2026, 9, 1)), key)
    (root / "evidence").mkdir()
    (root / "evidence" / "scan.jsonl").write_text("".join(f"{x.sealed}\n" for x in (new, old, other_tool)))
    assert {x.id for x in load(s, root, keys=[key.public]).statements} == {new.id, other_tool.id}
    assert {x.id for x in load(s, root).statements} == {new.id, old.id, other_tool.id}  # none of them is trusted


def test_a_line_of_a_stranger_takes_no_signed_one_away(root):
    s, key = system(), new_key(root)
    kept = seal(record(), key)
    (root / "evidence").mkdir()
    late = json.dumps(to_json(record(measured=date(2026, 10, 3))))
    (root / "evidence" / "scan.jsonl").write_text(f"{kept.sealed}\n{late}\n")
    assert kept.id in {x.id for x in load(s, root, keys=[key.public]).statements}


def test_a_record_on_disk_with_the_id_of_one_of_this_run_is_not_of_this_run(root, monkeypatch):
    """Ids have 48 bits: whoever chooses a model's bytes and a line of evidence finds two that agree in a minute."""
    s, fresh = system(), record()
    save(s, root, [record(about="rows", digest=sha(b"rows.csv"), facts={"signed": True})])
    monkeypatch.setattr(Statement, "id", property(lambda _: "0" * 12))
    found = load(s, root, [fresh])
    assert [x.about for x in found.statements] == ["scorer"]


def test_the_results_of_another_tool_replace_no_record_of_ours(root):
    s = system()
    save(s, root, [record(kind="audit", tool="casemate 0.1", facts={"patched": False})])
    save(s, root, [record(kind="audit", tool="sarif tool through casemate 0.1")])
    assert len(load(s, root).statements) == 2
    save(s, root, [record(kind="audit", tool="casemate 0.2", facts={"patched": True})])
    assert sorted(x.tool for x in load(s, root).statements) == ["casemate 0.2", "sarif tool through casemate 0.1"]


def new_key(root):
    private, _ = new_pair(root / "k", "p256", None)
    return read_private(private)


def test_what_was_measured_of_a_lock_file_is_void_when_the_lock_is_another(root):
    s = system("measure: [{audit: {for: scorer, lock: [requirements.txt]}}]\n")
    (root / "requirements.txt").write_text("a==1 --hash=sha256:" + "0" * 64 + "\n")
    fresh, _ = measure(s, root, DAY)
    save(s, root, fresh)

    def state():
        (found,) = bind(s, load(s, root), DAY)["scorer"]
        return found.state

    assert state() == "valid"
    (root / "requirements.txt").write_text("a\n")
    assert state() == "void"
    (root / "requirements.txt").unlink()
    assert state() == "void"


@pytest.mark.parametrize("name", ["../lock", "/dev/zero", "pipe", "lock\0", "x" * 5000, "loop"])
def test_a_record_that_names_a_strange_lock_is_void_and_nothing_hangs(root, name):
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    made = record(kind="audit", settings={"locks": {name: "0" * 64}})
    if "\0" not in name:  # which no record on disk can hold
        save(system(), root, [made])
        assert load(system(), root).moved == {made.id}
    assert store._moved(made, root)
