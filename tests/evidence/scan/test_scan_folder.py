"""`measure: - scan:` of a model that is a folder: every file is looked at, the worst decides, the whole is bound to."""

import json
import os
import pickle
from datetime import date

import numpy as np
import pytest

from casemate.define.build import from_text
from casemate.evidence import measure as room
from casemate.evidence.bind import bind
from casemate.evidence.digests import digest_of
from casemate.evidence.store import load, save

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  m: {kind: model, zone: z, path: model}
measure: [{scan: m}]
"""
DAY = date(2026, 10, 2)
SYSTEM = from_text(FILE, "m.yaml", {})


@pytest.fixture
def root(tmp_path):
    tensors = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    header = json.dumps(tensors).encode()
    (tmp_path / "model" / "part").mkdir(parents=True)
    (tmp_path / "model/part/a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    (tmp_path / "model/config.json").write_text('{"layers": 2}\n')
    return tmp_path


def scanned(root):
    (found,), gaps = room.measure(SYSTEM, root, DAY)
    assert gaps == []
    return found


def state(root):
    return bind(SYSTEM, load(SYSTEM, root), DAY)["m"][0].state


def test_a_folder_of_clean_files_is_clean_and_has_their_format(root):
    found = scanned(root)
    assert found.facts == {"contents": "clean", "format": "safetensors"}
    assert found.digest == digest_of(root / "model")
    assert found.coverage["files"] == 2
    assert found.coverage["walked"] == found.coverage["total"]


def test_the_worst_file_decides_and_a_finding_names_it(root):
    (root / "model/part/b.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    found = scanned(root)
    assert found.facts == {"contents": "unsafe"}  # the files are of two formats
    assert found.findings[0].startswith("unsafe ")
    assert " part/b.pkl at " in found.findings[0]


def test_a_file_that_nobody_understands_keeps_a_folder_from_clean(root):
    (root / "model/odd.bin").write_bytes(bytes(range(256)))
    found = scanned(root)
    assert found.facts == {"contents": "inconclusive"}
    assert found.findings == ("inconclusive unrecognised odd.bin at 0: is of no format that we can read",)


def test_files_of_several_formats_have_none_together(root):
    np.save(root / "model/b.npy", np.zeros(2))
    (root / "model/c.pkl").write_bytes(pickle.dumps([1]))
    assert scanned(root).facts == {"contents": "clean"}


@pytest.mark.parametrize(
    "change",
    [
        lambda m: (m / "new.txt").write_text("a"),
        lambda m: (m / "config.json").write_text("{}"),
        lambda m: (m / "config.json").rename(m / "other.json"),
        lambda m: (m / "config.json").unlink(),
    ],
    ids=["a file more", "another text", "another name", "a file less"],
)
def test_a_folder_that_changed_makes_the_record_void(root, change):
    save(SYSTEM, root, [scanned(root)])
    assert state(root) == "valid"
    change(root / "model")
    assert state(root) == "void"


def test_a_link_inside_the_project_is_read_and_one_that_leads_out_is_not(root, tmp_path_factory):
    (root / "blob").write_bytes(pickle.dumps([1]))
    (root / "model/linked.pkl").symlink_to("../blob")
    assert scanned(root).facts["contents"] == "clean"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.pkl"
    elsewhere.write_bytes(pickle.dumps([1]))
    (root / "model/out.pkl").symlink_to(elsewhere)
    found = scanned(root)
    assert found.facts["contents"] == "inconclusive"
    said = "inconclusive unreadable out.pkl at 0: is a link that leads out of the folder of the system file"
    assert found.findings == (said,)


def test_a_folder_that_cannot_be_bound_to_is_a_gap(root):
    os.mkfifo(root / "model/pipe")
    assert room.measure(SYSTEM, root, DAY) == (
        [],
        [
            "m.yaml:6:11: m was not scanned: model has no digest that a record could be bound to: something in it "
            "cannot be read, is no file, or it holds more than 10,000 files and folders"
        ],
    )


def test_a_letter_of_a_name_that_moves_a_cursor_is_escaped(root):
    (root / "model/a\x1b[2Jb.bin").write_bytes(bytes(range(256)))
    assert scanned(root).findings[0].startswith("inconclusive unrecognised a\\x1b[2Jb.bin at 0: ")
