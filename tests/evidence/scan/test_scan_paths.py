"""Which files are meant: everything that was named, once, in one order, and nothing hangs."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.scan.paths import OUTSIDE, Target, targets


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.pkl", "b.txt", "m/c.pkl", "m/deep/d.pkl", "m/.hidden/e.pkl", "n/c.pkl"):
        made = tmp_path / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_bytes(b"x")
    return tmp_path


def paths(*named, listed=()):
    return [t.path for t in targets(named, listed)]


def why(name, *named):
    (found,) = [t.why for t in targets(named or [name]) if t.path == name]
    return found


def test_a_folder_is_all_that_is_in_it_sorted(here):
    assert paths("m") == ["m/.hidden/e.pkl", "m/c.pkl", "m/deep/d.pkl"]
    assert paths(".")[:2] == ["a.pkl", "b.txt"]


def test_a_file_that_is_named_twice_is_meant_once(here):
    assert paths("m", "m/c.pkl", "./m//c.pkl") == paths("m")


def test_what_was_named_itself_is_no_part_of_a_folder(here):
    found = {t.path: t.part for t in targets(["m", "m/c.pkl"])}
    assert found == {"m/.hidden/e.pkl": True, "m/c.pkl": False, "m/deep/d.pkl": True}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.pkl", ["a.pkl"]),
        ("*/c.pkl", ["m/c.pkl", "n/c.pkl"]),
        ("**/*.pkl", ["a.pkl", "m/.hidden/e.pkl", "m/c.pkl", "m/deep/d.pkl", "n/c.pkl"]),
        ("m/**", ["m/.hidden/e.pkl", "m/c.pkl", "m/deep/d.pkl"]),
        ("m/**/d.pkl", ["m/deep/d.pkl"]),
        ("[mn]/?.pkl", ["m/c.pkl", "n/c.pkl"]),
        ("**/**/**/d.*", ["m/deep/d.pkl"]),
        ("m/d*", ["m/deep/d.pkl"]),
    ],
)
def test_a_pattern_stands_for_what_matches(here, pattern, found):
    assert paths(pattern) == found


def test_a_pattern_that_matches_nothing_is_told(here):
    assert why("*.onnx") == "is not there"


def test_a_name_that_looks_like_a_pattern_is_a_name_when_it_is_there(here):
    (here / "[a].pkl").write_bytes(b"x")
    assert paths("[a].pkl") == ["[a].pkl"]
    assert paths(listed=["*.pkl"]) == ["*.pkl"]


def test_a_folder_without_files_is_told(here):
    (here / "empty/inner").mkdir(parents=True)
    assert why("empty") == "is a folder without a file in it"


def test_a_link_to_a_file_is_the_file(here):
    (here / "m/link").symlink_to("../a.pkl")
    assert "m/link" in paths("m")
    assert why("m/link", "m") is None


def test_a_link_in_a_circle_is_walked_once(here):
    (here / "m/again").symlink_to(".")
    (here / "m/deep/up").symlink_to("..")
    assert paths("m") == ["m/.hidden/e.pkl", "m/c.pkl", "m/deep/d.pkl"]
    assert paths("m/**/d.pkl") == ["m/deep/d.pkl"]


def test_a_link_to_a_folder_that_was_not_named_is_a_gap(here):
    (here / "m/out").symlink_to("../n")
    assert why("m/out", "m") == OUTSIDE
    assert paths("m", "n") == ["m/.hidden/e.pkl", "m/c.pkl", "m/deep/d.pkl", "n/c.pkl"]


def test_a_link_that_is_named_itself_is_followed(here):
    (here / "current").symlink_to("n")
    assert paths("current") == ["current/c.pkl"]


def test_a_link_that_leads_nowhere_is_told(here):
    (here / "m/gone").symlink_to("nowhere")
    (here / "m/self").symlink_to("self")
    assert {why("m/gone", "m"), why("m/self", "m")} == {"is a link that leads nowhere"}


def test_a_pipe_is_told_and_not_opened(here):
    os.mkfifo(here / "m/pipe")
    assert why("m/pipe", "m") == "is no regular file"
    assert why("m/pipe") == "is no regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_may_not_be_listed_is_told(here):
    (here / "n").chmod(0)
    assert why("n") == "cannot be listed (Permission denied)"
    (here / "n").chmod(0o700)


def test_a_name_that_can_be_no_name_is_told(here):
    assert why("a\0b") == "cannot be read (embedded null byte)"
    assert why("a" * 5000) == "cannot be read (File name too long)"
    assert why("") == "is not there"


NAMES = st.lists(st.sampled_from(["a", "b", "m", "m/a", "m/n", "m/n/b", "*", "**/b", "m/*", "gone"]), max_size=6)


@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_of_the_names_changes_nothing(names, random):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b", "m/a", "m/n/b"):
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(b"")
        named = [f"{folder}/{name}" for name in names]
        found = targets(named)
        assert found == sorted(set(found), key=lambda t: t.path)
        random.shuffle(named)
        assert targets(named) == targets(named + named) == found


def test_a_target_says_why_it_cannot_be_inspected():
    assert Target("a") == Target("a", None, False)
