"""Law 6: same input, same bytes; the order of the file does not matter; an edit elsewhere redraws nothing."""

from __future__ import annotations

import copy
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from casemate.assess import assess
from casemate.report import json as report
from casemate.report.json import document
from casemate.validate.policy import read_policy
from strategies import assessed, documents, evidence_of, parts_of, record, seeded, shelf, system_of, trial

SEEDS = st.integers(0, 10_000)


def records(doc):
    return [
        record(
            c, facts={"signed": False}, trials=(trial("model-extraction", i, 3), trial("unsafe-artifact-load", 0, i))
        )
        for i, (c, p) in enumerate(doc["components"].items())
        if "path" in p
    ]


def estimates(a):
    return {r.id: (r.found.outcome, r.estimates, r.frequency, r.severity) for r in a.risks.risks}


@given(documents())
def test_the_same_inputs_give_the_same_bytes(doc):
    assert report.render(assessed(doc, *records(doc))) == report.render(assessed(doc, *records(doc)))


@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_and_of_the_evidence_does_not_matter(doc, rng):
    shuffled = copy.deepcopy(doc)
    for section in ("zones", "actors", "components"):
        keys = list(doc.get(section, ()))
        rng.shuffle(keys)
        shuffled |= {section: {k: doc[section][k] for k in keys}} if keys else {}
    lines = records(doc)
    a = assessed(doc, *lines)
    rng.shuffle(lines)
    b = assessed(shuffled, *lines)
    assert estimates(a) == estimates(b)
    assert {v: y.mean for v, y in a.risks.years.items()} == {v: y.mean for v, y in b.risks.years.items()}
    assert (a.gate.passed, a.gate.exit_code) == (b.gate.passed, b.gate.exit_code)
    assert {q.id for q in a.questions} == {q.id for q in b.questions}
    assert [(x.control, x.at, x.do) for x in a.treatment.actions] == [
        (x.control, x.at, x.do) for x in b.treatment.actions
    ]


@given(documents())
def test_an_unrelated_zone_and_component_change_no_id_and_no_other_estimate(doc):
    more = copy.deepcopy(doc)
    more["zones"]["basement"] = {"trust": "staff"}
    more["components"]["aaa-first"] = {"kind": "endpoint", "zone": "basement", "auth": "none", "patched": "no"}
    a, b = assessed(doc, *records(doc)), assessed(more, *records(doc))
    now = estimates(b)
    assert {i: now[i] for i in estimates(a)} == estimates(a)
    assert {i.partition("@")[2] for i in now.keys() - estimates(a).keys()} <= {"aaa-first"}


def test_another_seed_changes_the_spread_a_little_and_no_expectation():
    for seed in range(5):
        doc = seeded(seed)
        a, b = assessed(doc), assessed(doc, seed=seed + 1)
        for view, years in a.risks.years.items():
            assert years.mean == b.risks.years[view].mean or abs(years.mean / b.risks.years[view].mean - 1) < 0.03
        for x, y in zip(
            sorted(a.risks.risks, key=lambda r: r.id), sorted(b.risks.risks, key=lambda r: r.id), strict=True
        ):
            assert x.estimates["current"].mean == y.estimates["current"].mean
            if x.current:
                assert 0.8 < x.estimates["current"].p95 / y.estimates["current"].p95 < 1.25


def test_ids_are_made_of_the_rule_and_the_element_alone():
    a = assessed(seeded(3))
    assert [r.id for r in a.risks.risks] == [f"{r.found.rule.id}@{r.found.element}" for r in a.risks.risks]


def test_the_order_of_threats_on_the_shelf_does_not_matter():
    doc = seeded(4)
    threats = list(shelf().threats)
    random.Random(1).shuffle(threats)
    shuffled = replace(shelf(), threats=tuple(threats))
    system = system_of(doc)
    a, b = assessed(system), assess(system, evidence_of(system), shuffled, read_policy(), a_day())
    assert document(a) == document(b)


def a_day():
    return assessed(seeded(4)).today


@given(SEEDS)
def test_decomposing_changes_nothing_in_the_system(seed):
    doc = seeded(seed)
    system = system_of(doc)
    before = repr(system)
    parts_of(system, *records(doc))
    assert repr(system) == before
