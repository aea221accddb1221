"""What trials do to the belief in one attempt's success: known answers of the Beta posterior."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.bind import Record
from casemate.evidence.statement import ControlResult
from casemate.prioritize.belief import adaptive, belief
from small import PRICED, look, risk, small
from strategies import TODAY, record, rule, shelf, trial

PRIORS = replace(shelf().priors, success={"realized": 0.5, "demonstrated": 0.25, "feasible": 0.1})
RULE = rule("id: theft\nabout: model\nwhen: {proprietary: yes}\nattacker: public\nunits: {row: 10}")


def seen(*trials, state="valid", standing="measured", **more):
    return Record(record("scorer", trials=trials, **more), "scorer", state, standing)


def posterior(*records, trusting=False):
    b = belief(RULE, records, PRIORS, trusting=trusting)
    return round(b.a, 9), round(b.b, 9)


def test_without_trials_the_prior_weighs_four():
    assert posterior() == (1, 3)


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([trial("theft", 3, 7)], (4, 10)),
        ([trial("theft", 0, 36)], (1, 39)),
        ([trial("theft", 3, 7), trial("theft", 1, 1)], (5, 11)),
        ([trial("theft", 3, 7, errored=40, skipped=50)], (4, 10)),
        ([trial("theft", 0, 0, errored=40)], (1, 3)),
        ([trial("other", 3, 7)], (1, 3)),
        ([trial("theft", 5, 10, strength="weaker")], (6, 6)),  # ten failures of a weaker test count three
        ([trial("theft", 3, 10, strength="weaker")], (1.9, 6)),  # and so do its hits where it shows nothing new
        ([trial("theft", 0, 1000, strength="weaker")], (1, 7)),  # and never more than the prior's four
        ([trial("theft", 0, 10, strength="weaker"), trial("theft", 0, 1000, strength="weaker")], (1, 7)),
        ([trial("theft", 9, 0, strength="weaker")], (10, 3)),  # its successes are successes
        ([trial("theft", 5, 5, unit="token")], (1, 3)),
    ],
)
def test_trials_update_the_prior(trials, expected):
    assert posterior(seen(*trials)) == expected
    assert posterior(*(seen(t) for t in trials)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [("valid", (11, 13)), ("inherited", (4, 6)), ("void", (1, 3)), ("expired", (1, 3)), ("early", (1, 3))],
)
def test_what_is_inherited_weighs_a_third_and_what_no_longer_binds_nothing(state, expected):
    assert posterior(seen(trial("theft", 10, 10), state=state)) == expected


@pytest.mark.parametrize(("trusting", "expected"), [(False, (1, 3)), (True, (2, 12))])
def test_failures_that_nobody_signed_count_only_for_those_who_trust_them(trusting, expected):
    assert posterior(seen(trial("theft", 1, 9), standing="attested"), trusting=trusting) == expected


def test_what_nobody_signed_raises_the_belief_to_what_it_shows_and_no_further():
    assert posterior(seen(trial("theft", 30, 70), standing="attested")) == (31, 73)


def test_one_hit_in_five_thousand_that_nobody_signed_raises_nothing_however_weak_the_test():
    assert posterior(seen(trial("theft", 1, 4999, strength="weaker"), standing="attested")) == (1, 3)


def test_a_second_record_that_nobody_signed_cannot_dilute_the_first():
    worse, better = (seen(trial("theft", *n), standing="attested") for n in ((9, 1), (300, 700)))
    assert posterior(worse, better) == posterior(better, worse) == posterior(worse) == (10, 4)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.booleans()), max_size=5))
def test_records_that_nobody_signed_never_lower_the_belief_and_those_who_trust_them_believe_less(trials):
    records = [seen(trial("theft", b, h), standing="measured" if m else "attested") for b, h, m in trials]
    measured = [r for r in records if r.standing == "measured"]
    doubting, trusting, without = (
        belief(RULE, r, PRIORS, trusting=t).mean for r, t in ((records, False), (records, True), (measured, False))
    )
    assert doubting >= without - 1e-12
    assert doubting >= trusting - 1e-12


def test_ten_rows_to_a_campaign_turn_eleven_percent_into_sixty_nine():
    b = belief(RULE, [seen(trial("theft", 110, 890, unit="row"))], PRIORS, trusting=False)
    share = b.used[0].successes / (b.used[0].successes + b.used[0].failures)
    assert share == pytest.approx(1 - 0.89**10)
    assert round(share, 2) == 0.69
    assert b.effective == pytest.approx(100)  # a thousand rows are a hundred campaigns


def test_a_unit_without_a_conversion_is_kept_with_the_reason_why_it_does_not_count():
    (u,) = belief(RULE, [seen(trial("theft", 5, 5, unit="token"))], PRIORS, trusting=False).used
    assert (u.successes, u.failures, u.note) == (0, 0, "no conversion from token to campaign")


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["campaign", "row"]), st.booleans())
def test_a_belief_stays_a_chance_and_moves_towards_what_was_seen(broken, held, unit, equal):
    r = seen(trial("theft", broken, held, unit=unit, strength="equal" if equal else "weaker"))
    b = belief(RULE, [r], PRIORS, trusting=False)
    assert b.a > 0 < b.b
    assert 0 < b.mean < 1
    if broken == 0:
        assert b.mean <= 0.25
    if held == 0:
        assert b.mean >= 0.25


def of_control(*outcome, **more):
    before = belief(RULE, [], PRIORS, trusting=False)
    t = trial("theft", *outcome, **more)
    r = Record(record("scorer", controls=(ControlResult("query-quota", "theft", None, None, t),)), "scorer", "valid",
               "measured")  # fmt: skip
    b = adaptive(before, RULE, r, t, PRIORS)
    return None if b is None else (round(b.a, 9), round(b.b, 9))


@pytest.mark.parametrize(
    ("outcome", "more", "expected"),
    [
        ((0, 46), {}, (1, 49)),
        ((10, 10), {}, (11, 13)),
        ((0, 10), {"strength": "weaker"}, (1, 6)),
        ((0, 10_000), {"strength": "weaker"}, (1, 7)),
        ((0, 40), {"unit": "row"}, (1, 7)),
        ((0, 40), {"unit": "token"}, None),
    ],
)
def test_an_adaptive_test_starts_from_the_belief_without_the_control(outcome, more, expected):
    assert of_control(*outcome, **more) == expected


@pytest.mark.parametrize("times", [1, 5])
def test_the_belief_is_that_of_the_whole_assessment(times):
    records = [record("scorer", trials=(trial("theft", 1, 4),), tool=f"t{i}", measured=TODAY) for i in range(times)]
    b = risk(look(small(PRICED), *records)).views["current"].belief
    assert (b.a, b.b) == pytest.approx((0.2 + times, 3.8 + 4 * times))
