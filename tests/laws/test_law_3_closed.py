"""Law 3: fail closed. Evidence that is no result never passes a policy that requires it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casemate.assess import assess
from casemate.validate.policy import policy_of
from small import look, small
from strategies import OTHER, TODAY, evidence_of, only, record, trial

SCAN = "name: p\nrequires: [{evidence: scan, of: model%s}]\n"
REDTEAM = "name: p\nrequires: [{evidence: redteam, of: model}]\n"
CLEAN = {"contents": "clean"}


def reasons(policy, *records, **more):
    gate = look(small(), *records, policy=policy, **more).gate
    assert gate.exit_code == (3 if gate.reasons else 0)
    return [r.what.partition(": ")[2] for r in gate.reasons]


def test_a_clean_scan_passes():
    assert reasons(SCAN % "", record("scorer", "scan", facts=CLEAN)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": OTHER}, "it, or a file that its evidence rests on, is another now"),
        ({"measured": TODAY - timedelta(days=91)}, "its evidence is too old"),
        ({"valid_until": TODAY - timedelta(days=1)}, "its evidence is too old"),
        ({"measured": TODAY + timedelta(days=1)}, "its evidence is dated in the future"),
        ({"facts": {"contents": "inconclusive"}}, "it could not read the file"),
        ({"facts": {"contents": "clean", "format": "inconclusive"}}, "it came to no conclusion"),
        ({"facts": {"format": "pickle"}}, "it does not say what the file holds"),
        ({"facts": {}}, "it does not say what the file holds"),
        ({"kind": "audit"}, "there is none"),
    ],
)
def test_a_scan_that_is_no_result_never_passes(changes, said):
    assert reasons(SCAN % "", record("scorer", **{"kind": "scan", "facts": CLEAN, **changes})) == [said]


def test_no_evidence_never_passes():
    assert reasons(SCAN % "") == ["there is none"]


def test_a_file_that_is_not_there_never_passes():
    assert reasons(SCAN % "", record("scorer", "scan", facts=CLEAN), digest=None) == [
        "it, or a file that its evidence rests on, is another now"
    ]


def test_a_build_of_the_same_recipe_never_passes_for_this_one():
    system = small()
    r = record("scorer", "scan", facts=CLEAN, digest=OTHER, recipe="r")
    evidence = replace(evidence_of(system, r), recipes={"scorer": "r"})
    gate = assess(system, evidence, only(), policy_of(SCAN % "", "p.yaml"), TODAY).gate
    assert [r.what.partition(": ")[2] for r in gate.reasons] == ["its evidence is of another build of the same recipe"]


@pytest.mark.parametrize("lost", ["errored", "skipped"])
def test_attacks_of_which_nothing_could_be_scored_never_pass(lost):
    r = record("scorer", trials=(trial("theft", 0, 0, **{lost: 20}),))
    assert reasons(REDTEAM, r) == ["nothing in it could be scored"]


def test_attacks_that_held_pass():
    assert reasons(REDTEAM, record("scorer", trials=(trial("theft", 0, 9),))) == []


@pytest.mark.parametrize(
    ("wanted", "measured", "signed", "passes"),
    [("", False, False, True), (", measured: yes", False, False, False), (", measured: yes", True, False, True),
     (", measured: yes", False, True, True)],
)  # fmt: skip
def test_what_nobody_signed_never_passes_for_measured(wanted, measured, signed, passes):
    r = record("scorer", "scan", facts=CLEAN, signed=signed)
    said = "it is only attested (not signed, and not measured in this run)"
    assert reasons(SCAN % wanted, r, measured=measured) == ([] if passes else [said])


def test_an_old_clean_scan_does_not_hide_a_new_one_that_could_not_read_the_file():
    old = record("scorer", "scan", facts=CLEAN, measured=TODAY - timedelta(days=1))
    new = record("scorer", "scan", facts={"contents": "inconclusive"})
    assert reasons(SCAN % "", old, new) == reasons(SCAN % "", new, old) == ["it could not read the file"]


def test_of_two_scans_of_one_day_the_worse_counts():
    good, bad = (record("scorer", "scan", facts={"contents": c}) for c in ("clean", "inconclusive"))
    assert reasons(SCAN % "", good, bad) == reasons(SCAN % "", bad, good) == ["it could not read the file"]


UNREAD = """\
id: unread
about: model
when: {contents: [unsafe, inconclusive]}
attacker: public
harms: takeover
"""


def test_a_file_that_nobody_could_read_is_a_threat_and_no_pass():
    a = look(small(), record("scorer", "scan", facts={"contents": "inconclusive"}), rules=(UNREAD,))
    assert [(x.id, x.found.outcome, x.proven) for x in a.risks.risks] == [("unread@scorer", "open", True)]
    assert a.gate.exit_code == 1
