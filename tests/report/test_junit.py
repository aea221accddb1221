"""JUnit: no failure and no error means that the gate passed; only what is countered passes."""

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.report import junit
from casemate.validate.baseline import hold, taken
from scoring import BROKEN, CLEAN, SCORING
from strategies import TODAY, assessed, seeded

KEYS = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id"},
    "testcase": {"name", "assertions", "time", "classname", "status"},
    "skipped": {"type", "message"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
}
INSIDE = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {"skipped", "failure", "error"}}
NEEDED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name", "classname"}}


def read(a):
    """The document, held against the form that Jenkins publishes (junit-10.xsd): elements, attributes, counts."""
    root = ET.fromstring(junit.render(a))  # noqa: S314  (our own text)
    assert root.tag == "testsuites"
    for e in root.iter():
        assert e.attrib.keys() <= KEYS[e.tag]
        assert e.attrib.keys() >= NEEDED.get(e.tag, set())
        assert {c.tag for c in e} <= INSIDE.get(e.tag, set())
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert name not in e.attrib or int(e.get(name)) == len(list(e.iter(tag)))
    return root


def cases(a, tag):
    return [c.get("classname") + "." + c.get("name") for c in read(a).iter("testcase") if c.find(tag) is not None]


@given(st.integers(0, 60))
def test_no_failure_and_no_error_means_that_the_gate_passed(seed):
    a = assessed(seeded(seed))
    root = read(a)
    assert (root.get("failures") == root.get("errors") == "0") == a.gate.passed


@given(st.integers(0, 60))
def test_every_threat_is_one_case_and_only_what_is_countered_passes(seed):
    a = assessed(seeded(seed))
    suite = read(a)[1]
    assert len(suite) == len(a.threats)
    passed = {f"{c.get('name')}@{c.get('classname').removeprefix('threats.')}" for c in suite if not len(c)}
    assert passed <= {r.id for r in a.of("countered")}


@given(st.integers(0, 40))
def test_every_reason_of_the_gate_is_told_once_by_its_rule(seed):
    a = assessed(seeded(seed), BROKEN)
    told = [line for c in read(a)[0] for x in c for line in x.text.split("\n")]
    assert sorted(told) == sorted(f"{r.what}; {r.todo}" for r in a.gate.reasons)


def test_what_stops_a_release_fails_and_missing_evidence_is_an_error():
    a = assessed(SCORING, BROKEN)
    assert cases(a, "failure") == ["policy.fails-on.open-measured", "threats.scorer.model-extraction"]
    assert cases(a, "error") == ["policy.requires.a scan of every model and llm"]
    assert cases(assessed(SCORING, BROKEN, CLEAN), "error") == []


def test_a_case_says_why():
    a = assessed(SCORING, BROKEN)
    (found,) = [c[0] for c in read(a).iter("testcase") if c.get("name") == "model-extraction"]
    assert found.get("message") == "model-extraction@scorer is open, and evidence shows it"
    assert found.text.split("\n") == [
        a.system.line("components", "scorer"),
        "Somebody outside can copy scorer by asking it often enough",
        "visitor can query it, every answer is a training row for a copy, and a copy is worth something",
        "Weak: 3 of 4 campaigns broke it",
        "casemate why model-extraction@scorer",
    ]


def test_what_stops_nothing_is_skipped_with_its_reason():
    a = assessed(SCORING, CLEAN)
    skipped = {c.get("name"): c[0].get("message") for c in read(a).iter("testcase") if c.find("skipped") is not None}
    assert re.fullmatch("Open, (critical|high|medium|low); it stops no release", skipped["model-extraction"])
    accepted = {"threat": "model-extraction@scorer", "reason": "public", "owner": "Ada", "until": "2027-01-01"}
    a = assessed({**SCORING, "accept": [accepted]}, CLEAN)
    (x,) = [c[0] for c in read(a).iter("testcase") if c.get("name") == "model-extraction"]
    assert x.get("message") == "Accepted: by Ada until 2027-01-01: public"


def test_what_a_baseline_holds_is_skipped():
    a = assessed(SCORING, BROKEN, CLEAN)
    held = hold(a, taken(a, "Ada", TODAY + timedelta(days=9), "b.yaml"))
    (x,) = [c[0] for c in read(held).iter("testcase") if c.get("name") == "model-extraction"]
    assert (x.tag, x.get("message")) == ("skipped", "Open, in the baseline of Ada until 2026-11-11")
    assert read(held).get("failures") == "0"


@pytest.mark.parametrize("text", ["]]><x/>", "a & b < c", "\x00\ud800\uffff", "é 日本"])
def test_any_text_stays_text(text):
    assert read(
        assessed({**SCORING, "name": text.replace("\x00", "").replace("\ud800", "").replace("\uffff", "") or "x"})
    )
