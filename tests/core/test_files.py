"""Reading never hangs, writing is all or nothing."""

import os
import stat

import pytest

from casemate.core import files
from casemate.core.errors import CasemateError


def listing(folder):
    return sorted(p.name for p in folder.rglob("*"))


def error_of(call, *args):
    with pytest.raises(CasemateError) as caught:
        call(*args)
    return str(caught.value)


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_text_is_written_as_utf8_with_our_line_ends(tmp_path):
    files.write(tmp_path / "new" / "a.txt", "é\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"\xc3\xa9\n"
    assert listing(tmp_path) == ["a.txt", "new"]


def test_a_written_file_has_the_rights_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        files.write(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_when_one_of_several_cannot_be_written_none_is(tmp_path):
    (tmp_path / "old").write_text("old")
    (tmp_path / "file").write_text("")
    bad = tmp_path / "file" / "below"
    said = error_of(files.write_all, [(tmp_path / "old", "new"), (tmp_path / "fresh", "x"), (bad, "y")])
    assert said == f"{bad}: cannot be written (File exists); choose another place"
    assert (tmp_path / "old").read_text() == "old"
    assert listing(tmp_path) == ["file", "old"]


def test_a_folder_is_no_place_for_a_file(tmp_path):
    said = error_of(files.write, tmp_path, "x")
    assert said == f"{tmp_path}: cannot be written (it is no regular file); choose another place"
    assert listing(tmp_path) == []


def test_a_pipe_or_device_is_never_replaced_by_a_file(pipe):
    said = error_of(files.write, pipe, "x")
    assert said == f"{pipe}: cannot be written (it is no regular file); choose another place"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert listing(pipe.parent) == ["pipe"]


def test_a_name_that_is_too_long_is_our_error(tmp_path):
    path = tmp_path / ("x" * 300)
    assert error_of(files.write, path, "x") == f"{path}: cannot be written (File name too long); choose another place"
    assert listing(tmp_path) == []


def test_half_a_character_is_written_as_what_it_is(tmp_path):
    files.write(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_bytes() == b"\\ud800"
    assert listing(tmp_path) == ["a"]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path):
    def texts():
        yield tmp_path / "a", "x"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_all(texts())
    assert listing(tmp_path) == []


def test_reading_says_what_is_wrong(tmp_path, pipe):
    (tmp_path / "locked").mkdir()
    assert error_of(files.read, tmp_path / "none", 9) == f"{tmp_path}/none: there is no such file; check the path"
    assert error_of(files.read, tmp_path, 9) == f"{tmp_path}: is a directory; name the file in it"
    assert error_of(files.read, pipe, 9) == f"{pipe}: is no regular file; name a file"


def test_reading_a_device_that_never_ends_ends():
    assert error_of(files.read, files.Path("/dev/zero"), 9) == "/dev/zero: is no regular file; name a file"


def test_what_stands_at_a_path_is_told_without_opening_it(tmp_path, pipe):
    (tmp_path / "f").touch()
    (tmp_path / "link").symlink_to("f")
    (tmp_path / "loop").symlink_to("loop")
    kinds = [files.kind(tmp_path / n) for n in ("f", "link", ".", "pipe", "none", "loop", "x" * 300, "a\0b")]
    assert kinds == ["file", "file", "folder", "other", None, None, None, None]
