"""The field decides the type; every wrong value is named with its place and with what was due."""

import pytest

from casemate.core.errors import CasemateError, Problems
from casemate.core.money import Interval
from casemate.core.yamltree import parse
from casemate.define.build import from_text
from casemate.define.read import MOST_ERRORS, Reader
from casemate.define.values import SCALARS
from casemate.define.vocabulary import Field

BASE = """\
casemate: 1
name: x
zones:
  z: {trust: staff}
components:
  m: {kind: model, zone: z, %s}
"""


def system(part):
    return from_text(BASE % part, "m.yaml", {})


def props(part):
    return system(part).components["m"].props


def errors_of(text, words=None):
    with pytest.raises(CasemateError) as caught:
        from_text(text, "m.yaml", words or {})
    return str(caught.value).split("\n")


def read(kind, text):
    reader = Reader("m.yaml")
    tree = parse(f"x: {text}\n", "m.yaml")
    found = reader.fields({"x": Field("x", kind)}, tree, "it")
    return found.get("x"), [str(e) for e in reader.errors]


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "1:30", "010", "1e3", "2026-10-02", "null", "~", "0x1F"])
def test_text_is_text_whatever_it_looks_like(word):
    assert props(f"name: {word}")["name"] == word


def test_a_word_that_yaml_takes_for_a_flag_stays_a_word():
    assert props("auth: none")["auth"] == "none"
    assert [str(e) for e in errors_of(BASE % "auth: no")] == ["m.yaml:6:35: auth is never 'no'; did you mean 'none'?"]


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("no", False), ("true", True), ("False", False)])
def test_a_flag_is_yes_or_no(word, value):
    assert props(f"encrypted: {word}")["encrypted"] is value


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        ("text", "[a]", "a text of at most 4000 characters, none of them a control character"),
        ("text", '"\\e[31mred"', "a text of at most 4000 characters, none of them a control character"),
        ("text", '"\\u202eabc"', "a text of at most 4000 characters, none of them a control character"),
        ("text", "x" * 4001, "a text of at most 4000 characters, none of them a control character"),
        ("id", "-x", "a name of letters, digits, `-`, `_` and `.`"),
        ("id", "a b", "a name of letters, digits, `-`, `_` and `.`"),
        (
            "id",
            "x" * 101,
            "a name of letters, digits, `-`, `_` and `.`: 100 of them at most, and these are 101",
        ),
        ("ref", '"a\\nb"', "a name of letters, digits, `-`, `_` and `.`"),
        ("flag", "on", "yes or no"),
        ("flag", "1", "yes or no"),
        ("date", "2026-13-01", "a date such as 2026-10-02"),
        ("date", "20261002", "a date such as 2026-10-02"),
        ("date", "9999-12-31", "a date such as 2026-10-02"),
        ("count", "1e3", "a whole number"),
        ("count", "-1", "a whole number"),
        ("count", "٣", "a whole number"),
        ("count", "1:30", "a whole number"),
        ("percent", "5", "a share such as 5%"),
        ("percent", "120%", "a share such as 5%"),
        ("period", "90", "a time such as 90 days, a century at most"),
        ("money", "1,5M", "an amount such as 50k"),
        ("money", "€50", "an amount such as 50k"),
        (
            "money-range",
            "0 to 400k",
            "a 90 % interval such as 2k to 400k, from above 0 and at most a million times apart",
        ),
        ("rate", "5", "a rate such as 2 to 50 a year"),
        ("chance", "1 in 0 years", "a frequency such as 1 in 1000 years"),
        ("egress", "closed", "open, none, listed, or a list of names"),
    ],
)
def test_a_wrong_value_says_what_is_due(kind, text, due):
    value, errors = read(kind, text)
    assert value is None
    assert len(errors) == 1
    assert errors[0].startswith("m.yaml:1:4: x is ")
    assert errors[0].endswith(f"; it takes {due}")


@pytest.mark.parametrize("kind", sorted(SCALARS))
@pytest.mark.parametrize(("text", "shown"), [("{a: b}", "a mapping"), ("[a, b]", "a list")])
def test_no_scalar_takes_a_mapping_or_a_list(kind, text, shown):
    if (kind, shown) == ("egress", "a list"):
        return
    value, errors = read(kind, text)
    assert (value, errors) == (None, [f"m.yaml:1:4: x is {shown}; it takes {SCALARS[kind][1]}"])


