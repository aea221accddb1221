"""What to write to answer a question: the line, and the place where it stands."""

from __future__ import annotations

import copy

import pytest

from casemate.define.vocabulary import vocabulary
from casemate.report import html, markdown
from casemate.report.view.answer import answer
from casemate.report.view.asking import questions
from casemate.validate.questions import Question
from strategies import assessed, only, system_of

DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}},
    "components": {
        "m": {"kind": "model", "zone": "cloud"},
        "file": {"kind": "model", "zone": "cloud", "path": "m.pkl"},
        "s": {"kind": "store", "zone": "cloud"},
    },
    "flows": [{"from": "s", "to": "m"}, {"from": "s", "to": "m", "id": "again"}],
}


def asked(name, element, kind="say"):
    return answer(system_of(DOC), Question(f"{name}@{element}", kind, "?", "security", (), (), 0.0, (), ""))


@pytest.mark.parametrize(
    ("name", "element", "said"),
    [
        ("proprietary", "m", "Write `proprietary: yes|no` under components > m."),
        ("decides", "m", "Write `decides: gate|advice` under components > m."),
        (
            "returns",
            "m",
            "Write `returns: [decision|labels|scores|embeddings|text|explanations|gradients]` under components > m "
            "(one word or several).",
        ),
        (
            "format",
            "m",
            "Write `format: pickle|joblib|torch|torchscript|keras|hdf5|...` under components > m; "
            "`casemate catalog show format` lists all words.",
        ),
        (
            "writers",
            "s",
            "Write `writers: {who: [ids of actors or zones], complete: yes|no}` under components > s.",
        ),
        ("trained on", "m", "Write `trained on: [ids of components]` under components > m."),
        ("egress", "m", "Write `egress: open|none|[destinations]` under components > m."),
        ("base origin", "m", "Write `base: {origin: own|partner|public}` under components > m."),
        ("provider trains", "m", "Write `provider: {trains on ours: yes|no}` under components > m."),
        ("remembers", "m", "Write `keeps memory: none|thread|persistent` under components > m."),
        ("encrypted", "s", "Write `encrypted: yes|no` under components > s."),
        ("encrypted", "s->m", "Write `- s -> m: {encrypted: yes|no}` under flows."),
        ("encrypted", "again", "Write `- s -> m: {id: again, encrypted: yes|no}` under flows."),
        (
            "contents",
            "file",
            "Only a measurement says it: add `- scan: file` under measure, and run `casemate assess --measure`.",
        ),
        (
            "contents",
            "m",
            "Only a measurement says it: give the `path:` of m, then add `- scan: m` under measure, and run "
            "`casemate assess --measure`.",
        ),
    ],
)
def test_an_answer_is_a_line_and_its_place(name, element, said):
    assert asked(name, element) == said


def test_what_is_declared_already_waits_for_a_measurement_and_not_for_a_line():
    assert asked("format", "m", "prove") == ""


@pytest.mark.parametrize("name", sorted(n for n, f in vocabulary().component.items() if f.question))
def test_every_field_that_is_asked_for_has_an_answer(name):
    assert asked(name, "m")


@pytest.mark.parametrize("name", sorted(n for n, f in vocabulary().about["component"].items() if f.question))
def test_every_derived_fact_that_is_asked_for_has_one_too(name):
    assert asked(name, "m")


RULE = "about: model\nattacker: public\nwhen: {proprietary: yes}\n"


def one():
    doc = copy.deepcopy(DOC)
    del doc["components"]["file"]
    return assessed(doc, of=only(RULE))


def test_it_stands_below_the_question_in_every_report():
    a = one()
    (e,) = questions(a)
    assert e.below[-1] == "Write `proprietary: yes|no` under components > m."
    assert "Write <code>proprietary: yes|no</code> under components &gt; m." in html.render(a, ())
    assert "\n  Write <code>proprietary: yes&#124;no</code> under components &#62; m." in markdown.render(a)
