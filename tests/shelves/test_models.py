"""Every adapter on the shelf, unasked: it knows its own files, costs nothing until it loads, and says what it lacks.

What one answers is tested beside its own file, with its library. An adapter that a third party ships is held to the
same, but for the samples.
"""

import inspect as source
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.core.space import numbers
from casemate.evidence.redteam.metered import Budget
from casemate.evidence.redteam.target import HEAD, Source, opened
from casemate.evidence.redteam.target import source as told

SHELF = "evidence/redteam/models"
MEMBERS = {name: shelf.member(SHELF, name) for name in shelf.names(SHELF)}
SAMPLES = {
    "callable": (b"", "mine.models:answer"),
    "http": (b"", "https://scorer.example/v1/score"),
    "lightgbm": (b"tree\nversion=v4\nnum_class=1\n", "model"),
    "onnx": (b"\x08\x08\x12\x01t:\x0a\x0a\x02\x08\x01\x12\x02\x08\x01\x1a\x00B\x04\x0a\x00\x10\x11", "model"),
    "sklearn": (pickle.dumps([1], 4), "model"),
    "torch": (b"PK\x03\x04" + b"\0" * 26 + b"model/data.pkl", "model"),
    "xgboost": (b'{"learner":{"attributes":{},"feature_names":[]}}', "model"),
}
"""For each adapter the beginning of a file, or a name, that is its own."""
LIBRARIES = ("sklearn", "joblib", "pandas", "onnxruntime", "xgboost", "lightgbm", "torch", "httpx")
SPACE = numbers([0, 0], [1, 1])

each = pytest.mark.parametrize("name", MEMBERS)
NEEDY = [name for name, m in MEMBERS.items() if hasattr(m, "NEEDS")]


def test_the_shelf_holds_adapters():
    assert set(SAMPLES) <= set(MEMBERS)


@each
def test_it_says_what_it_is(name):
    member = MEMBERS[name]
    assert all(source.getdoc(x) for x in (member, member.recognises, member.load))
    assert list(source.signature(member.recognises).parameters) == ["head", "name"]
    assert list(source.signature(member.load).parameters) == ["source", "shown", "options"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_known_by_its_own_adapter_alone(name):
    head, model = SAMPLES[name]
    assert [n for n, m in MEMBERS.items() if m.recognises(head, model)] == [name]


@pytest.mark.parametrize("name", [n for n in SAMPLES if SAMPLES[n][0]])
def test_a_file_is_told_by_its_content_under_any_name(name, tmp_path):
    (tmp_path / "model.dat").write_bytes(SAMPLES[name][0])
    assert told("model.dat", tmp_path, frozenset(), suspicious=True).adapter == name


@each
@given(st.binary(max_size=HEAD), st.text(max_size=60), st.sampled_from([b"", *(h for h, _ in SAMPLES.values())]))
def test_it_tells_of_any_bytes_whether_they_are_its_own(name, data, text, start):
    head = (start + data)[:HEAD]
    assert MEMBERS[name].recognises(head, text) in (True, False)
    assert MEMBERS[name].recognises(head, text) == MEMBERS[name].recognises(head, text)


@each
def test_a_sample_that_is_cut_off_anywhere_is_its_own_or_not(name):
    head, model = SAMPLES.get(name, (b"", "model"))
    assert {MEMBERS[name].recognises(head[:i], model) for i in range(len(head) + 1)} <= {True, False}


def test_to_tell_adapters_apart_imports_no_library():
    code = (
        "import json, sys; from casemate.core import shelf\n"
        f"for n in shelf.names({SHELF!r}): shelf.member({SHELF!r}, n).recognises(b'PK', 'x')\n"
        f"print(json.dumps(sorted(set({LIBRARIES!r}) & sys.modules.keys())))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(ended.stdout) == []


@pytest.mark.parametrize("name", NEEDY)
def test_without_its_library_it_says_how_to_get_it(name, monkeypatch):
    library, todo = MEMBERS[name].NEEDS
    monkeypatch.setitem(sys.modules, library, None)  # as Python says of what is not installed
    with pytest.raises(CasemateError) as e, opened(Source("m", name), SPACE, [], Budget()):
        pass
    assert str(e.value) == f"m: needs {library}, which is not installed; {todo}"
    assert todo.startswith("pip install ")


def test_what_no_adapter_knows_is_an_error(tmp_path):
    (tmp_path / "m.txt").write_text("hello")
    with pytest.raises(CasemateError) as e:
        told("m.txt", tmp_path, frozenset())
    assert str(e.value).startswith("m.txt: is no model that an adapter knows; name one with --adapter: callable, ")


@pytest.mark.parametrize("adapter", [None, "torch", "callable"])
def test_a_module_needs_no_file(adapter):
    found = told("mine:model", Path(), frozenset(), adapter)
    assert (found.adapter, found.path) == (adapter or "callable", None)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CasemateError) as e:
        told("m.onnx", tmp_path, frozenset(), "onnx")
    assert str(e.value) == "m.onnx: there is no such file; name a model file, `module:function` or an address"


def test_a_file_that_the_scan_cannot_settle_is_not_loaded(tmp_path):
    (tmp_path / "m").write_bytes(SAMPLES["xgboost"][0][:-1])
    with pytest.raises(CasemateError) as e:
        told("m", tmp_path, frozenset())
    assert str(e.value).startswith("m: is not loaded: the scan calls it inconclusive")
    assert str(e.value).endswith("; look at `casemate scan`, then give --load-suspicious")


def test_a_folder_is_not_attacked(tmp_path):
    (tmp_path / "m").mkdir()
    with pytest.raises(CasemateError) as e:
        told("m", tmp_path, frozenset())
    assert str(e.value) == (
        "m: is a folder, and what is attacked is one file; name the file in it that holds the model, or a "
        "`module:function` that loads it"
    )
