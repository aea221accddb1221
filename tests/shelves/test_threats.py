"""Every threat on the shelf, whoever wrote it: it compiles, its examples hold, and each clause is needed.

A rule is changed here as its author would: a clause is struck from the file's text, and the file is read again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from casemate.catalog import controls, load
from casemate.catalog.load import RawThreat
from casemate.core import shelf
from casemate.core.yamltree import parse
from casemate.decompose import decompose
from casemate.define import build
from casemate.identify import identify
from casemate.identify.example import Example, examples, outcome
from casemate.identify.explain import explain, fill
from casemate.identify.rule import Rule, compile_rule

FILES = {p.stem: p for p in shelf.files("catalog/threats")}
SECRECY = re.compile(r"obscur|hidden|hides|secrecy|unpublished|undisclosed|security-through")
NOT_SAID = ("unknown", "nobody named", "{", "}")

each_threat = pytest.mark.parametrize("threat", sorted(FILES))


@cache
def rule(threat: str) -> Rule:
    return compile_rule(next(raw for raw in load.threats() if raw.tree.get("id") == threat))


@cache
def cases(threat: str) -> tuple[Example, ...]:
    return tuple(examples(rule(threat)))


def gives(threat: str) -> set[str]:
    return {case.gives for case in cases(threat)}


@cache
def plain(threat: str) -> dict[str, Any]:
    """The file as plain text and dicts."""
    return yaml.load(FILES[threat].read_text("utf-8"), yaml.BaseLoader)  # noqa: S506  makes texts only


def lines(clauses: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every line under `when`, those inside lists included, as the keys that lead to it."""
    for key, inside in clauses.items():
        yield (*above, key)
        if isinstance(inside, dict):
            yield from lines(inside, (*above, key))


def without(threat: str, line: tuple[str, ...]) -> Rule:
    """The rule with one line struck out."""
    tree = copy.deepcopy(plain(threat))
    clauses = tree["when"]
    for key in line[:-1]:
        clauses = clauses[key]
    del clauses[line[-1]]
    tree["when"] = tree["when"] or {"id not": "nothing is called so"}
    tree.setdefault("attacker", "public")  # the struck line may have named the only actor
    found = parse(yaml.dump(tree, default_style='"', sort_keys=False), f"{threat}.yaml")
    return compile_rule(RawThreat(f"{threat}.yaml", found))


EACH_EXAMPLE = [(threat, name) for threat in FILES for name in plain(threat)["examples"]]
EACH_CLAUSE = [(threat, (key,)) for threat in FILES for key in plain(threat)["when"]]


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
    if rule(threat).status == "stable":
        assert "countered" in gives(threat)


@each_threat
def test_a_stable_threat_shows_what_it_asks_when_a_fact_is_missing(threat):
    if rule(threat).status == "stable" and rule(threat).about != "system":  # all facts of a system are known
        assert "assumed" in gives(threat)


@pytest.mark.parametrize(("threat", "clause"), EACH_CLAUSE, ids=lambda x: "-".join([x] if isinstance(x, str) else x))
def test_every_clause_of_a_threat_is_needed(threat, clause):
    changed = without(threat, clause)
    assert any(outcome(changed, case.thing) != case.gives for case in cases(threat)), (
        f"no example of {threat} would notice that {clause[-1]!r} is gone; add one that it rules out"
    )


@each_threat
def test_a_threat_names_only_controls_that_exist(threat):
    named = {*rule(threat).countered_by, *countering(rule(threat))}
    assert named <= controls.controls().keys()


@each_threat
def test_what_counters_a_threat_stands_among_its_countermeasures(threat):
    assert countering(rule(threat)) <= set(rule(threat).countered_by)


@each_threat
def test_only_proven_controls_counter_a_threat(threat):
    assert {c.field.name for c in rule(threat).unless} <= {"control"}


@each_threat
def test_a_threat_maps_to_ids_that_exist(threat):
    known = load.taxonomies()
    for key, ids in rule(threat).maps.items():
        if key in known:
            assert set(ids) <= known[key].names.keys(), key


@each_threat
def test_no_threat_rests_on_secrecy(threat):
    asked = [*(" ".join(line) for line in lines(plain(threat)["when"])), *countering(rule(threat))]
    assert not [words for words in asked if SECRECY.search(words)]


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


def countering(r: Rule) -> set[str]:
    return {word for c in r.unless if c.field.name == "control" for word in c.want}
