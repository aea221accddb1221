"""An assessment as one role reads it: its part under the whole system's verdict."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.cli._output import FOR_PEOPLE, formats, rendered
from casemate.report.view.asking import NOT_WORTH, best_test, next_tests, questions
from casemate.report.view.reader import note, nothing, read_by
from casemate.report.view.story import story
from strategies import assessed, documents, seeded

ROLES = st.sampled_from(["security", "data-science", "operations"])


@given(documents(), ROLES)
def test_a_part_is_what_the_role_owns_and_the_head_is_of_the_whole(doc, role):
    a = assessed(doc)
    part = read_by(a, role)
    assert {r.found.rule.asked_of for r in part.threats} <= {role}
    assert {x.owner for x in part.treatment.actions} <= {role}
    assert {q.role for q in part.questions} | {t.role for t in part.tests} <= {role}
    assert part.gate == a.gate
    whole, told = story(a), story(part)
    for name in ("verdict", "tone", "sentence", "chance", "money", "basis", "cells", "totals", "curves"):
        assert getattr(told, name) == getattr(whole, name)
    assert (whole.reader, bool(told.reader)) == ("", True)


@given(documents())
def test_the_parts_of_all_roles_together_are_the_whole(doc):
    a = assessed(doc)
    parts = [read_by(a, role) for role in ("security", "data-science", "operations")]
    assert sorted(r.id for p in parts for r in p.threats) == sorted(r.id for r in a.threats)
    assert sum(len(p.treatment.actions) for p in parts) == len(a.treatment.actions)
    assert sum(len(p.questions) for p in parts) == len(a.questions)


def test_one_line_says_how_much_is_left_out():
    a = assessed(seeded(3))
    part = read_by(a, "security")
    counts = [
        (len(part.threats), len(a.threats)),
        (len(part.treatment.actions), len(a.treatment.actions)),
        (len(part.questions), len(a.questions)),
    ]
    told = note(part)
    assert told.startswith("As Security reads it: ")
    assert told.endswith("Verdict, gate and money are those of the whole system.")
    for mine, all_ in counts:
        assert f"{mine} of {all_} " in told
    assert (note(a), nothing(a)) == ("", "")


@pytest.mark.parametrize("role", ["security", "data-science", "operations"])
@pytest.mark.parametrize("seed", range(6))
def test_every_link_of_a_partial_page_leads_somewhere(role, seed):
    text = rendered(assessed(seeded(seed)), "html", role)
    assert not set(re.findall(r'href="#([^"]*)"', text)) - set(re.findall(r'\sid="([^"]*)"', text))
    assert "reads it: " in text


@pytest.mark.parametrize("name", formats())
def test_what_machines_read_is_whole_for_every_owner(name):
    a = assessed(seeded(3))
    same = rendered(a, name, "security") == rendered(a, name)
    assert same is (name not in FOR_PEOPLE)


@given(documents(), st.none() | ROLES)
def test_every_question_and_every_test_has_words(doc, role):
    a = assessed(doc)
    asked, tests = questions(a, role), next_tests(a, role)
    assert sum(1 for q in a.questions if role in (None, q.role)) >= len(asked)
    for e in (*asked, *tests):
        assert e.text.strip()
        assert all(line.strip() and "{id}" not in line and "{from}" not in line for line in (e.text, *e.below))
    assert best_test(a) in ("", NOT_WORTH) or best_test(a).startswith("The best next test: ")


def test_the_same_question_about_several_elements_is_put_once():
    models = {f"m{i}": {"kind": "llm", "zone": "cloud"} for i in range(3)}
    flows = [{"from": "visitor", "to": m} for m in models]
    doc = {
        "casemate": "1", "name": "n", "zones": {"cloud": {"trust": "staff"}, "net": {"trust": "public"}},
        "actors": {"visitor": {"trust": "public", "zone": "net"}}, "components": models, "flows": flows,
    }  # fmt: skip
    a = assessed(doc)
    (e,) = [e for e in questions(a) if e.text.startswith("Is the spending of m0 capped?")]
    assert e.below[0] == "The same of m1 and m2."
