"""A shelf is its folder: ours, and those that installed packages name."""

import sys

import pytest

from casemate.core import shelf
from casemate.core.errors import CasemateError


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """A package that is installed as packages are: a folder with modules and an entry point."""
    package = tmp_path / "their_formats"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "own_format.py").write_text("ID = 'theirs'\n")
    (package / "pickle.py").write_text("raise AssertionError('never in place of ours')\n")
    (package / "_shared.py").write_text("")
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[casemate.evidence.scan.formats]\ntheirs = their_formats\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [n for n in sys.modules if n.startswith("their_formats")]:
        del sys.modules[name]


def test_members_are_the_files_of_the_folder():
    assert "pickle" in shelf.names("evidence/scan/formats")
    assert {p.suffix for p in shelf.files("catalog/controls")} == {".yaml"}


def test_a_member_that_does_not_exist_says_which_do():
    with pytest.raises(CasemateError) as caught:
        shelf.member("report", "jsn")
    assert str(caught.value) == "report: there is no 'jsn'; did you mean 'json'?"


def test_an_installed_package_adds_its_members_and_takes_none_of_ours(third_party):
    assert "own-format" in shelf.names("evidence/scan/formats")
    assert "-shared" not in shelf.names("evidence/scan/formats")
    assert shelf.member("evidence/scan/formats", "own-format").ID == "theirs"
    assert shelf.member("evidence/scan/formats", "pickle").__name__ == "casemate.evidence.scan.formats.pickle"
