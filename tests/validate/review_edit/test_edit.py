"""One fact more in a file: what is added stands where a person would put it, and nothing else moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.core.yamltree import parse
from casemate.define.build import from_text
from casemate.validate.review_edit.edit import meaning, set_fact
from casemate.validate.review_edit.spans import spans
from strategies import documents, plain_fields, text_of
from strategies import value as any_value

HEAD = "casemate: 1\nzones: {z: {trust: staff}}\n"


def added(text, keys, value):
    """The lines that are others, and the line that is told."""
    made = set_fact(text, "a.yaml", keys, value)
    old, new = text.splitlines(keepends=True), made.text.splitlines(keepends=True)
    told = new[made.line - 1]
    assert made.said.split(": ", 1)[1] in told
    return [x for x in old if x not in new], [x for x in new if x not in old]


@pytest.mark.parametrize(
    ("component", "gone", "new"),
    [
        ("  api: {kind: endpoint, zone: z}   # ours\n", True, "  api: {kind: endpoint, zone: z, auth: sso}   # ours\n"),
        ("  api: {kind: endpoint, zone: z,}\n", True, "  api: {kind: endpoint, zone: z, auth: sso,}\n"),
        ("  api:\n    kind: endpoint # ours\n    zone: z  # here\n  # tail\n", False, "    auth: sso\n"),
        ("  api:\n    kind: endpoint\n    zone: z\n    controls:\n      waf: {by: a}\n", False, "    auth: sso\n"),
        ("  api:\n    kind: endpoint\n    zone: z\n    auth:\n", True, "    auth: sso\n"),
        ("  api:\n    kind: endpoint\n    zone: z\n    auth:   # who?\n", True, "    auth: sso   # who?\n"),
        ("  api:\n    kind: endpoint\n    zone: z\n    auth: none # todo\n", True, "    auth: sso # todo\n"),
        ("  api:\n    kind: endpoint\n    zone: z\n    means: |\n      long\n      text\n\n", False, "    auth: sso\n"),
        ("  api:\r\n    kind: endpoint\r\n    zone: z\r\n", False, "    auth: sso\r\n"),
        ("  api:\n    kind: endpoint\n    zone: z", False, "    auth: sso\n"),
    ],
)
def test_a_fact_of_a_component_stands_with_its_short_facts(component, gone, new):
    lost, found = added(f"{HEAD}components:\n{component}", ("components", "api", "auth"), "sso")
    assert new in found
    assert bool(lost) == (gone or not component.endswith("\n"))


def test_it_stands_before_what_is_nested():
    text = f"{HEAD}components:\n  api:\n    kind: endpoint\n    zone: z\n    controls:\n      waf: {{by: a}}\n"
    made = set_fact(text, "a.yaml", ("components", "api", "auth"), "sso")
    assert made.text.endswith("    zone: z\n    auth: sso\n    controls:\n      waf: {by: a}\n")
    assert made.line == 7


ASKED = "How does a caller of api prove who they are?"
DRAFT = f"""{HEAD}components:
  api:
    kind: endpoint   # app.py:1
    zone: z
    # unknown: auth: {ASKED}
    # unknown: logs: What does api log?
    # unknown: auth: ask bob
  web:
    kind: endpoint
    zone: z
    # unknown: auth: {ASKED}
