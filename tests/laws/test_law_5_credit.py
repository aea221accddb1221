"""Law 5: a control is credited with what survives the adaptive attack, never with the naive one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.statement import ControlResult
from strategies import assessed, controls_of, only, record, trial

DOC = {
    "casemate": "1",
    "name": "one",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {"m": {"kind": "model", "zone": "cloud", "path": "m.pkl", "exposed to": ["internet"]}},
}
RULE = """about: model
when: {reached by any: {trust below: trust}}
unless: {control: [label-only-output, output-rounding]}
countered by: [label-only-output, output-rounding]
units: {row: 10}
"""
CATALOG = only(RULE)


def risk(*results, **more):
    (r,) = assessed(DOC, controls_of(results, "m", **more), of=CATALOG).risks.risks
    return r


def result(naive=None, adaptive=None, verified=None, id="label-only-output", threat="r0"):
    return ControlResult(id, threat, verified, naive, adaptive)


def test_naive_held_and_adaptive_broken_gives_no_credit():
    r = risk(result(trial("r0", 0, 500), trial("r0", 50, 0), verified=True))
    assert r.found.outcome == "open"
    assert r.current > r.estimates["inherent"].mean


def test_a_naive_test_alone_gives_nothing():
    r = risk(result(trial("r0", 0, 500)))
    assert (r.found.outcome, r.current) == ("open", r.estimates["inherent"].mean)


def test_an_adaptive_test_that_held_counters_with_the_risk_that_is_left():
    r = risk(result(adaptive=trial("r0", 0, 90)))
    assert (r.found.outcome, r.found.countered_by) == ("countered", ("label-only-output",))
    assert 0 < r.current < 0.1 * r.estimates["inherent"].mean


@pytest.mark.parametrize(
    ("broken", "held", "outcome"),
    [(0, 7, "open"), (0, 8, "countered"), (1, 16, "open"), (1, 18, "countered"), (5, 5, "open")],
)
def test_it_counters_when_by_laplace_at_most_one_campaign_in_ten_gets_through(broken, held, outcome):
    assert risk(result(adaptive=trial("r0", broken, held))).found.outcome == outcome


def test_campaigns_are_counted_in_the_unit_of_the_threat():
    assert risk(result(adaptive=trial("r0", 0, 79, "row"))).found.outcome == "open"  # not yet eight campaigns
    assert risk(result(adaptive=trial("r0", 0, 80, "row"))).found.outcome == "countered"
    assert risk(result(adaptive=trial("r0", 30, 970, "row"))).found.outcome == "open"  # 3 % of rows: 26 % of campaigns


def test_an_adaptive_test_without_a_conversion_is_shown_and_not_used():
    r = risk(result(adaptive=trial("r0", 0, 10_000, "token")))
    assert (r.found.outcome, r.current) == ("open", r.estimates["inherent"].mean)


def test_an_adaptive_test_of_another_threat_proves_nothing_here():
    r = risk(result(adaptive=trial("other", 0, 90), threat="other"))
    assert (r.found.outcome, r.current) == ("open", r.estimates["inherent"].mean)
    verified = risk(result(adaptive=trial("other", 0, 90), threat="other", verified=True))
    half = CATALOG.controls["label-only-output"].effect / 2
    assert verified.found.outcome == "countered"
    assert verified.current == pytest.approx(verified.estimates["inherent"].mean * (1 - half))


def test_a_test_weaker_than_the_attacker_breaks_a_control_and_never_proves_one():
    assert risk(result(adaptive=trial("r0", 0, 900, strength="weaker"))).found.outcome == "open"
    assert risk(result(adaptive=trial("r0", 0, 900, strength="weaker"), verified=True)).found.outcome == "countered"
    assert risk(result(adaptive=trial("r0", 9, 9, strength="weaker"), verified=True)).found.outcome == "open"


def test_before_its_test_a_control_is_worth_nothing_so_one_attempt_wipes_out_no_fifty():
    broken = record("m", trials=(trial("r0", 40, 10),))
    one = controls_of([result(adaptive=trial("r0", 0, 1))], "m")
    (r,) = assessed(DOC, broken, one, of=CATALOG).risks.risks
    assert r.current == pytest.approx(r.estimates["inherent"].mean * 4 / 5, rel=1e-6)


def test_a_broken_control_takes_nothing_from_another_that_holds():
    holds, broken = result(adaptive=trial("r0", 0, 50)), result(adaptive=trial("r0", 50, 0), id="output-rounding")
    alone, together = risk(holds), risk(holds, broken)
    assert together.current == alone.current
    assert together.found.countered_by == ("label-only-output",)


def test_what_nobody_signed_takes_away_the_claim_that_it_disproves_and_adds_nothing():
    doc = {**DOC, "components": {"m": {**DOC["components"]["m"], "controls": ["label-only-output"]}}}
    broken = controls_of([result(adaptive=trial("r0", 50, 0))], "m")
    (claimed,) = assessed(doc, of=CATALOG).risks.risks
    (r,) = assessed(doc, broken, of=CATALOG, measured=False).risks.risks
    assert claimed.estimates["claimed"].mean < claimed.current
    assert r.estimates["claimed"].mean == r.current == claimed.current


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 500), st.booleans())
def test_the_naive_result_never_changes_anything(broken, held, naive, verified):
    a = risk(result(trial("r0", 0, naive), trial("r0", broken, held), verified=verified))
    b = risk(result(None, trial("r0", broken, held), verified=verified))
    assert (a.estimates, a.found.outcome) == (b.estimates, b.found.outcome)


@given(st.integers(0, 40), st.integers(0, 40))
def test_one_more_that_is_broken_never_lowers_the_risk_and_one_more_that_held_never_raises_it(broken, held):
    worse = risk(result(adaptive=trial("r0", broken + 1, held)))
    better = risk(result(adaptive=trial("r0", broken, held + 1)))
    assert better.current < worse.current
    if broken + held:
        assert better.current <= risk(result(adaptive=trial("r0", broken, held))).current <= worse.current
