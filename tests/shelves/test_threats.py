"""Every threat on the shelf, whoever wrote it: it compiles, its examples hold, and it says what a reader needs.

That each line of a rule is needed is in test_threat_clauses.py, what it reaches in test_coverage.py, secrecy in
test_secrecy.py.
"""

from __future__ import annotations

import pytest

from casemate.catalog import controls
from casemate.decompose import decompose
from casemate.define import build
from casemate.identify import identify
from casemate.identify.example import outcome
from casemate.identify.explain import explain, fill
from casemate.identify.rule import ACCIDENT, CAPABILITIES
from threat_files import FILES, cases, countering, each_threat, gives, plain, rule, stable

NOT_SAID = ("unknown", "nobody named", "{", "}")
HELPS_FURTHER = ("takeover", "secrets")
"""Harms that are somebody's way to the next one: code that runs, keys and prompts that are read."""

EACH_EXAMPLE = [(threat, name) for threat in FILES for name in plain(threat)["examples"]]


def test_the_shelf_holds_threats():
    assert len(FILES) > 20


@each_threat
def test_a_threat_compiles(threat):
    assert rule(threat).id == threat


@pytest.mark.parametrize(("threat", "name"), EACH_EXAMPLE, ids=lambda x: x.replace(" ", "-"))
def test_an_example_gives_what_it_says(threat, name):
    case = next(c for c in cases(threat) if c.name == name)
    assert outcome(rule(threat), case.thing) == case.gives


@each_threat
def test_a_threat_shows_when_it_is_open_and_when_it_is_nothing(threat):
    assert {"open", "nothing"} <= gives(threat)


@each_threat
def test_a_stable_threat_shows_what_counters_it(threat):
    if stable(threat):
        assert "countered" in gives(threat)


@each_threat
def test_a_stable_threat_shows_what_it_asks_when_a_fact_is_missing(threat):
    seen = all(c.field.event for c in rule(threat).when)  # of what happened nothing is missing: it was seen or not
    if stable(threat) and rule(threat).about != "system" and not seen:  # all facts of a system are known
        assert "assumed" in gives(threat)


@each_threat
def test_a_stable_threat_whose_success_helps_somebody_further_says_what_it_gives(threat):
    if stable(threat) and rule(threat).attacker != ACCIDENT and rule(threat).harms in HELPS_FURTHER:
        assert rule(threat).gives, f"{threat} ends in {rule(threat).harms}; say which of {CAPABILITIES} that gives"


@each_threat
def test_a_threat_names_only_controls_that_exist(threat):
    named = {*rule(threat).countered_by, *countering(rule(threat))}
    assert named <= controls.controls().keys()


@each_threat
def test_what_counters_a_threat_stands_among_its_countermeasures(threat):
    assert countering(rule(threat)) <= set(rule(threat).countered_by)


@each_threat
def test_the_sentence_of_an_open_example_is_complete(threat):
    for case in cases(threat):
        if case.gives == "open":
            said = [explain(rule(threat), case.thing).because, fill(rule(threat).title, case.thing, {})]
            assert not [s for s in said if any(gap in s for gap in NOT_SAID)]


@each_threat
def test_a_title_names_the_element(threat):
    assert "{id}" in rule(threat).title or rule(threat).about == "system"


@each_threat
def test_a_threat_says_when_it_is_a_false_alarm(threat):
    assert rule(threat).false_alarms


TIDY = """
casemate: 1
name: Demand forecast
owners: {security: s@x.example, data-science: d@x.example, operations: o@x.example}
review: {every: 90 days}
zones: {office: {trust: staff}}
actors: {planner: {trust: staff, zone: office}, engineer: {trust: staff, zone: office}}
components:
  sales: {kind: dataset, zone: office, lineage: complete, writers: {who: engineer, complete: yes}}
  training: {kind: training, zone: office, pinned: yes, sources: single, auth: sso}
  registry: {kind: model-registry, zone: office, signed: yes, writers: {who: engineer, complete: yes}}
  engine: {kind: inference, zone: office, runs: forecast, logs: [request, client, model-digest]}
  forecast: {kind: model, zone: office, format: onnx, decides: advice, on client: no, retrains: monthly, validated: yes}
  log: {kind: log-store, zone: office, writers: {who: engineer, complete: yes}}
  monitor: {kind: monitor, zone: office, checks: schema}
flows:
  - sales -> training
  - training -> registry
  - registry -> engine
  - {from: planner, to: engine, encrypted: yes}
  - engine -> log
  - log -> monitor
"""


def test_a_tidy_system_of_colleagues_has_no_open_threat():
    parts = decompose(build.from_text(TIDY, "tidy.yaml", {}), {})
    assert [f.id for f in identify(parts, map(rule, FILES)) if f.outcome == "open"] == []
