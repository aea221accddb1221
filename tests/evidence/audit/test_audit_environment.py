"""Installed files against their lists, lines that run at start, and environments that somebody prepared."""

import os
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_stock import DAY, install, site, zipped
from audit_stock import flaw as record
from casemate.core.errors import CasemateError
from casemate.evidence.audit.audit import Asked, audit

FILES = {"demo/__init__.py": "x = 1\n", "demo/data.json": "{}"}


def env(tmp_path):
    install(tmp_path, "demo", "1.0", FILES)
    return tmp_path


def look(prefix, **rest):
    return audit(Asked(prefix, env=prefix, **rest), DAY)


def said(prefix):
    return [str(f) for f in look(prefix).findings]


def test_what_is_as_it_was_installed_is_clean(tmp_path):
    copy = zipped(tmp_path / "all.zip", record("other"))
    found = look(env(tmp_path / "e"), advisories=copy)
    assert (found.findings, found.gaps, found.exit) == ((), (), 0)
    assert (found.environment.files, len(found.environment.packages)) == (3, 1)


def test_a_changed_a_missing_and_an_added_file_are_told(tmp_path):
    here = site(env(tmp_path))
    (here / "demo" / "__init__.py").write_text("x = 2\n")
    (here / "demo" / "data.json").unlink()
    (here / "demo" / "more.py").write_text("")
    (here / "sitecustomize.py").write_text("")
    (here / "notes.txt").write_text("")
    assert said(tmp_path) == [
        "high changed-file demo: demo/__init__.py is not as it was installed",
        "high runs-at-start sitecustomize.py: runs at every start of Python, and no package owns it",
        "medium missing-file demo: demo/data.json was installed and is not there",
        "medium unowned-file demo: no package owns demo/more.py that can be imported",
        "info unowned-file notes.txt: no package owns notes.txt without code",
    ]


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path):
    path = site(env(tmp_path)) / "demo" / "__init__.py"
    before = path.stat()
    path.write_text("x = 3\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert said(tmp_path) == ["high changed-file demo: demo/__init__.py is not as it was installed"]


def test_lines_that_run_at_start_are_told_even_when_a_package_owns_them(tmp_path):
    install(tmp_path, "demo", "1.0", {"demo.pth": "# words\nimport os; os.system('x')\n/elsewhere\n"})
    assert said(tmp_path) == [
        "high startup-code demo.pth: runs at every start of Python: import os; os.system('x')",
        "info startup-path demo.pth: adds /elsewhere to what is imported; nobody checked it",
    ]


PTH = (
    "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; "
    "enabled and __import__('_distutils_hack').add_shim(); \n"
)


def test_known_lines_are_known_by_their_bytes(tmp_path):
    install(tmp_path, "setuptools", "80", {"distutils-precedence.pth": PTH})
    assert said(tmp_path) == []
    install(tmp_path, "setuptools", "80", {"distutils-precedence.pth": PTH + "\n\n"})
    assert [f.id for f in look(tmp_path).findings] == ["startup-code"]


def test_where_a_package_came_from_is_told(tmp_path):
    notes = {
        "a1": '{"url": "file:///work", "dir_info": {"editable": true}}',
        "b1": '{"url": "https://x/y", "vcs_info": {"vcs": "git", "commit_id": "main"}}',
        "c1": '{"url": "http://x/c.whl", "archive_info": {}}',
        "d1": "[" * 100_000,
        "e1": '{"url": "https://x/y", "vcs_info": {"vcs": "git", "commit_id": "' + "a" * 40 + '"}}',
        "f1": '{"url": "https://x/c.whl", "archive_info": {"hashes": {"sha256": "' + "a" * 64 + '"}}}',
    }
    for name, text in notes.items():
        install(tmp_path, name, "1", {f"{name}.py": ""}, direct_url__json=text)
    assert [f"{f.id} {f.place}" for f in look(tmp_path).findings] == [
        "plain-http c1", "unpinned-vcs b1", "direct-url d1", "editable a1", "unhashed-url c1",
    ]  # fmt: skip


def test_bytecode_that_is_never_compared_is_told(tmp_path):
    here = site(env(tmp_path))
    cache = here / "demo" / "__pycache__"
    cache.mkdir()
    (cache / "__init__.cpython-311.pyc").write_bytes(b"\xa7\r\r\n\0\0\0\0" + b"\0" * 8)
    assert said(tmp_path) == []
    assert look(tmp_path).environment.bytecode == 1
    (cache / "__init__.cpython-311.pyc").write_bytes(b"\xa7\r\r\n\1\0\0\0" + b"\0" * 8)
    (here / "loose.pyc").write_bytes(b"\0" * 16)
    assert [f"{f.id} {f.place}" for f in look(tmp_path).findings] == [
        "unchecked-bytecode demo/__pycache__/__init__.cpython-311.pyc", "unowned-file loose.pyc",
    ]  # fmt: skip


def test_an_environment_is_named_by_folder_python_or_packages(tmp_path):
    env(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    for named in (tmp_path, tmp_path / "bin" / "python", site(tmp_path)):
        assert [p.name for p in look(named).environment.packages] == ["demo"]
    with pytest.raises(CasemateError, match="holds no Python packages"):
        look(tmp_path / "bin")
    with pytest.raises(CasemateError, match="there is no such environment"):
        look(tmp_path / "gone")


def test_packages_of_the_machine_are_a_gap(tmp_path):
    (env(tmp_path) / "pyvenv.cfg").write_text("home = /usr\ninclude-system-site-packages = true\n")
    assert look(tmp_path).gaps == ("packages of the machine are visible in this environment and were not audited",)


def test_pip_settings_of_the_environment_are_read(tmp_path):
    (env(tmp_path) / "pip.conf").write_text("[global]\nextra-index-url = http://x/simple\ntrusted-host = x\n")
    found = look(tmp_path)
    assert [f.id for f in found.findings] == ["extra-index", "plain-http", "trusted-host"]
    assert found.sources == "mixed"


# What strangers may leave in an environment.


def test_pipes_loops_and_links_are_told_and_never_waited_for(tmp_path):
    here = site(env(tmp_path))
    (here / "demo" / "data.json").unlink()
    os.mkfifo(here / "demo" / "data.json")
    os.mkfifo(here / "pipe.pth")
    (here / "loop").symlink_to(here, target_is_directory=True)
    (here / "x-1.dist-info").mkdir()
    os.mkfifo(here / "x-1.dist-info" / "METADATA")
    os.mkfifo(here / "x-1.dist-info" / "RECORD")
    found = look(tmp_path)
    assert {f"{f.id} {f.place}" for f in found.findings} == {
        "odd-file loop", "odd-file pipe.pth", "startup-unread pipe.pth",
    }  # fmt: skip
    assert "demo/data.json cannot be read (it is no regular file)" in found.gaps
    assert "x has no list of its files that can be read" in found.gaps
    assert found.patched is None


@pytest.mark.parametrize("row", ["../../../../../../etc/passwd,sha256=x,1", "/dev/zero,sha256=x,1", "a\0b,sha256=x,1"])
def test_a_list_that_points_outside_opens_nothing(tmp_path, row):
    here = site(env(tmp_path))
    with (here / "demo-1.0.dist-info" / "RECORD").open("a") as f:
        f.write(row + "\n")
    found = look(tmp_path)
    assert [f.id for f in found.findings] == ["file-elsewhere"]


def test_no_permission_is_a_gap_or_no_matter(tmp_path):
    path = site(env(tmp_path)) / "demo"
    path.chmod(0)
    try:
        look(tmp_path)
    finally:
        path.chmod(0o755)


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_only_our_error_leaves_broken_notes(tmp_path_factory, metadata, rows, line):
    here = site(env(tmp_path_factory.mktemp("e")))
    (here / "demo-1.0.dist-info" / "METADATA").write_bytes(metadata)
    (here / "demo-1.0.dist-info" / "RECORD").write_bytes(rows)
    (here / "demo-1.0.dist-info" / "direct_url.json").write_bytes(line)
    (here / "x.pth").write_bytes(line)
    with suppress(CasemateError):
        assert look(here.parents[2]).exit in (1, 3)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("demo/more.py,,", "medium no-digest demo: demo/more.py is code and listed without a digest"),
        ("demo/more.pyc,,", "medium no-digest demo: demo/more.pyc is code and listed without a digest"),
        ("demo/more.py,md5=abc,", "low weak-digest demo: demo/more.py has no digest that holds"),
    ],
)
def test_code_that_a_package_lists_without_a_digest_that_holds_is_not_as_locked(tmp_path, row, told):
    here = site(env(tmp_path))
    (here / row.partition(",")[0]).write_text("")
    with (next(here.glob("*.dist-info")) / "RECORD").open("a") as f:
        f.write(f"{row}\n")
    (tmp_path / "requirements.txt").write_text("demo==1.0 --hash=sha256:" + "a" * 64 + "\n")
    assert told in said(tmp_path)
    assert look(tmp_path, locks=(tmp_path / "requirements.txt",)).as_locked is False


def test_bytecode_of_a_source_needs_no_digest(tmp_path):
    here = site(env(tmp_path))
    (here / "demo" / "__pycache__").mkdir()
    (here / "demo" / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"\0" * 16)
    with (next(here.glob("*.dist-info")) / "RECORD").open("a") as f:
        f.write("demo/__pycache__/__init__.cpython-311.pyc,,\n")
    assert said(tmp_path) == []
