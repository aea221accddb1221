"""The listing of a repository: bounded, no link followed, nothing that may wait is opened, what is left out is told."""

import os

import pytest

from casemate.core.errors import CasemateError
from casemate.discover import repository
from casemate.discover.repository import Repository, listed
from casemate.discover.sighting import Unread


def made(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("a,b\n1,2\n")
    return root


def test_files_come_in_the_order_of_their_paths(tmp_path):
    made(tmp_path, "b.csv", "a/z.csv", "a/b/c.csv")
    assert list(listed(tmp_path).files) == ["a/b/c.csv", "a/z.csv", "b.csv"]


def test_folders_of_others_are_left_out_and_told(tmp_path):
    made(
        tmp_path,
        "a.csv",
        ".git/x",
        "node_modules/y/z.js",
        "tests/t.csv",
        "deep/venv/lib/x.py",
        "odd/pyvenv.cfg",
        "odd/x",
    )
    repo = listed(tmp_path)
    assert (list(repo.files), repo.left_out) == (["a.csv"], (".git", "deep/venv", "node_modules", "odd", "tests"))


def test_a_link_is_never_followed_and_told_when_it_leads_away(tmp_path):
    root = made(tmp_path / "repo", "in/a.csv")
    made(tmp_path, "secret.csv")
    for name, to in {"away.csv": "../secret.csv", "up": "..", "same": "in", "loop": "loop", "gone": "nowhere"}.items():
        (root / name).symlink_to(to)
    repo = listed(root)
    assert list(repo.files) == ["in/a.csv"]
    assert repo.unread == (
        Unread("away.csv", "is a link that leads outside"),
        Unread("gone", "is a link that leads nowhere"),
        Unread("loop", "is a link that leads nowhere"),
        Unread("up", "is a link that leads outside"),
    )


def test_a_file_that_became_a_link_is_not_opened(tmp_path):
    made(tmp_path, "repo/a.csv", "secret.csv")
    repo = listed(tmp_path / "repo")
    (tmp_path / "repo/a.csv").unlink()
    (tmp_path / "repo/a.csv").symlink_to("../secret.csv")
    assert isinstance(repo.text("a.csv"), Unread)
    assert repo.head("a.csv") == b""


def test_a_pipe_is_told_and_holds_nobody(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert listed(tmp_path).unread == (Unread("pipe.csv", "is no regular file"),)


def test_too_many_files_and_too_deep_folders_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "MOST_FILES", 3)
    monkeypatch.setattr(repository, "DEEPEST", 1)
    made(tmp_path, "a.csv", "b/c.csv", "b/d/e.csv")
    assert listed(tmp_path).unread == (Unread("b/d", "lies deeper than 1 folders"),)
    made(tmp_path, "c.csv", "d.csv")
    assert Unread(".", "has more than 3 files; the rest was not read") in listed(tmp_path).unread


def test_a_large_file_gives_its_head_and_no_text():
    repo = Repository.of({"a.csv": b"x" * 2_000_000, "b.csv": b"\xff", "c.csv": "\ufeffa\r\nb"})
    assert len(repo.head("a.csv")) == repository.HEAD
    assert repo.text("a.csv") == Unread("a.csv", "is larger than 1 MB")
    assert repo.text("b.csv") == Unread("b.csv", "is not UTF-8")
    assert repo.text("c.csv") == "a\nb"


def test_what_is_no_folder_is_an_error(tmp_path):
    with pytest.raises(CasemateError, match="is no folder; name the folder of a repository"):
        listed(tmp_path / "nothing")
