"""What was measured of lineage reaches the threats: bad news opens them, a check that holds closes them."""

from datetime import date

import pytest
from lineage_project import INTO

from casemate.assess import assess
from casemate.define.build import from_text
from casemate.evidence import measure, store
from casemate.validate.policy import read_policy
from strategies import shelf

FILE = """\
casemate: 1
name: x
zones: {web: {trust: public}, in: {trust: staff}, vault: {trust: restricted}}
actors: {analyst: {trust: staff, zone: in}, admin: {trust: restricted, zone: in}}
components:
  scorer: {kind: model, zone: in, path: model.bin, trained on: [rows]}
  rows: {kind: dataset, zone: vault, path: data, origin: partner, lineage: complete}
access:
  - {who: [analyst, admin], may: [read, write], on: [rows], complete: yes}
measure:
  - lineage: {model: scorer, key: lineage.pub}
"""
DAY = date(2026, 10, 2)


def outcomes(project):
    system = from_text(FILE, "m.yaml", {})
    fresh, _ = measure.measure(system, project.root, DAY)
    evidence = store.load(system, project.root, fresh)
    found = assess(system, evidence, shelf(), read_policy(), DAY)
    return {r: str(found.outcomes.get(f"{r}@rows")) for r in ("lineage-gap", "outside-data")}, found


@pytest.fixture
def key(project):
    private, public = project.key()
    project.write("lineage.pub", public.pem)
    return private


def gated(project, key):
    project.run((), made=("data",), inputs=(), into="data.lineage.json", key=key, origins={"data": "the bureau"})
    project.run(key=key, gate=(key.public,))


def test_declared_lineage_that_a_measurement_contradicts_opens_the_threats(project, key):
    project.write("model.bin", "m")
    found, a = outcomes(project)
    assert found == {"lineage-gap": "open", "outside-data": "open"}
    assert [(c.element, c.field, c.measured) for c in a.risks.parts.corrections] == [("rows", "lineage", "none")]


def test_a_run_behind_a_gate_closes_them(project, key):
    gated(project, key)
    found, a = outcomes(project)
    assert found == {"lineage-gap": "None", "outside-data": "countered"}
    assert a.risks.parts.ladder.verified("rows") == ("dataset-lineage",)


def test_data_that_somebody_changed_since_opens_them_again(project, key):
    gated(project, key)
    project.write("data/a.csv", "poison")
    assert outcomes(project)[0] == {"lineage-gap": "open", "outside-data": "open"}
    (project.root / INTO).unlink()
    assert outcomes(project)[0] == {"lineage-gap": "open", "outside-data": "open"}
