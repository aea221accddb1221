"""Law 4: only verified effects lower the current risk, and only measured facts rule a threat out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.statement import ControlResult
from small import LOADED, PRICED, THEFT, look, means, results, risk, small
from strategies import controls_of, record, shelf

QUOTA = shelf().controls["query-quota"].effect
CLAIMS = {
    "declared": ("controls: [query-quota]", (), True),
    "attested in the file": ("controls: {query-quota: {attested by: ann, attested on: 2026-10-01}}", (), True),
    "attested by a record": ("", (results("query-quota", verified=True),), False),
    "attested by a test that held": ("", (results("query-quota", adaptive=(0, 500)),), False),
    "configured": ("", (results("query-quota", kind="configuration", verified=True),), True),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_is_only_said_of_a_control_lowers_the_claimed_risk_alone(name):
    said, records, measured = CLAIMS[name]
    bare, now = means(look(small(PRICED))), means(look(small(PRICED, scorer=said), *records, measured=measured))
    assert now["current"] == bare["current"] == now["inherent"]
    assert now["claimed"] < bare["claimed"]


def test_what_is_only_said_counts_in_full_in_the_claimed_risk():
    now = means(look(small(PRICED, scorer=CLAIMS["declared"][0])))
    assert now["claimed"] == pytest.approx((1 - QUOTA) * now["current"])


def test_a_verified_control_counts_half_of_its_effect_and_claims_it_in_full():
    now = means(look(small(PRICED), results("query-quota", verified=True)))
    assert now["current"] == pytest.approx((1 - QUOTA / 2) * now["inherent"])
    assert now["claimed"] == pytest.approx((1 - QUOTA) * now["inherent"])


def test_a_control_that_evidence_found_absent_counts_as_little_as_no_control():
    assert means(look(small(PRICED), results("query-quota", verified=False))) == means(look(small(PRICED)))


@given(st.sets(st.sampled_from(sorted(shelf().controls)), max_size=12), st.sampled_from(["verified", "configuration"]))
def test_no_set_of_verified_controls_lowers_a_risk_by_more_than_half_of_their_effects(names, kind):
    rule = f"{THEFT.split('countered by')[0]}countered by: [{', '.join(sorted(shelf().controls))}]\n"
    r = controls_of([ControlResult(c, None, True) for c in sorted(names)], "scorer", kind=kind)
    now = means(look(small(PRICED), r, rules=(rule,)))
    least = {"attempts": 1.0, "success": 1.0, "loss": 1.0}
    for c in names if kind == "verified" else ():
        least[shelf().controls[c].acts_on] *= 1 - shelf().controls[c].effect / 2
    left = max(0.05, least["attempts"]) * max(0.05, least["success"]) * max(0.05, least["loss"])
    assert now["current"] == pytest.approx(left * now["inherent"], rel=1e-4)
    assert now["claimed"] <= now["current"] * (1 + 1e-12)


def test_a_threat_that_a_declared_fact_rules_out_stays_in_the_current_risk():
    a = look(small(PRICED, scorer="format: safetensors"), rules=(LOADED,))
    now = means(a, "loaded@scorer")
    assert risk(a, "loaded@scorer").found.outcome == "declared"
    assert now["current"] == now["inherent"] > 0
    assert now["claimed"] == 0
    assert a.risks.years["claimed"].mean == 0 < a.risks.years["current"].mean


def test_a_threat_that_a_measured_fact_rules_out_is_gone():
    r = record("scorer", "scan", facts={"format": "safetensors"})
    assert look(small(scorer="format: safetensors"), r, rules=(LOADED,)).risks.risks == ()


def test_a_record_that_nobody_signed_rules_nothing_out():
    r = record("scorer", "scan", facts={"format": "safetensors"})
    a = look(small(PRICED), r, rules=(LOADED,), measured=False)
    assert risk(a, "loaded@scorer").found.outcome == "declared"
    assert (
        means(a, "loaded@scorer")["current"] == means(look(small(PRICED), rules=(LOADED,)), "loaded@scorer")["current"]
    )


def test_a_fact_that_no_evidence_could_settle_rules_out_when_it_is_declared():
    said = small().components["scorer"].props["proprietary"]
    assert said is True
    rule = THEFT.replace("proprietary: yes", "proprietary: no")
    assert look(small(), rules=(rule,)).risks.risks == ()
