"""`casemate diff` on every counterfactual edit of the incidents: it names what was changed, and nothing else."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "bench"))
import diff as bench
from casemate.validate.diff import diff
from incident_systems import edits


@pytest.mark.parametrize("number", range(len(edits())))
def test_every_threat_that_an_edit_changes_names_facts_of_the_edit_and_no_others(number):
    edit = edits()[number]
    steps = list(bench.alone(edit))
    d = diff(bench.made(edit["case"], []), bench.made(edit["case"], steps, True))
    found = {t.id: bench.causes(t) for t in d.threats if bench.ISLAND not in t.id}
    facts = set(map(bench.fact, steps))
    assert {c.id for c in d.changes} >= facts - {"evidence:model-file/verify"}
    assert found
    assert [t for t, named in found.items() if not named or not named <= facts] == []


@pytest.mark.parametrize("number", [5, 6, 11])
def test_each_fact_of_an_edit_is_named_alone_first_and_last_and_in_a_crowd(number):
    row = bench.row(edits()[number])
    assert row.moving == row.named == row.crowded > 0


def test_of_changes_that_undo_a_threat_only_together_a_smallest_set_is_named():
    edit = edits()[8]
    d = diff(bench.made(edit["case"], []), bench.made(edit["case"], list(bench.alone(edit))))
    (found,) = [t for t in d.threats if t.id == "unauthenticated-endpoint@jobs-api"]
    assert found.cause.how == "together"
    assert bench.causes(found) == {"auth@jobs-api", "flows:outsider->jobs-api", "evidence:jobs-api/verify"}
