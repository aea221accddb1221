"""Every reader and writer of other tools' models, unasked: its example, the same bytes, no traceback, no invention."""

import copy
import inspect
import json

import pytest

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.interchange.give import SHELF as WRITERS
from casemate.interchange.give import Given, give
from casemate.interchange.loss import as_json, as_text
from casemate.interchange.source import parse
from casemate.interchange.take import SHELF as READERS
from casemate.interchange.take import drafted, take
from strategies import assessed, seeded, system_of
from taking import EXAMPLES

reader = pytest.mark.parametrize("name", shelf.names(READERS))
writer = pytest.mark.parametrize("name", shelf.names(WRITERS))
JUNK = (None, True, -1, "", "system", "\u202e\x00\ud800", "x" * 5000, [], [[None]], {}, {"id": {}, "a": []})
HOSTILE = ("<script>alert(1)</script>", "\u202egnp.exe \u0000\u0007", 'a" # : {b}\n- c', "héllo 日本 😀", "x" * 300)


def example(name):
    path = EXAMPLES[name]
    return path.read_bytes(), path.name


def document(name):
    return parse(*example(name))


def places(doc):
    """Every (container, key) of a document."""
    todo, out = [doc], []
    while todo:
        box = todo.pop()
        keys = list(box) if isinstance(box, dict) else range(len(box))
        out += [(box, k) for k in keys]
        todo += [box[k] for k in keys if isinstance(box[k], dict | list)]
    return out


def test_the_shelves_are_not_empty():
    assert {"otm", "threagile", "threat-dragon"} <= set(shelf.names(READERS))
    assert {"otm", "cyclonedx"} <= set(shelf.names(WRITERS))


@pytest.mark.parametrize("member", [(s, n) for s in (READERS, WRITERS) for n in shelf.names(s)], ids="/".join)
def test_it_says_what_it_is(member):
    found = shelf.member(*member)
    assert (inspect.getdoc(found) or "").startswith(f"{member[1]}: ")
    functions = ("recognise", "read") if member[0] == READERS else ("write",)
    assert all(inspect.getdoc(getattr(found, f)) for f in functions)


@reader
def test_it_recognises_its_example_and_nobody_else_does(name):
    doc = document(name)
    assert [n for n in shelf.names(READERS) if shelf.member(READERS, n).recognise(doc)] == [name]


@reader
def test_recognising_is_total(name):
    assert not any(shelf.member(READERS, name).recognise(junk) for junk in JUNK)


@reader
def test_what_was_taken_over_can_be_read_and_every_fact_says_where_it_came_from(name):
    text, _ = take(*example(name))
    assert from_text(text, "taken.yaml", {}).components
    sections = ("zones:", "actors:", "components:", "flows:", "casemate: 1", "")
    assert [line for line in text.splitlines() if "# " not in line and line not in sections] == []


@reader
def test_only_required_facts_are_chosen_and_each_is_told(name):
    text, loss = take(*example(name))
    chosen = [line.split(":")[0].strip() for line in text.splitlines() if "# chosen: " in line]
    assert set(chosen) <= {"kind", "zone", "trust"}
    assert not chosen or [line for line in loss.lines if line.kind == "chosen"]


@reader
def test_the_same_file_gives_the_same_bytes(name):
    first, again = take(*example(name)), take(*example(name))
    assert first == again
    assert as_json(first[1]) == as_json(again[1])


@reader
def test_a_key_that_nobody_knows_is_told(name):
    doc = document(name)
    doc["zzz"] = {"a": 1}
    _, loss = drafted(doc, name, "m")
    assert "zzz" in [line.what for line in loss.lines if line.kind == "left out"]


@reader
def test_whatever_stands_in_a_place_there_is_an_error_or_a_file_that_can_be_read(name):
    doc = document(name)
    for i in range(len(places(doc))):
        changed = copy.deepcopy(doc)
        box, key = places(changed)[i]
        for junk in JUNK[i % 3 :: 3]:
            box[key] = copy.deepcopy(junk)
            survives(json.dumps(changed).encode())


@reader
def test_whatever_is_missing_there_is_an_error_or_a_file_that_can_be_read(name):
    doc = document(name)
    for i in range(len(places(doc))):
        changed = copy.deepcopy(doc)
        box, key = places(changed)[i]
        del box[key]
        survives(json.dumps(changed).encode())


@reader
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_carried_as_text(name, text):
    doc = document(name)
    for box, key in places(doc):
        if key in ("name", "title", "description"):
            box[key] = text
    survives(json.dumps(doc).encode())


def survives(data):
    """It is taken over into a file that can be read (`take` reads it), or refused in one line."""
    try:
        text, loss = take(data, "m.json")
    except CasemateError as e:
        said = str(e)
    else:
        said = ""
    if said:
        assert said.startswith("m.json: ")  # an error of theirs: of what we wrote there is none
        assert "; " in said
        return
    for out in (text, as_text(loss), as_json(loss)):
        out.encode()
        assert not {"\x00", "\x07", "\u202e"} & set(out)


@writer
@pytest.mark.parametrize("seed", range(6))
def test_any_system_will_do(name, seed):
    system = system_of(seeded(seed))
    text, loss = give(Given(system), name)
    assert (text, loss) == give(Given(system), name)
    assert text.endswith("\n")
    assert text.isascii()
    assert json.loads(text)


@writer
def test_an_assessed_system_will_do(name):
    a = assessed(seeded(11))
    assert give(Given(a.system, a), name) == give(Given(a.system, a), name)


@writer
def test_an_empty_system_will_do(name):
    empty = {"casemate": "1", "name": "Empty", "zones": {"z": {"trust": "staff"}}, "components": {}}
    assert json.loads(give(Given(system_of(empty)), name)[0])


def test_a_format_that_is_not_there_is_an_error_with_a_hint():
    with pytest.raises(CasemateError, match="there is no format 'otn'; did you mean 'otm'"):
        give(Given(system_of(seeded(1))), "otn")
    with pytest.raises(CasemateError, match="there is no format 'otn'; did you mean 'otm'"):
        take(b"{}", "m.json", "otn")
