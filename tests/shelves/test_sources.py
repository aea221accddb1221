"""Every source of a draft on the shelf, unasked: documented, alone, total, repeatable, true to the vocabulary."""

import ast
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_examples import EXAMPLES

from casemate.core import shelf
from casemate.define.build import from_text
from casemate.define.vocabulary import vocabulary
from casemate.discover import compare, discover, write
from casemate.discover.merge import merged
from casemate.discover.modules import modules
from casemate.discover.python import Module
from casemate.discover.repository import Repository
from casemate.discover.sighting import ACTOR, CALLED, FLOW, IN_MEMORY, SAME, ZONE, Sighting, Unread

NAMES = shelf.names(discover.SHELF)
each = pytest.mark.parametrize("name", NAMES)
OTHER_WORDS = {"imports", "retrains by", IN_MEMORY, SAME, CALLED, "zone", ""}


def seen(name, files):
    """What one source sees in a repository."""
    member, repo = shelf.member(discover.SHELF, name), Repository.of(files)
    if hasattr(member, "look"):
        return list(member.look(repo))
    return [f for m in modules(repo) if isinstance(m, Module) for f in member.read(m, repo)]


def test_every_source_has_an_example_and_every_example_a_source():
    assert sorted(EXAMPLES) == NAMES


@each
def test_it_says_what_it_is_and_has_one_door(name):
    member = shelf.member(discover.SHELF, name)
    doors = [getattr(member, door) for door in ("look", "read") if hasattr(member, door)]
    assert len(doors) == 1
    assert all(inspect.getdoc(thing) for thing in (member, *doors))


@each
def test_it_knows_no_other_source_and_opens_runs_and_imports_nothing(name):
    tree = ast.parse(inspect.getsource(shelf.member(discover.SHELF, name)))
    taken = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    taken |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert not [m for m in taken if m.startswith("casemate.discover.sources")]
    assert not taken & {"os", "io", "subprocess", "importlib", "pathlib", "runpy", "socket", "pickle"}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not called & {"open", "exec", "eval", "compile", "__import__"}


@each
def test_it_sees_what_is_in_its_example(name):
    files, kinds = EXAMPLES[name]
    found = seen(name, files)
    assert kinds <= {s.kind for s in found if isinstance(s, Sighting)}
    assert found
    assert not [u for u in found if isinstance(u, Unread)]


@each
def test_each_fact_has_a_place_that_is_there_and_a_reason(name):
    files, _ = EXAMPLES[name]
    for s in seen(name, files):
        assert s.why
        lines = files[s.file] if isinstance(files[s.file], str) else ""
        assert 0 <= s.line <= lines.count("\n") + 1


@each
def test_its_words_are_those_of_the_vocabulary(name):
    v = vocabulary()
    for s in seen(name, EXAMPLES[name][0]):
        assert s.kind in v.kinds or s.kind in ("", FLOW, ZONE, ACTOR)
        if s.kind == "" and s.field not in OTHER_WORDS:
            outer, _, inner = s.field.partition(".")
            f = v.component[outer].fields[inner] if inner else v.component[outer]
            assert not f.words or s.value in f.words, s


@each
def test_the_same_repository_gives_the_same_sightings(name):
    files, _ = EXAMPLES[name]
    assert seen(name, files) == seen(name, dict(reversed(files.items())))


@each
def test_the_draft_of_it_has_nothing_to_add_to_itself(name):
    files, _ = EXAMPLES[name]
    found = list(discover.sightings(Repository.of(files)))
    text = write.text(merged("x", found))
    system = from_text(text, "casemate.yaml", {"fines": ()})
    assert compare.proposals(system, found, frozenset(files), text) == ()


@each
@given(data=st.data())
def test_a_broken_file_raises_nothing_and_the_draft_of_it_reads(name, data):
    files, _ = EXAMPLES[name]
    path = data.draw(st.sampled_from(sorted(files)))
    raw = files[path] if isinstance(files[path], bytes) else files[path].encode()
    at, size = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 12))
    other = data.draw(st.binary(max_size=6) | st.sampled_from([b"[", b"{", b"'", b"\n", b": ", b"&a", b"*a"]))
    found = seen(name, {**files, path: raw[:at] + other + raw[at + size :]})
    from_text(write.text(merged("x", found)), "casemate.yaml", {"fines": ()})
