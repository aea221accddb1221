"""A file is replaced whole, or not at all, and never when somebody else changed it."""

from __future__ import annotations

import stat

import pytest

from casemate.core.errors import CasemateError
from casemate.validate.review_edit.replace import Changed, replace


def fine(_path):
    """Nothing is wrong with it."""


def test_it_keeps_its_rights_and_leaves_nothing_beside_it(tmp_path):
    f = tmp_path / "a.yaml"
    f.write_bytes(b"old")
    f.chmod(0o640)
    replace(f, b"old", b"new", fine)
    assert (f.read_bytes(), stat.S_IMODE(f.stat().st_mode)) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [f]


def test_a_change_by_somebody_else_is_noticed_and_stays(tmp_path):
    f = tmp_path / "a.yaml"
    f.write_bytes(b"theirs")
    with pytest.raises(Changed, match="was changed by somebody else meanwhile; nothing was written"):
        replace(f, b"old", b"new", fine)
    assert f.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [f]


def test_so_is_one_that_comes_while_the_new_file_is_checked(tmp_path):
    f = tmp_path / "a.yaml"
    f.write_bytes(b"old")

    def meanwhile(_path):
        (tmp_path / "b").write_bytes(b"old")  # the same bytes, and yet another file
        (tmp_path / "b").replace(f)

    with pytest.raises(Changed):
        replace(f, b"old", b"new", meanwhile)
    assert f.read_bytes() == b"old"


def test_what_the_check_refuses_never_takes_the_place(tmp_path):
    f = tmp_path / "a.yaml"
    f.write_bytes(b"old")
    seen = []

    def refuse(path):
        seen.append(path.read_bytes())
        raise CasemateError("a.yaml", "is wrong", "mend it")

    with pytest.raises(CasemateError, match="is wrong"):
        replace(f, b"old", b"new", refuse)
    assert (seen, f.read_bytes(), list(tmp_path.iterdir())) == ([b"new"], b"old", [f])


def test_a_link_goes_on_pointing_at_the_file(tmp_path):
    f, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    f.write_bytes(b"old")
    link.symlink_to(f)
    replace(link, b"old", b"new", fine)
    assert link.is_symlink()
    assert f.read_bytes() == b"new"


def test_a_loop_of_links_is_an_error_with_a_way_out(tmp_path):
    loop = tmp_path / "a.yaml"
    loop.symlink_to(loop)
    with pytest.raises(CasemateError, match=r"a\.yaml: cannot be read \(.*\); check the path"):
        replace(loop, b"", b"new", fine)
