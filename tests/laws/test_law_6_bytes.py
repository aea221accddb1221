"""Law 6: same input, same bytes; an edit elsewhere redraws nothing."""

import pytest

from casemate.define.build import from_text
from casemate.report.json import render
from small import LOADED, PRICED, THEFT, look, numbers, results, small
from strategies import assessed, record, trial

RECORDS = (
    results("query-quota", verified=True),
    record("scorer", "scan", facts={"contents": "clean", "format": "pickle"}),
    record("scorer", trials=(trial("model-extraction", 2, 30),)),
)
ELSEWHERE = """\
casemate: 1
name: small
zones: {net: {trust: public}, in: {trust: staff}, far: {trust: staff, owner: Somebody Else}}
actors:
  visitor: {trust: public, zone: net}
components:
  archive: {kind: documentation, zone: far}
  api: {kind: endpoint, zone: in, exposed to: [net]}
  engine: {kind: inference, zone: in, runs: scorer}
  scorer: {kind: model, zone: in, path: scorer.pkl, proprietary: yes}
flows:
  - visitor -> api: questions
  - api -> engine: questions
"""


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_input_gives_the_same_bytes(seed):
    one, two = (render(assessed(small(PRICED), *RECORDS, seed=seed)) for _ in range(2))
    assert one == two


def test_the_order_of_the_evidence_gives_the_same_bytes():
    assert render(assessed(small(), *RECORDS)) == render(assessed(small(), *reversed(RECORDS)))


def test_a_zone_and_a_component_elsewhere_change_no_threat_and_no_number():
    before, after = (numbers(assessed(s, *RECORDS)) for s in (small(), from_text(ELSEWHERE, "small.yaml", {})))
    assert len(before) > 5
    # What concerns the whole system may change with it.
    same = {i for i in before if not i.endswith("@system")}
    assert {i: after.get(i) for i in same} == {i: before[i] for i in same}


def test_another_rule_changes_no_number_of_a_threat_with_another_goal():
    alone, both = numbers(look(small(PRICED))), numbers(look(small(PRICED), rules=(THEFT, LOADED)))
    assert both["theft@scorer"] == alone["theft@scorer"]


def test_another_seed_draws_anew():
    one, two = (look(small(PRICED), seed=seed).risks.years["current"].loss for seed in (0, 1))
    assert (one != two).any()
