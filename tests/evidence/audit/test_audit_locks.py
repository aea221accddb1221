"""requirements.txt as pip reads it; what lock files give away; names that look like others."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.evidence.audit.hygiene import drift, rules
from casemate.evidence.audit.installed import Installed
from casemate.evidence.audit.lock import Text, load, read
from casemate.evidence.audit.locks import requirements
from casemate.evidence.audit.names import looks_like, real

H = "--hash=sha256:" + "a" * 64


def lock(text, path="requirements.txt"):
    return read(Text(path, text))


def found(text, path="requirements.txt", alone=True):
    return sorted({f"{f.id} {f.place}" for f in rules(lock(text, path), alone)})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"torch==2.0.0 {H}", []),
        ("torch>=2", ["no-hashes requirements.txt", "unpinned requirements.txt:1:1"]),
        ("pandas==2.*", ["no-hashes requirements.txt", "wildcard-pin requirements.txt:1:1"]),
        ("torch==2.0.0", ["no-hashes requirements.txt"]),
        ("torch==2.0.0 --hash=md5:" + "a" * 32, ["no-hashes requirements.txt"]),
        ("torch==2.0.0 --hash=sha256:abc", ["no-hashes requirements.txt"]),
        (f"torch==2.0.0rc1 {H}", ["pre-release requirements.txt:1:1"]),
        ("--extra-index-url https://x/simple", ["extra-index requirements.txt:1:1"]),
        ("--extra-index-url=http://x/simple", ["extra-index requirements.txt:1:1", "plain-http requirements.txt:1:1"]),
        ("-i http://x/simple", ["plain-http requirements.txt:1:1"]),
        ("--trusted-host x", ["trusted-host requirements.txt:1:1"]),
        ("--pre", ["pre-release requirements.txt:1:1"]),
        ("--strange", ["unknown-option requirements.txt:1:1"]),
        ("git+https://x/y@main#egg=y1", ["unpinned-vcs requirements.txt:1:1"]),
        (f"git+https://x/y@{'a' * 40}#egg=y1", []),
        (f"git+ssh://git@x/y@{'a' * 39}#egg=y1", ["unpinned-vcs requirements.txt:1:1"]),
        ("y1 @ https://x/y1-1.0-py3-none-any.whl", ["unhashed-url requirements.txt:1:1"]),
        ("https://x/y1-1.0-py3-none-any.whl#sha256=" + "a" * 64, []),
        ("http://x/y1-1.0-py3-none-any.whl#sha256=" + "a" * 64, ["plain-http requirements.txt:1:1"]),
        ("-e ./here", ["editable requirements.txt:1:1"]),
        (f"sklearn==1.0 {H}", ["look-alike requirements.txt:1:1"]),
        ("???", ["unread-requirement requirements.txt:1:1"]),
        ("-r https://x/more.txt", ["remote-include requirements.txt:1:1"]),
    ],
)
def test_a_line_gives_itself_away(line, expected):
    assert found(line) == expected


def test_one_package_without_a_digest_unpins_all():
    assert lock(f"a==1 {H}\nb==2 {H}\n").pinned
    assert not lock(f"a==1 {H}\nb==2\n").pinned


def test_lines_are_joined_and_numbered_by_their_first():
    text = f"# c\n\na==1 \\\n  # why\n  {H}\nb==2 {H}  # trailing\nhttps://x/c-1-py3-none-any.whl#sha256={'a' * 64}\n"
    assert [(p.name, p.version, p.at.line, p.hashed) for p in lock(text).packages] == [
        ("a", "1", 3, False), ("b", "2", 6, True), ("c", "1", 7, True),
    ]  # fmt: skip


def test_included_files_and_constraints_are_read(tmp_path):
    (tmp_path / "requirements.txt").write_text("-r more/base.txt\n-c limits.txt\ntorch\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "base.txt").write_text(f"-r ../requirements.txt\njinja2==3 {H}\n")
    (tmp_path / "limits.txt").write_text(f"torch==2.0 {H}\nunused==1\n")
    got = load(tmp_path / "requirements.txt", tmp_path)
    assert [(p.name, p.version, str(p.at)) for p in got.packages] == [
        ("jinja2", "3", "more/base.txt:2:1"), ("torch", "2.0", "requirements.txt:3:1"),
    ]  # fmt: skip
    assert got.pinned


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../out.txt", "link.txt", "pipe.txt", "loop.txt", "gone.txt", "bad.txt"]
)
def test_nothing_outside_the_project_is_opened(tmp_path, name):
    root = tmp_path / "p"
    root.mkdir()
    (tmp_path / "out.txt").write_text("secret\n")
    (root / "link.txt").symlink_to(tmp_path / "out.txt")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "bad.txt").write_bytes(b"\xff\xfe")
    os.mkfifo(root / "pipe.txt")
    (root / "r.txt").write_text(f"-r {name}\na==1 {H}\n")
    got = load(root / "r.txt", root)
    assert [f.id for f in got.findings] == ["unread-include"]
    assert not got.pinned
    assert "secret" not in str(got)


def test_endless_inclusion_ends(tmp_path):
    for i in range(100):
        (tmp_path / f"{i}.txt").write_text(f"-r {i + 1}.txt\n")
    with pytest.raises(CasemateError, match="includes more than 64 files"):
        load(tmp_path / "0.txt", tmp_path)


def test_two_indexes_are_told():
    text = "--index-url https://a/simple\n--extra-index-url https://b/simple\nx1\n"
    assert lock(text).mixed
    assert not lock("--index-url https://a/simple\nx1\n").mixed
    assert not lock("x1\n").mixed
    assert lock("--find-links https://b/wheels\nx1\n").mixed
    assert not lock("--find-links wheels\n--no-index\nx1\n").mixed


def test_no_password_of_an_index_is_told():
    secret = "x" * 100
    url = f"https://user:{secret}@host/simple"
    text = (
        f"--extra-index-url {url}\n-i {url}\n--find-links {url}\ngit+{url}@main#egg=y1\ny2 @ {url}/y2.whl\n?? {url}\n"
    )
    assert "xxx" not in str(list(rules(lock(text), alone=True)))


def test_ranges_of_a_project_count_only_where_no_lock_stands_behind_them():
    text = '[project]\nname = "x"\ndependencies = ["jinja2>=3"]\n'
    assert found(text, "pyproject.toml", alone=True) == ["unpinned pyproject.toml:3:1"]
    assert found(text, "pyproject.toml", alone=False) == []


POETRY = """\
[tool.poetry.dependencies]
python = "^3.11"
torch = "2.0.0"
numpy = "^2"
yard = "2.*"
from-git = {git = "https://x/y.git", branch = "main"}
commit = {git = "https://x/y.git", rev = "%s"}
linked = {path = "../linked", develop = true}
many = [{version = "1.0", python = "<3.12"}, {version = ">=2"}]
[tool.poetry.group.dev.dependencies]
tensorfow = "*"
""" % ("a" * 40)


def test_the_tables_of_poetry_are_requirements_too():
    versions = {(p.name, p.source): p.version for p in lock(POETRY, "pyproject.toml").packages if p.name != "many"}
    assert versions == {
        ("torch", "index"): "2.0.0", ("numpy", "index"): None, ("yard", "index"): None, ("from-git", "vcs"): None,
        ("commit", "vcs"): None, ("linked", "path"): None, ("tensorfow", "index"): None,
    }  # fmt: skip
    assert found(POETRY, "pyproject.toml") == [
        "editable pyproject.toml:8:1", "look-alike pyproject.toml:11:1", "unpinned pyproject.toml:11:1",
        "unpinned pyproject.toml:4:1", "unpinned pyproject.toml:9:1", "unpinned-vcs pyproject.toml:6:1",
        "wildcard-pin pyproject.toml:5:1",
    ]  # fmt: skip


def test_a_branch_that_a_project_asks_for_counts_only_where_no_lock_names_a_commit():
    text = (
        '[tool.poetry.dependencies]\na1 = {git = "https://x/y.git", branch = "main"}\nb1 = {url = "https://x/b1.whl"}\n'
    )
    assert found(text, "pyproject.toml") == ["unhashed-url pyproject.toml:3:1", "unpinned-vcs pyproject.toml:2:1"]
    assert found(text, "pyproject.toml", alone=False) == []


def test_what_a_project_and_poetry_both_name_counts_once():
    text = (
        '[project]\nname = "x"\ndependencies = ["torch==2.0.0"]\n[tool.poetry.dependencies]\ntorch = {source = "i"}\n'
    )
    assert [(p.name, p.version) for p in lock(text, "pyproject.toml").packages] == [("torch", "2.0.0")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[tool.uv]\nextra-index-url = ["https://a/simple"]\nindex-url = "https://b/simple"',
         ["mixed-sources pyproject.toml"]),
        ('[[tool.uv.index]]\nurl = "http://a/simple"', ["plain-http pyproject.toml:2:1"]),
        ('[[tool.uv.index]]\nurl = "https://a/simple"\nexplicit = true\n[[tool.uv.index]]\nurl = "https://b/"', []),
        ('[tool.uv]\nindex-strategy = "unsafe-best-match"', ["extra-index pyproject.toml:2:1"]),
        ('[tool.uv]\nindex-strategy = "first-index"', []),
        ('[tool.uv]\nallow-insecure-host = ["a"]', ["trusted-host pyproject.toml:2:1"]),
        ('[[tool.pdm.source]]\nurl = "https://a/simple"\nverify_ssl = false', ["trusted-host pyproject.toml:3:1"]),
        ('[[tool.poetry.source]]\nname = "a"\nurl = "http://a/simple"', ["plain-http pyproject.toml:3:1"]),
        ('[tool.uv]\ndev-dependencies = ["tourch==1.0"]', ["look-alike pyproject.toml:2:1"]),
        ('[tool.uv]\nindex = 1\nextra-index-url = {a = 1}\nallow-insecure-host = "a"\nsources = [1]', []),
        ('[tool.poetry]\ndependencies = 1\ngroup = {a = 1, b = {dependencies = {c = 1}}}', ["unpinned pyproject.toml"]),
    ],
)  # fmt: skip
def test_where_the_tools_of_a_project_take_packages_from(text, expected):
    assert found(text, "pyproject.toml") == expected


def test_a_source_of_uv_says_where_a_package_comes_from():
    text = '[project]\nname = "x"\ndependencies = ["torch==2.0.0", "own"]\n[tool.uv.sources]\n'
    assert found(
        text + 'torch = {git = "https://x/y", branch = "main"}\nown = {workspace = true}', "pyproject.toml"
    ) == ["unpinned-vcs pyproject.toml:3:1"]
    (torch,) = (p for p in lock(text + 'torch = {index = "i"}', "pyproject.toml").packages if p.name == "torch")
    assert (torch.source, torch.version) == ("index", "2.0.0")


def test_what_is_installed_differs_from_the_lock():
    locks = [lock(f"torch==2.0.0 {H}\njinja2==3.1.6 {H}\nunused==1 {H}\n")]
    here = [("torch", "2.0.0+cpu"), ("jinja2", "3.1.5"), ("pip", "1"), ("other", "1")]
    packages = [Installed(n, v, f"{n}.dist-info", "") for n, v in here]
    assert [f"{f.id} {f.place}: {f.message}" for f in drift(locks, packages)] == [
        "lock-drift requirements.txt:2:1: jinja2 3.1.5 is installed, not 3.1.6",
        "not-locked other: 1 is installed and stands in no lock file",
    ]
    assert list(drift([], packages)) == []


# Names.


@pytest.mark.parametrize(
    ("name", "of"),
    [("tensorfow", "tensorflow"), ("tourch", "torch"), ("reqeusts", "requests"),
     ("numpyy", "numpy"), ("sklearn", "scikit-learn"), ("pytorch", "torch"),
     ("scikitlearn", "scikit-learn"), ("learn-scikit", "scikit-learn"), ("python-pandas", "pandas"),
     ("torch-python", "torch"), ("Tensor_Flow", "tensorflow"), ("huggingfacehub", "huggingface-hub"),
     ("transformer", "transformers")],
)  # fmt: skip
def test_imitations_are_seen(name, of):
    assert looks_like(name)[0] == of


def test_no_real_name_is_an_imitation():
    assert [n for n in real() if looks_like(n)] == []
    assert len(real()) >= 300


# Widely used packages that stand in none of our lists on purpose: a sample of what else is installed.
OTHERS = """\
aiohttp aiosignal alembic anyio appdirs argon2-cffi arrow asn1crypto async-timeout azure-common babel bidict
cachecontrol cftime chevron click-plugins cligj coloredlogs configobj constantly courlan crashtest croniter dacite
deprecated dulwich editables eth-hash exceptiongroup execnet fabric faker flask-cors flit-core freezegun gevent
graphql-core hatchling humanfriendly hyperlink incremental inflection iniconfig jaraco-classes jeepney jsonpatch
keyrings-alt lark ldap3 linkify-it-py mako mccabe mdurl more-itertools msrest mypy-extensions netaddr ntlm-auth
olefile outcome passlib pathspec pbr pkginfo platformdirs ptyprocess pure-eval pycodestyle pydocstyle pyflakes pymssql
pyrsistent pysocks pytest-cov python-slugify querystring-parser rpds-py ruamel-yaml-clib sortedcontainers
sphinxcontrib-jsmath stack-data stevedore tblib text-unidecode tinycss2 tox trove-classifiers typeguard tzlocal
uri-template wcwidth webencodings websocket-client wsproto yattag zict zope-interface
"""


def test_other_real_packages_raise_no_alarm():
    assert [(n, looks_like(n)) for n in OTHERS.split() if looks_like(n)] == []


@given(st.text(max_size=60))
def test_looking_at_a_name_is_total(name):
    looks_like(name)


def test_requirements_may_be_called_a_lock_and_a_broken_lock_of_another_tool_is_none():
    assert requirements.recognise(Text("requirements.lock", "numpy==2.0.0\n"))
    assert not requirements.recognise(Text("deep/uv.lock", "version = = 1\n"))


@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_comment_hides_no_requirement_that_pip_would_see(end):
    """pip divides lines at more than line feeds."""
    names = [p.name for p in lock(f"torch==2.0.0 {H}\n# by hand{end}evil==1 {H}\n").packages]
    assert names == ["torch", "evil"]


def test_continued_lines_are_joined_without_a_space_as_pip_joins_them():
    assert lock(f"--index-url https://good\\\n.evil.example/\ntorch==2.0.0 {H}\n").indexes == (
        "https://good.evil.example/",
    )


@pytest.mark.parametrize(("name", "pinned"), [("utf-7", False), ("latin-1", False), ("utf-8", True), ("UTF_8", True)])
def test_a_file_that_names_another_encoding_is_another_text_to_pip(name, pinned):
    text = lock(f"# -*- coding: {name} -*-\ntorch==2.0.0 {H}\n# +AAo-evil==1\n")
    assert text.pinned is pinned
    assert bool(text.gaps) is not pinned


def test_a_line_of_megabytes_is_read_at_once_and_quotes_still_count():
    assert [p.hashed for p in lock("a==1 " + "--hash=sha256:" * 500_000).packages] == [False]
    quoted = H.replace("=sha", "='sha", 1) + "'"
    assert lock(f"a==1 {quoted}\n").pinned
