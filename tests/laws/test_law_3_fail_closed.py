"""Law 3: fail closed. What could not be read, scored or found never passes a policy that requires it: exit code 3."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.bind import element_digest
from casemate.evidence.statement import ControlResult
from strategies import DIGEST, OTHER, TODAY, assessed, controls_of, only, record, trial

DOC = {
    "casemate": "1",
    "name": "one",
    "zones": {"cloud": {"trust": "staff"}},
    "components": {
        "m": {"kind": "model", "zone": "cloud", "path": "m.pkl"},
        "chat": {"kind": "llm", "zone": "cloud"},
    },
}
QUIET = only("about: dataset\nattacker: public\nwhen: {encrypted: no}\n")
SCAN = "name: p\nrequires: [{evidence: scan, of: [model]}]\n"
MEASURED = "name: p\nrequires: [{evidence: scan, of: [model], measured: yes}]\n"
REDTEAM = "name: p\nrequires: [{evidence: redteam, of: [model]}]\n"
CLEAN = record("m", "scan", facts={"contents": "clean"})
UNREAD = record("m", "scan", facts={"contents": "inconclusive"}, tool="test 2")


def gate(*records, policy=SCAN, measured=True, **more):
    g = assessed(DOC, *records, of=QUIET, policy=policy, measured=measured, **more).gate
    return g.exit_code, [r.what for r in g.reasons]


def test_a_clean_scan_of_the_file_in_use_passes():
    assert gate(CLEAN) == (0, [])


def test_no_scan_is_missing_evidence():
    assert gate() == (3, ["the policy requires a scan of m: there is none"])


def test_a_file_that_could_not_be_read_does_not_pass():
    assert gate(UNREAD) == (3, ["the policy requires a scan of m: it could not read the file"])


def test_a_scan_of_another_file_does_not_pass():
    why = "it, or a file that its evidence rests on, is another now"
    assert gate(replace(CLEAN, digest=OTHER)) == (3, [f"the policy requires a scan of m: {why}"])


def test_a_file_that_is_not_there_has_no_evidence():
    assert gate(CLEAN, digest=None)[0] == 3


@pytest.mark.parametrize(("age", "code"), [(0, 0), (90, 0), (91, 3), (400, 3), (-1, 3)])
def test_a_scan_counts_for_ninety_days_and_not_before_its_day(age, code):
    assert gate(replace(CLEAN, measured=TODAY - timedelta(days=age)))[0] == code


def test_an_attested_scan_does_not_pass_where_a_measured_one_is_required():
    said = "the policy requires a scan of m: it is only attested (not signed, and not measured in this run)"
    assert gate(CLEAN, policy=MEASURED, measured=False) == (3, [said])
    assert gate(replace(CLEAN, signed=True), policy=MEASURED, measured=False) == (0, [])


@pytest.mark.parametrize("policy", [SCAN, MEASURED])
def test_an_attested_clean_scan_does_not_outweigh_a_measured_one_that_could_not_read(policy):
    old = replace(UNREAD, measured=TODAY - timedelta(days=3), signed=True)
    assert gate(CLEAN, old, policy=policy, measured=False)[0] == 3


def test_of_two_scans_of_one_day_the_worse_counts():
    assert gate(CLEAN, UNREAD)[0] == 3


def test_a_newer_scan_that_reads_the_file_settles_an_older_one_that_could_not():
    assert gate(CLEAN, replace(UNREAD, measured=TODAY - timedelta(days=1)))[0] == 0


def test_a_scan_that_does_not_say_what_the_file_holds_does_not_pass():
    assert gate(record("m", "scan", facts={"format": "pickle"}))[0] == 3


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"trials": (trial("r0", 0, 0, errored=40),)}, 3),
        ({"trials": (trial("r0", 0, 0, skipped=40),)}, 3),
        ({"trials": (trial("r0", 0, 0, errored=40), trial("r0", 0, 1))}, 0),
        ({"controls": (ControlResult("query-quota", "r0", None, trial("r0", 0, 0, errored=3)),)}, 3),
        ({"facts": {"validated": "inconclusive"}}, 3),
        ({}, 3),
    ],
)
def test_a_test_that_could_not_score_anything_does_not_pass(what, code):
    assert gate(record("m", **what), policy=REDTEAM)[0] == code


def test_evidence_is_required_of_what_has_no_file_too():
    policy = "name: p\nrequires: [{evidence: redteam, of: [llm]}]\n"
    assert gate(policy=policy) == (3, ["the policy requires a redteam of chat: there is none"])
    system = assessed(DOC, of=QUIET).system
    tested = record("chat", digest=element_digest(system, system.components["chat"]), trials=(trial("r0", 0, 9),))
    assert gate(tested, policy=policy)[0] == 0


@given(st.lists(st.sampled_from(["void", "expired", "inconclusive", "attested"]), max_size=5))
def test_no_number_of_useless_records_passes(kinds):
    made = {
        "void": replace(CLEAN, digest=OTHER, signed=True),
        "expired": replace(CLEAN, measured=TODAY - timedelta(days=200), signed=True),
        "inconclusive": replace(UNREAD, signed=True),
        "attested": CLEAN,
    }
    assert gate(*(made[k] for k in dict.fromkeys(kinds)), policy=MEASURED, measured=False)[0] == 3


CREDIT = only("about: model\nattacker: public\nwhen: {decides not: advice}\nunless: {control: [query-quota]}\n")


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 200), st.integers(0, 200))
def test_what_errored_or_was_skipped_never_counts_as_held(broken, held, errored, skipped):
    plain = assessed(DOC, record("m", trials=(trial("r0", broken, held),)), of=CREDIT)
    lossy = assessed(DOC, record("m", trials=(trial("r0", broken, held, errored=errored, skipped=skipped),)), of=CREDIT)
    assert [r.estimates for r in plain.risks.risks] == [r.estimates for r in lossy.risks.risks]


def test_an_adaptive_test_in_which_nothing_could_be_scored_lowers_nothing():
    broken = record("m", trials=(trial("r0", 40, 10),))
    errored = controls_of([ControlResult("query-quota", "r0", None, None, trial("r0", 0, 0, errored=50))], "m")
    a, b = assessed(DOC, broken, of=CREDIT), assessed(DOC, broken, errored, of=CREDIT)
    assert b.risks.risks[0].estimates == a.risks.risks[0].estimates
    assert DIGEST in {r.statement.digest for r in b.risks.parts.records["m"]}
