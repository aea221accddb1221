"""Law 10: the gate does not rest on guessed money."""

import pytest

from small import LOADED, OWNED, THEFT, look, results, small
from strategies import assessed, record, trial

HARMS = "harms: {%s}\n"
SIZES = {"model-stolen": (50, 800), "takeover": (5, 1500), "outage": (10, 150), "personal-data": (50, 2000)}
POLICY = """\
name: strict
requires: [{evidence: scan, of: model}]
fails on: [open-measured, open-critical, open-high, assumed-critical, hurts-people, expired-decision, review-overdue]
may accept: {critical: [board], high: [officer, board]}
"""
DECIDED = """\
accept:
  - {threat: theft@scorer, reason: r, owner: officer, until: 2026-12-31}
dismiss:
  - {threat: loaded@scorer, because: b, by: board, until: 2026-12-31}
"""
RECORDS = {
    "nothing": (),
    "a scan": (record("scorer", "scan", facts={"contents": "clean", "format": "pickle"}),),
    "a bad scan": (record("scorer", "scan", facts={"contents": "unsafe", "format": "pickle"}),),
    "trials": (record("scorer", trials=(trial("theft", 3, 7), trial("model-extraction", 3, 7))),),
    "a control": (results("query-quota", verified=True),),
}


def harms(times):
    return HARMS % ", ".join(f"{h}: {low * times}k to {high * times}k" for h, (low, high) in SIZES.items())


@pytest.mark.parametrize("records", RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("decided", ["", DECIDED])
def test_while_nobody_owns_the_attempts_a_thousand_times_the_money_changes_nothing_in_the_gate(records, decided):
    few, many = (
        look(small(harms(times) + decided), *records, rules=(THEFT, LOADED), policy=POLICY).gate for times in (1, 1000)
    )
    assert few == many


@pytest.mark.parametrize("records", RECORDS.values(), ids=RECORDS)
def test_nor_under_the_whole_catalogue(records):
    few, many = (assessed(small(harms(times)), *records, policy=POLICY).gate for times in (1, 1000))
    assert (set(few.reasons), few.exit_code) == (set(many.reasons), many.exit_code)


def test_once_somebody_owns_them_money_counts():
    few, many = (look(small(harms(times) + OWNED), policy=POLICY).gate for times in (1, 1000))
    assert [r.rule for r in few.reasons] != [r.rule for r in many.reasons]
    assert "open-critical" in [r.rule for r in many.reasons]


def test_the_attempts_are_owned_by_a_name_and_a_day():
    assert not look(small("attempts: {public: 2 to 20 a year, by: ann}\n")).owned
    assert not look(small("attempts: {public: 2 to 20 a year, on: 2026-10-02}\n")).owned
    assert look(small(OWNED)).owned
