"""Law 1: evidence binds to what it measured; of another digest it says nothing."""

import pytest

from small import LOADED, PRICED, THEFT, look, numbers, results, small
from strategies import OTHER, assessed, record, trial

RECORDS = {
    "trials that broke it": record("scorer", trials=(trial("theft", 50, 0),)),
    "trials that held": record("scorer", trials=(trial("theft", 0, 500),)),
    "a format without code": record("scorer", "scan", facts={"format": "safetensors"}),
    "an unsafe file": record("scorer", "scan", facts={"contents": "unsafe", "format": "pickle"}),
    "a control that is there": results("query-quota", verified=True),
    "a control that held": results("query-quota", adaptive=(0, 100)),
}


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("digest", [OTHER, None])
def test_evidence_of_another_digest_changes_no_risk(name, digest):
    system = small(PRICED, scorer="format: pickle")
    rules = (THEFT, LOADED)
    without = look(system, rules=rules, digest=digest)
    assert numbers(look(system, RECORDS[name], rules=rules, digest=digest)) == numbers(without)
    assert numbers(look(system, RECORDS[name], rules=rules)) != numbers(without) or name == "an unsafe file"


def test_nor_does_it_under_the_whole_catalogue():
    system = small(PRICED)
    assert numbers(assessed(system, *RECORDS.values(), digest=OTHER)) == numbers(assessed(system, digest=OTHER))


def test_it_is_shown_as_void_all_the_same():
    a = look(small(), RECORDS["trials that held"], digest=OTHER)
    (found,) = a.risks.parts.records["scorer"]
    assert (found.state, found.weight) == ("void", 0)