def test_nothing_said_is_unknown_and_no_error():
    assert "auth" not in props("auth: ")
    assert read("flag", "") == (None, [])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("fromat: pickle", "m.yaml:6:29: m has no field 'fromat'; did you mean 'format'?"),
        ("format: pickel", "m.yaml:6:37: format is never 'pickel'; did you mean 'pickle'?"),
        (
            "format: [pickle]",
            "m.yaml:6:37: format is never a list; it takes one word: pickle, joblib, torch, torchscript, keras, "
            "hdf5, saved-model, onnx or one of 13 more; `casemate catalog show format` shows them all",
        ),
        ("returns: [scores, scroes]", "m.yaml:6:47: returns is never 'scroes'; did you mean 'scores'?"),
        ("contents: clean", "m.yaml:6:29: 'contents' cannot be declared; it is measured by scan"),
        ("recipe: train.py", "m.yaml:6:37: recipe is 'train.py'; write a mapping of code, settings, lock"),
        ("writers: {complete: yes}", "m.yaml:6:38: writers has no 'who'; give it: the actors"),
        ("controls: {x: yes}", "m.yaml:6:43: x is 'yes'; write {since: ..., by: ...}"),
        ("controls: {x: {sinc: 2026-01-01}}", "m.yaml:6:44: x has no field 'sinc'; did you mean 'since'?"),
        (
            'controls: {"a\\nb": {}}',
            "m.yaml:6:40: controls is 'a\\nb'; it takes a name of letters, digits, `-`, `_` and `.`",
        ),
    ],
)
def test_a_component_with_one_mistake_has_one_error(part, said):
    assert errors_of(BASE % part) == [said]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("zones: [a]", "m.yaml:9:8: zones is a list; write a mapping with one entry for each"),
        ("flows: {a: b}", "m.yaml:9:8: flows is a mapping; write a list, one entry a line with `- `"),
        ("flows: [x]", "m.yaml:9:9: 'x' is no flow; write `- a -> b: what is sent`"),
        ("flows: [m->n]", "m.yaml:9:9: 'm->n' is no flow; put spaces around the arrow"),
        ("flows: [[m, n]]", "m.yaml:9:9: an entry of flows is a list; write {from: ..., to: ...}"),
        (
            "flows: [m -> n: {from: a}]",
            "m.yaml:9:9: the flow gives 'from' a second time; the ends stand before the colon",
        ),
        ("measure: scan", "m.yaml:9:10: measure is 'scan'; write a list such as `- scan: scorer`"),
        ("measure: [scan]", "m.yaml:9:11: an entry of measure is 'scan'; write `- <command>: <element or mapping>`"),
        ("owners: {finance: x}", "m.yaml:9:10: owners has no 'finance'; there is data-science, operations, security"),
        ("owners: {security: [a]}", None),
        ("attempts: {publc: 1 a year}", "m.yaml:9:12: attempts has no 'publc'; did you mean 'public'?"),
        ("harms: {outage: much}", None),
        ("harms: {outage: }", None),
        ("appetite: {at most: 5%}", "m.yaml:9:11: appetite has no 'loss'; give it: the loss"),
        ("access: [{who: a}]", None),
        ("<<: {a: b}", None),
        ("actors: {a b: {trust: staff}}", "m.yaml:9:10: 'a b' is no id; it takes a name of letters, digits, `-`, "
         "`_` and `.`"),
        ("actors: {a: staff}", "m.yaml:9:13: a is 'staff'; write a mapping such as {trust: ...}"),
    ],
)  # fmt: skip
def test_a_section_of_a_wrong_form_is_named_once_for_each_mistake(line, said):
    key = line.partition(":")[0]
    parts = ["casemate: 1", "name: x", "zones:", "  z: {trust: staff}", "components:"]
    parts += ["  m: {kind: model, zone: z}", "  n: {kind: model, zone: z}", "", line]
    if key == "zones":
        parts[2:4] = ["", ""]
    found = errors_of("\n".join(parts))
    assert all(e.startswith("m.yaml:9:") for e in found if "which does not exist" not in e)
    if said and key == "zones":
        assert said in found
    elif said:
        assert found == [said]


def test_all_errors_of_a_file_come_at_once_in_the_order_of_their_places():
    text = (
        "casemate: one\ncolour: red\nzones: {z: {trust: staf}}\n"
        "components: {m: {kind: modl, zone: y}}\nflows: [m -> q]\n"
    )
    assert errors_of(text) == [
        "m.yaml:1:1: the file has no 'name'; give it: what the system is called",
        "m.yaml:1:11: casemate is 'one'; it takes a whole number",
        "m.yaml:2:1: the file has no field 'colour'; there is accept, access, actors, allow, appetite, attempts, "
        "casemate, catalog and 16 more",
        "m.yaml:3:20: trust is never 'staf'; did you mean 'staff'?",
        "m.yaml:4:24: kind is never 'modl'; did you mean 'model'?",
        "m.yaml:4:30: m names 'y', which does not exist; there is z",
        "m.yaml:5:9: flow m->q names 'q', which does not exist; there is m",
    ]


def test_too_many_errors_end_the_reading_and_say_so():
    text = BASE % "name: m" + "".join(f"wrong-{i}: x\n" for i in range(5 * MOST_ERRORS))
    with pytest.raises(Problems) as caught:
        from_text(text, "m.yaml", {})
    assert len(caught.value.errors) == MOST_ERRORS + 1
    assert str(caught.value).startswith("m.yaml: has 1,000 errors and more; mend the first ones\nm.yaml:7:1: ")


def test_short_forms_are_long_forms():
    long = BASE % "name: m" + (
        "  n: {kind: service, zone: z}\nflows:\n  - {from: m, to: n, data: text}\nharms: {outage: {loss: 2k to 4k}}\n"
    )
    short = BASE % "name: m" + "  n: {kind: service, zone: z}\nflows:\n  - m -> n: text\nharms: {outage: 2k to 4k}\n"
    one, other = from_text(long, "m", {}), from_text(short, "m", {})
    assert one.flows == other.flows
    assert one.harms == other.harms
    assert one.harms["outage"].loss == Interval(2e3, 4e3)


def test_a_list_of_one_may_be_written_as_a_word():
    assert props("returns: scores")["returns"] == props("returns: [scores]")["returns"] == ("scores",)


def test_an_egress_list_is_kept_as_listed_and_an_empty_one_as_none():
    assert [props(f"egress: {e}")["egress"] for e in ("open", "none", "[a, b]", "[]")] == [
        "open", "none", "listed", "none",
    ]  # fmt: skip


def test_the_words_of_the_catalogue_are_checked_where_they_are_given():
    text = BASE % "name: m" + "harms: {personal-data: {loss: 1k, fine: gdpr-83}}\n"
    assert errors_of(text, {"fines": ("gdpr-83-4",)}) == ["m.yaml:7:41: fine is never 'gdpr-83'; did you mean "
                                                          "'gdpr-83-4'?"]  # fmt: skip
