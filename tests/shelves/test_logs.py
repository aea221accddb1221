"""Every reader of prediction logs on the shelf: it knows its own, and nothing that a stranger writes breaks it."""

import inspect as source
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.evidence.monitor import log
from casemate.evidence.monitor.logs._source import Source
from casemate.evidence.monitor.mapping import from_text

sys.path.insert(0, str(Path(__file__).parents[1] / "evidence/monitor/logs"))
from log_examples import EXAMPLES

NAMES = log.readers()
MAP = from_text("prediction: answer\nclient: client\n", "m.yaml")
each = pytest.mark.parametrize("name", NAMES)
relaxed = settings(deadline=None, max_examples=60)


def member(name):
    return shelf.member(log.SHELF, name)


def opened(folder, data, mapping=None, **more):
    path = folder / "log"
    path.write_bytes(data)
    found = log.open_log([path], mapping, **more)
    return found, list(found)


def given_map(name):
    return MAP if name == "columns" else None


@each
def test_it_has_an_example_and_says_what_it_is(name):
    assert EXAMPLES[name]
    for thing in (member(name), member(name).recognise, member(name).tables):
        assert source.getdoc(thing)


@each
def test_it_knows_no_other_member(name):
    text = source.getsource(member(name))
    assert not [n for n in NAMES if f"logs.{n.replace('-', '_')}" in text]


@each
def test_a_log_is_told_by_its_content(name, tmp_path):
    found, _ = opened(tmp_path, EXAMPLES[name], given_map(name))
    assert found.coverage.readers == ((name, 1),)
    head = Source(tmp_path / "log").head()
    assert [n for n in NAMES if n != log.GENERAL and member(n).recognise(head)] == [name] * (name != log.GENERAL)


@each
def test_two_predictions_are_two_rows(name, tmp_path):
    found, chunks = opened(tmp_path, EXAMPLES[name], given_map(name))
    assert [c.time.size for c in chunks] == [2]
    c = found.coverage
    assert (c.rows, c.with_prediction, c.unreadable, c.reasons) == (2, 2, 0, ())
    assert found.places == {tmp_path / "log": len(EXAMPLES[name])}


@each
def test_lines_of_garbage_are_counted_with_their_place(name, tmp_path):
    bad = b"\xff\xfe{garbage\n"
    found, _ = opened(tmp_path, EXAMPLES[name] + bad, given_map(name))
    assert found.coverage.rows == 2
    assert found.coverage.unreadable == 1
    line = EXAMPLES[name].count(b"\n") + 1
    assert found.coverage.reasons[0].startswith(f"{tmp_path / 'log'}:{line}: ")


@each
@relaxed
@given(data=st.data())
def test_a_broken_log_is_no_crash(name, data, tmp_path_factory):
    text = EXAMPLES[name]
    at, until = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    put = data.draw(st.binary(max_size=6) | st.sampled_from([b"[", b"{}", b"null", b"1e999", b'"', b"\n", b"-1"]))
    folder = tmp_path_factory.mktemp("broken")
    path = folder / "log"
    path.write_bytes(text[:at] + put + text[until:])
    found, given_rows = log.open_log([path], given_map(name)), 0
    with suppress(CasemateError):  # if nothing at all can be read
        given_rows = sum(c.id.size if isinstance(c, log.Labels) else c.time.size for c in found)
    assert given_rows == found.coverage.rows + found.coverage.labels
