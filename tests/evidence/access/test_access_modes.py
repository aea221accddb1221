"""File modes on this machine: who may read, change or replace what lies at a path."""

import os

import pytest

from casemate.evidence.access.modes import of_path


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data" / "a.csv").write_text("1")
    tmp_path.chmod(0o755)
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "a.csv").chmod(0o644)
    return tmp_path


def others(root, path):
    return [r.may for r in of_path(root, path).rights if r.who == "other"]


def test_others_may_read_what_is_readable(root):
    assert others(root, "data/a.csv") == ["read"]
    assert of_path(root, "data/a.csv").whole


def test_a_file_that_everybody_may_write(root):
    (root / "data/a.csv").chmod(0o666)
    assert others(root, "data/a.csv") == ["read", "write"]
    assert others(root, "data") == ["read", "write"]


def test_whoever_may_write_to_the_folder_may_replace_the_file_unless_it_is_sticky(root):
    (root / "data").chmod(0o777)
    assert others(root, "data/a.csv") == ["read", "write"]
    (root / "data").chmod(0o1777)
    assert others(root, "data/a.csv") == ["read"]
    assert others(root, "data") == ["write", "read"]  # new files, at least


def test_a_folder_that_others_cannot_enter_keeps_them_out(root):
    (root / "data/a.csv").chmod(0o666)
    (root / "data").chmod(0o750)
    assert others(root, "data/a.csv") == []


def test_the_owner_may_change_the_modes(root):
    (root / "data/a.csv").chmod(0o400)
    owner = next(r.who for r in of_path(root, "data/a.csv").rights if r.may == "grant")
    assert owner.startswith("user:")


def test_what_is_not_there_is_a_doubt(root):
    assert of_path(root, "gone").doubts == ("gone: cannot be looked at (No such file or directory)",)
    assert not of_path(root, "gone").whole


def test_links_lead_nowhere(root):
    (root / "data" / "loop").symlink_to(root / "data")
    (root / "data" / "out").symlink_to("/")
    assert {r.on for r in of_path(root, "data").rights} <= {"data", "data/a.csv"}


def test_a_pipe_is_looked_at_and_never_opened(root):
    os.mkfifo(root / "data" / "pipe")
    assert of_path(root, "data").whole


def test_whoever_may_write_to_a_folder_above_may_put_another_one_in_its_place(root):
    (root / "up").mkdir()
    (root / "data").rename(root / "up" / "data")
    (root / "up").chmod(0o777)
    assert others(root, "up/data") == ["read", "write"]
    assert others(root, "up/data/a.csv") == ["read", "write"]
    (root / "up").chmod(0o1777)
    assert others(root, "up/data") == ["read"]


def test_a_folder_above_that_is_only_readable_gives_nobody_the_right_to_read(root):
    (root / "data/a.csv").chmod(0o640)
    assert others(root, "data/a.csv") == []


def test_links_are_a_doubt_because_others_may_write_what_they_lead_to(root):
    (root / "open").write_text("1")
    (root / "open").chmod(0o666)
    (root / "data" / "b.csv").symlink_to("../open")
    (root / "alone").symlink_to("open")
    assert of_path(root, "data").doubts == ("data: holds links; who may change what they lead to was not looked at",)
    assert of_path(root, "alone").doubts == ("alone: is a link; who may change what it leads to was not looked at",)
