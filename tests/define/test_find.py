"""System files below a folder: all of them, nothing else, in bounded time."""

import os

import pytest

from casemate.core.errors import CasemateError, Refused
from casemate.define import find
from casemate.define.find import systems


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", "utf-8")


def found(folder):
    return [p.relative_to(folder).as_posix() for p in systems(folder)[0]]


def test_they_are_found_at_any_depth_in_the_order_of_their_paths(tmp_path):
    put(tmp_path, "b/casemate.yaml", "a/x/y/fraud.casemate.yaml", "casemate.yaml", "a/notes.yaml", "a/xcasemate.yaml")
    assert found(tmp_path) == ["a/x/y/fraud.casemate.yaml", "b/casemate.yaml", "casemate.yaml"]


def test_what_others_made_and_what_is_hidden_is_left_out(tmp_path):
    put(tmp_path, ".git/casemate.yaml", "node_modules/a/casemate.yaml", "venv/casemate.yaml", ".x.casemate.yaml")
    assert found(tmp_path) == []


def test_links_are_not_followed(tmp_path):
    put(tmp_path, "real/casemate.yaml")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.casemate.yaml").symlink_to(tmp_path / "real" / "casemate.yaml")
    assert found(tmp_path) == ["real/casemate.yaml"]


def test_what_is_no_file_is_no_system(tmp_path):
    (tmp_path / "casemate.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.casemate.yaml")
    assert found(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CasemateError) as e:
        systems(tmp_path / "none")
    assert str(e.value) == f"{tmp_path}/none: is no folder that is there; name the folder that holds the systems"


@pytest.mark.parametrize(("bound", "told"), [("MOST", "holds more than 2 system files"), ("SEEN", "more than 2 files")])
def test_too_much_is_refused_and_not_told_in_part(tmp_path, monkeypatch, bound, told):
    put(tmp_path, "a/casemate.yaml", "b/casemate.yaml", "c/casemate.yaml")
    monkeypatch.setattr(find, bound, 2)
    with pytest.raises(Refused) as e:
        systems(tmp_path)
    assert told in str(e.value)


def test_folders_in_each_other_are_read_to_a_bound(tmp_path, monkeypatch):
    put(tmp_path, "a/casemate.yaml", "a/b/c/casemate.yaml")
    monkeypatch.setattr(find, "DEEP", 2)
    assert found(tmp_path) == ["a/casemate.yaml"]