"""


def test_the_question_of_a_draft_goes_with_its_answer_and_no_other_comment():
    made = set_fact(DRAFT, "a.yaml", ("components", "api", "auth"), "sso", ASKED)
    assert made.text == DRAFT.replace(f"    # unknown: auth: {ASKED}\n", "    auth: sso\n", 1)
    assert made.text.split("\n")[made.line - 1] == "    auth: sso"
    assert set_fact(DRAFT, "a.yaml", ("components", "api", "auth"), "sso").text.count("# unknown") == 4
    other = DRAFT.replace(f"    # unknown: auth: {ASKED}\n", "", 1)  # another component's question is not ours
    assert set_fact(other, "a.yaml", ("components", "api", "auth"), "sso", ASKED).text.count("# unknown") == 3


def test_the_question_about_the_whole_system_goes_too():
    ask = "What does the system decide or do?"
    text = f"casemate: 1\nname: a\n# unknown: purpose: {ask}\n\nzones: {{z: {{trust: staff}}}}\n"
    made = set_fact(text, "a.yaml", ("purpose",), "it lends", ask)
    assert made.text == "casemate: 1\nname: a\npurpose: it lends\n\nzones: {z: {trust: staff}}\n"


@pytest.mark.parametrize(
    ("flow", "after"),
    [
        ("- a -> b\n", "- a -> b: {encrypted: yes}\n"),
        ("- a -> b: a label   # why\n", "- a -> b: {data: a label, encrypted: yes}   # why\n"),
        ("- a -> b: one, two\n", '- a -> b: {data: "one, two", encrypted: yes}\n'),
        ("- a -> b: {data: x}\n", "- a -> b: {data: x, encrypted: yes}\n"),
        ("- {from: a, to: b}\n", "- {from: a, to: b, encrypted: yes}\n"),
        ("- from: a\n    to: b\n", "- from: a\n    to: b\n    encrypted: yes\n"),
        ("- a -> b:\n", "- a -> b: {encrypted: yes}\n"),
        ("- a -> b:\n      data: x\n", "- a -> b:\n      data: x\n      encrypted: yes\n"),
        ("- a -> b: {encrypted: no}\n", "- a -> b: {encrypted: yes}\n"),
    ],
)
def test_a_fact_of_a_flow_keeps_its_label(flow, after):
    text = f"{HEAD}flows:\n  - b -> a: back\n  {flow}  - c -> d\n"
    made = set_fact(text, "a.yaml", ("flows", "a->b", "encrypted"), "yes")
    assert made.text == f"{HEAD}flows:\n  - b -> a: back\n  {after}  - c -> d\n"


def test_a_flow_with_an_id_of_its_own_is_found_by_it():
    text = "flows:\n  - a -> b\n  - a -> b: {id: second}\n"
    made = set_fact(text, "a.yaml", ("flows", "second", "signed"), "no")
    assert made.text == "flows:\n  - a -> b\n  - a -> b: {id: second, signed: no}\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("sso", "sso"),
        (("request", "client"), "[request, client]"),
        ((), "[]"),
        ({"who": ("a", "b"), "complete": "yes"}, "{who: [a, b], complete: yes}"),
        ("it: is, {odd}", '"it: is, {odd}"'),
        ("# no comment", '"# no comment"'),
    ],
)
def test_what_reads_as_itself_is_not_quoted(value, shown):
    text = "components:\n  api: {kind: endpoint}\n"
    assert set_fact(text, "a.yaml", ("components", "api", "x"), value).text == (
        f"components:\n  api: {{kind: endpoint, x: {shown}}}\n"
    )


def test_a_fact_inside_a_mapping_is_put_into_the_one_that_is_there():
    keys = ("components", "m", "provider", "trains on ours")
    with_one = "components:\n  m: {kind: llm, provider: {model: x}}\n"
    assert set_fact(with_one, "a", keys, "no").text == (
        "components:\n  m: {kind: llm, provider: {model: x, trains on ours: no}}\n"
    )
    without = "components:\n  m:\n    kind: llm\n"
    assert set_fact(without, "a", keys, "no").text == (
        "components:\n  m:\n    kind: llm\n    provider: {trains on ours: no}\n"
    )


def test_the_day_of_the_review_is_written_whatever_form_it_has():
    keys, day = ("review", "last"), "2026-11-23"
    assert set_fact("review: {every: 90 days}\na: 1\n", "a", keys, day).text == (
        "review: {every: 90 days, last: 2026-11-23}\na: 1\n"
    )
    assert set_fact("review: {last: 2026-01-01} # q\n", "a", keys, day).text == "review: {last: 2026-11-23} # q\n"
    assert set_fact("name: x\nzones:\n  z: {}\n", "a", keys, day).text == (
        "name: x\nreview: {last: 2026-11-23}\nzones:\n  z: {}\n"
    )


def test_a_value_over_several_lines_is_left_to_its_author():
    text = "components:\n  api:\n    kind: store\n    writers:\n      - a\n      - b\n"
    with pytest.raises(CasemateError) as caught:
        set_fact(text, "a.yaml", ("components", "api", "writers"), ("a",))
    assert str(caught.value) == "a.yaml:4:5: writers is written over several lines; change it in your editor"


def test_what_is_gone_is_no_place_to_write_to():
    with pytest.raises(CasemateError, match=r"a\.yaml: has no 'api' any more; begin again"):
        set_fact("components: {b: {kind: host}}\n", "a.yaml", ("components", "api", "auth"), "sso")


def test_a_text_that_keeps_its_blank_lines_is_refused_where_a_line_more_would_change_it():
    text = "components:\n  api:\n    means: |+\n      a\n\n\n"
    with pytest.raises(CasemateError, match="is written in a way that 'auth' cannot be added to"):
        set_fact(text, "a.yaml", ("components", "api", "auth"), "sso")


def test_a_mark_at_the_beginning_stays():
    text = "\ufeffcomponents: {b: {kind: host}}\n"
    made = set_fact(text, "a.yaml", ("components", "b", "patched"), "yes").text
    assert made == "\ufeffcomponents: {b: {kind: host, patched: yes}}\n"


@given(documents(), st.data())
def test_the_file_says_what_it_said_and_the_new_fact_and_every_other_line_stays(doc, data):
    text = text_of(doc)
    cid = data.draw(st.sampled_from(sorted(doc["components"])))
    f = data.draw(st.sampled_from([f for f in plain_fields() if f.type in ("word", "words", "flag")]))
    given_value = any_value(lambda items: data.draw(st.sampled_from(list(items))), f)
    value = tuple(given_value) if isinstance(given_value, list) else str(given_value)
    made = set_fact(text, "a.yaml", ("components", cid, f.name), value)
    was, now = (from_text(t, "a.yaml", {"fines": ()}) for t in (text, made.text))
    for other in was.components.keys() - {cid}:
        assert now.components[other].props == was.components[other].props
    assert {k: v for k, v in now.components[cid].props.items() if k != f.name} == {
        k: v for k, v in was.components[cid].props.items() if k != f.name
    }
    assert now.flows == was.flows
    assert f.name in now.components[cid].props
    old, new = text.split("\n"), made.text.split("\n")
    assert len(new) - len(old) in (0, 1)
    same = [x for i, x in enumerate(new) if i != made.line - 1]
    assert same == old or same == [x for i, x in enumerate(old) if i != made.line - 1]


@given(documents())
def test_spans_begin_where_the_reader_says_and_hold_the_value(doc):
    text = text_of(doc)
    tree, node = parse(text, "a"), spans(text)
    assert [k.text for k in node.keys] == list(tree)
    assert meaning(parse(text[: node.end], "a")) == meaning(tree)
