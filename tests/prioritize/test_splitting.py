"""Attempts belong to (attacker, goal, asset), never to a threat: splitting a rule in two changes no total."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.assess import assess
from casemate.catalog.load import RawThreat
from casemate.core.yamltree import Map
from casemate.evidence.statement import ControlResult
from casemate.prioritize.standing import VIEWS
from casemate.validate.policy import read_policy
from strategies import TODAY, assessed, controls_of, documents, evidence_of, only, record, rule, shelf, system_of, trial


def twice(catalog):
    """The same catalogue with a second file for each threat: another id, the same conditions."""
    from dataclasses import replace

    copies = []
    for raw in catalog.threats:
        tree = Map({**raw.tree, "id": f"{raw.tree['id']}-again"})
        tree.at, tree.marks = raw.tree.at, raw.tree.marks
        copies.append(RawThreat(raw.path, tree))
    return replace(catalog, threats=(*catalog.threats, *copies))


TWICE = twice(shelf())


@settings(max_examples=25)
@given(documents())
def test_splitting_every_rule_in_two_changes_no_total(doc):
    system = system_of(doc)
    evidence = evidence_of(system)
    one = assess(system, evidence, shelf(), read_policy(), TODAY)
    two = assess(system, evidence, TWICE, read_policy(), TODAY)
    assert len(two.risks.risks) == 2 * len(one.risks.risks)
    for view in VIEWS:
        assert two.risks.years[view].mean == pytest.approx(one.risks.years[view].mean, rel=1e-9)
        assert two.risks.years[view].above(1e6) == one.risks.years[view].above(1e6)


@settings(max_examples=10)
@given(documents())
def test_nor_does_it_change_the_price_of_a_threat_but_closing_one_of_two_equal_ways_saves_nothing(doc):
    one = {r.id: r for r in assessed(doc).risks.risks}
    two = {r.id: r for r in assessed(doc, of=TWICE).risks.risks}
    for i, r in one.items():
        assert two[i].estimates == r.estimates
        assert two[i].own == 0
        assert r.own <= r.current * 1.001 + 1e-6


DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {"m": {"kind": "model", "zone": "cloud", "path": "m", "exposed to": ["internet"]}},
}
WAY = "about: model\nwhen: {reached by any: {trust below: trust}}\ncountered by: [query-quota]\n"


def total(*rules, evidence=()):
    return assessed(DOC, *evidence, of=only(*rules)).risks.years["current"].mean


def test_a_second_way_to_the_same_goal_adds_less_than_its_price_and_one_to_another_goal_adds_it_all():
    alone, other = total(WAY), total(WAY + "harms: outage\n")
    assert total(WAY, WAY + "harms: outage\n") == pytest.approx(alone + other, rel=1e-9)
    assert alone <= total(WAY, WAY + "maturity: realized\n") < alone + total(WAY + "maturity: realized\n")


def test_what_is_measured_of_one_way_moves_the_total_to_the_better_one():
    held = record("m", trials=(trial("r0", 0, 500),))
    assert total(WAY, evidence=(held,)) < 0.1 * total(WAY)
    assert total(WAY, WAY, evidence=(held,)) == pytest.approx(total(WAY), rel=0.02)


@given(st.integers(0, 30), st.integers(0, 30))
def test_the_total_follows_the_evidence_of_a_single_way(broken, held):
    b = record("m", trials=(trial("r0", broken, held),))
    (r,) = assessed(DOC, b, of=only(WAY)).risks.risks
    assert total(WAY, evidence=(b,)) == pytest.approx(r.current, rel=0.005)


def test_a_control_on_one_way_leaves_the_other():
    seen = controls_of([ControlResult("query-quota", None, True)], "m", kind="probe")
    free = WAY.replace("query-quota", "label-only-output")
    assert total(WAY, evidence=(seen,)) < total(WAY)
    assert total(WAY, free, evidence=(seen,)) == pytest.approx(total(free), rel=1e-9)
    assert rule(WAY).countered_by == ("query-quota",)
