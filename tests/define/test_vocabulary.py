"""The vocabulary is whole: every type is read, every word means something, every question can be asked."""

import re

import pytest

from casemate.core.trust import WORDS
from casemate.define.read import Reader
from casemate.define.values import ID, SCALARS
from casemate.define.vocabulary import vocabulary

V = vocabulary()
OWN = {"word", "words", "ref", "refs", "texts", "parties", "mapping", "table", "list", "controls", "egress", "tasks"}


def every(fields, path=""):
    for name, f in fields.items():
        yield f"{path}{name}", f
        if name != "components":
            yield from every(f.fields, f"{path}{name} > ")
        yield from every(f.also, f"{path}{name} > ")


FIELDS = [*every(V.file), *every(V.component, "component > "), *every(V.control, "control > "), *every(V.policy)]
DERIVED = [(f"{about} > {name}", f) for about, fields in V.about.items() for name, f in fields.items()]


@pytest.mark.parametrize(("path", "field"), FIELDS, ids=[p for p, _ in FIELDS])
def test_every_field_is_of_a_type_that_the_reader_knows_and_says_what_it_means(path, field):
    assert field.type in SCALARS.keys() | Reader("m")._types.keys()
    assert field.means


@pytest.mark.parametrize(("path", "field"), FIELDS + DERIVED, ids=[p for p, _ in FIELDS + DERIVED])
def test_a_field_of_words_has_words(path, field):
    if field.type in ("word", "words") and field.words_from not in ("fines", "controls"):
        assert field.words


@pytest.mark.parametrize(("path", "field"), FIELDS + DERIVED, ids=[p for p, _ in FIELDS + DERIVED])
def test_a_question_names_only_what_its_asker_can_fill_in(path, field):
    assert set(re.findall(r"\{(\w+)\}", field.question)) <= {"id", "from", "to"}
    assert not field.question or field.asks in V.words["roles"]
    assert field.asks in {"", *V.words["roles"]}
    assert set(field.measured_by) <= V.words["evidence"].keys()


def test_a_table_of_words_names_a_list_of_words():
    assert [p for p, f in FIELDS if f.value and f.keys not in V.words] == []


def test_the_words_of_trust_are_those_of_the_code_in_their_order():
    assert list(V.words["trust"]) == list(WORDS)


def test_every_kind_does_something_and_passes_something_on():
    assert {k.passes for k in V.kinds.values()} <= V.words["grade"].keys()
    assert {k.does for k in V.kinds.values()} <= {
        "serves", "stores", "supplies", "trains", "person", "watches", "client", "other",
    }  # fmt: skip


def test_every_name_can_stand_in_a_file_and_in_a_rule():
    assert [p for p, f in FIELDS if not re.fullmatch(r"[a-z][a-z ]*[a-z]|to|of|by|on|in|as", f.name)] == []
    assert [k for k in V.kinds if not ID.fullmatch(k)] == []


def test_only_measured_facts_say_by_what():
    assert [p for p, f in FIELDS if f.only_measured and not f.measured_by] == []
