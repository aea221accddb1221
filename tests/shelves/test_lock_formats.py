"""Every lock format on the shelf, unasked: documented, recognised by itself alone, and total over mutations."""

import inspect as source

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.evidence.audit.lock import SHELF, Text, read

A, B = "a" * 64, "b" * 64
UV = f"""\
version = 1
revision = 5
requires-python = ">=3.11"

[[package]]
name = "demo-app"
version = "0.1.0"
source = {{ virtual = "." }}

[[package]]
name = "jinja2"
version = "3.1.6"
source = {{ registry = "https://pypi.org/simple" }}
sdist = {{ url = "https://x/jinja2-3.1.6.tar.gz", hash = "sha256:{A}", size = 1 }}
wheels = [
    {{ url = "https://x/jinja2-3.1.6-py3-none-any.whl", hash = "sha256:{B}", size = 1 }},
]

[[package]]
name = "own-tool"
version = "1.0"
source = {{ git = "https://example.org/tool?rev=main#{"c" * 40}" }}
"""
POETRY = f"""\
[[package]]
name = "Jinja2"
version = "3.1.6"
description = ""
optional = false
files = [
    {{file = "jinja2-3.1.6-py3-none-any.whl", hash = "sha256:{A}"}},
]

[[package]]
name = "own-tool"
version = "1.0"
files = []
develop = false

[package.source]
type = "git"
url = "https://example.org/tool"
reference = "main"
resolved_reference = "{"c" * 40}"

[metadata]
lock-version = "2.1"
content-hash = "{A}"
"""
PYLOCK = f"""\
lock-version = "1.0"
created-by = "uv"

[[packages]]
name = "jinja2"
version = "3.1.6"
index = "https://pypi.org/simple"
wheels = [{{ url = "https://x/jinja2-3.1.6-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}]

[[packages]]
name = "own-tool"
vcs = {{ type = "git", url = "https://example.org/tool", commit-id = "{"c" * 40}" }}
"""
PYPROJECT = """\
[project]
name = "demo-app"
version = "0.1.0"
dependencies = ["jinja2==3.1.6"]

[dependency-groups]
dev = ["own-tool @ git+https://example.org/tool@cccccccccccccccccccccccccccccccccccccccc"]
"""
REQUIREMENTS = f"""\
# made by a tool
jinja2==3.1.6 ; python_version >= "3.8" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
own-tool @ git+https://example.org/tool@{"c" * 40}
"""
EXAMPLES = {
    "uv": ("uv.lock", UV), "poetry": ("poetry.lock", POETRY), "pylock": ("pylock.toml", PYLOCK),
    "pyproject": ("pyproject.toml", PYPROJECT), "requirements": ("requirements.txt", REQUIREMENTS),
}  # fmt: skip
NAMES = shelf.names(SHELF)
each = pytest.mark.parametrize("name", NAMES)


def member(name):
    return shelf.member(SHELF, name)


@each
def test_it_says_what_it_is(name):
    for thing in (member(name), member(name).recognise, member(name).read):
        assert source.getdoc(thing)


@each
def test_it_does_not_know_the_others(name):
    assert "audit.locks" not in source.getsource(member(name))


@each
def test_its_example_is_recognised_by_it_alone(name):
    text = Text(*EXAMPLES[name])
    assert [n for n in NAMES if member(n).recognise(text)] == [name]


@each
def test_its_example_names_the_same_packages_with_their_lines(name):
    path, text = EXAMPLES[name]
    found = read(Text(path, text))
    taken = {p.name: p for p in found.packages if p.source != "self"}
    assert set(taken) == {"jinja2", "own-tool"}
    jinja, tool = taken["jinja2"], taken["own-tool"]
    assert (jinja.version, jinja.source, jinja.hashed) == ("3.1.6", "index", name != "pyproject")
    assert (tool.source, tool.hashed) == ("vcs", True)
    lines = text.split("\n")
    for p in taken.values():
        near = lines[p.at.line - 1] + lines[p.at.line]
        assert p.name in near.lower(), (p, near)
    assert found.pinned is (name != "pyproject")
    assert found.format == name


@each
@given(at=st.integers(0, 3000), drop=st.integers(0, 30), put=st.text(max_size=12))
def test_only_our_error_leaves_a_mutated_example(name, at, drop, put):
    path, text = EXAMPLES[name]
    at %= len(text)
    try:
        read(Text(path, text[:at] + put + text[at + drop :]))
    except CasemateError:
        return


VALUES = ["1", "true", '""', "[]", "{}", '[1, "x"]', "{a = 1}", "[[1]]", "1979-05-27", '"\\u0000"', "{hash = 3}"]


@each
@given(line=st.integers(0, 40), value=st.sampled_from(VALUES))
def test_a_value_of_another_type_is_refused_or_read(name, line, value):
    path, text = EXAMPLES[name]
    lines = text.split("\n")
    line %= len(lines)
    key = lines[line].partition("=")[0]
    lines[line] = f"{key}= {value}"
    try:
        found = read(Text(path, "\n".join(lines)))
    except CasemateError:
        return
    assert all(isinstance(p.name, str) for p in found.packages)


@each
@given(text=st.text(max_size=200))
def test_recognising_is_total(name, text):
    assert member(name).recognise(Text("x.txt", text)) in (True, False)


@pytest.mark.parametrize(
    "text", ["a" + ".a" * 50_000 + " = 1", "x = " + "[" * 100_000, "[" * 100_000, "x; " + "(" * 5000, "a" * 2_000_000]
)
@pytest.mark.parametrize("path", ["uv.lock", "requirements.txt"])
def test_deep_and_long_text_ends(path, text):
    try:
        assert not read(Text(path, text)).pinned
    except CasemateError:
        return
