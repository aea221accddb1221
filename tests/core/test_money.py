"""Amounts, intervals, rates, shares and times as people write them: known answers, then laws."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core import money
from casemate.core.money import Interval


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("50", 50), ("50k", 50e3), ("50 k", 50e3), ("50K", 50e3), ("1.5M", 1.5e6), ("1.5m", 1.5e6),
        ("3mn", 3e6), ("2bn", 2e9), ("2b", 2e9), ("1tn", 1e12), ("1,500", 1500), ("1,500,000", 1.5e6),
        ("1_000", 1000), (" 7k ", 7e3),
    ],
)  # fmt: skip
def test_an_amount(text, value):
    assert money.amount(text) == value


@pytest.mark.parametrize(
    "text", ["", "k", "abc", "-5", "+5", "1e3", "0x10", "1:30", "50kk", "5 5", "€50", "nan", "inf", "1.5.2", "٥٠k",
             "9" * 16, "1001tn", "1" * 100_000],
)  # fmt: skip
def test_no_amount(text):
    assert money.amount(text) is None


@pytest.mark.parametrize("text", ["1,5", "1,5M", "0,75", "12,34", "1,50,000", "1_5"])
def test_a_decimal_comma_is_never_read_as_ten_times_as_much(text):
    assert money.amount(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("2k to 400k", 2e3, 400e3), ("50k", 50e3, 50e3), ("0", 0, 0), ("1 to 1M", 1, 1e6), ("5 to 5", 5, 5)],
)
def test_an_interval(text, low, high):
    assert money.interval(text) == Interval(low, high)


@pytest.mark.parametrize("text", ["", "5 to 2", "to 5", "5 to ", "1 to 2 to 3", "2k-400k", "2k..400k", "5to6"])
def test_no_interval(text):
    assert money.interval(text) is None


@pytest.mark.parametrize("text", ["0 to 400k", "0.0 to 1", "1 to 2M"])
def test_an_interval_whose_lognormal_would_be_nonsense_is_none(text):
    assert money.interval(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2 to 50 a year", 2, 50), ("1 in 1000 years", 0.001, 0.001), ("1 in 1 year", 1, 1), ("1 a day", 365, 365),
        ("1 to 3 a month", 12, 36), ("2 per week", 104, 104), ("0.5 a quarter", 2, 2), ("0 a year", 0, 0),
    ],
)  # fmt: skip
def test_a_rate(text, low, high):
    assert money.rate(text) == Interval(low, high)


@pytest.mark.parametrize(
    "text", ["", "5", "5 a", "a year", "5 a century", "1 in 0 years", "1 in x years", "x in 5 years", "50 to 2 a year",
             "0 to 5 a year", "999tn a day", "-1 a year"],
)  # fmt: skip
def test_no_rate(text):
    assert money.rate(text) is None


@pytest.mark.parametrize(("text", "value"), [("5%", 0.05), ("5 %", 0.05), ("5% a year", 0.05), ("0%", 0), ("100%", 1)])
def test_a_share(text, value):
    assert money.percent(text) == value


@pytest.mark.parametrize("text", ["", "5", "0.05", "101%", "999%", "-5%", "5% a month", "%", "٥%"])
def test_no_share(text):
    assert money.percent(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("90 days", 90), ("1 day", 1), ("2 weeks", 14), ("3 months", 90), ("1 quarter", 91), ("100 years", 36_500)],
)
def test_a_time(text, value):
    assert money.days(text) == value


@pytest.mark.parametrize(
    "text", ["", "90", "90d", "days", "-1 days", "1.5 days", "101 years", "99999 years", "٩٠ days"]
)
def test_no_time(text):
    assert money.days(text) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "€0"), (0.4, "€0"), (0.6, "€1"), (9.6, "€10"), (950, "€950"), (999, "€1.0k"), (1234, "€1.2k"),
        (9_960, "€10k"), (99_500, "€100k"), (410_000, "€410k"), (999_500, "€1.0M"), (1.26e6, "€1.3M"), (47e6, "€47M"),
        (1e9, "€1.0bn"), (1e12, "€1.0tn"), (3e15, "€999tn or more"), (-410_000, "−€410k"), (-0.2, "€0"),
    ],
)  # fmt: skip
def test_an_amount_as_people_say_it(value, said):
    assert money.show(value, "EUR") == said


def test_a_currency_without_a_sign_is_written_out():
    assert money.show(5000, "CHF") == "CHF 5.0k"


amounts = st.floats(0, 1e20, allow_nan=False)


@given(amounts)
def test_never_more_than_three_digits_are_shown(value):
    assert len(re.sub(r"\D", "", money.show(value, "EUR"))) <= 3


@given(amounts, amounts)
def test_more_is_never_shown_as_less(one, other):
    def back(value):
        return money.amount(money.show(value, "EUR").removeprefix("€").removesuffix(" or more"))

    less, more = sorted((one, other))
    assert back(less) <= back(more)


@given(st.floats(1000, 9e14))
def test_what_is_shown_is_near_what_is_meant(value):
    assert money.amount(money.show(value, "EUR").removeprefix("€")) == pytest.approx(value, rel=0.06)


@given(st.text(alphabet="0123456789.,_ kmbtn%toinayerdw-", max_size=40))
def test_any_text_is_a_finite_number_above_nothing_or_none(text):
    assert money.amount(text) is None or 0 <= money.amount(text) <= money.MOST
    for found in (money.interval(text), money.rate(text)):
        assert found is None or found.low == found.high or 0 < found.low < found.high
    assert money.percent(text) is None or 0 <= money.percent(text) <= 1
    assert money.days(text) is None or 0 <= money.days(text) <= money.LONGEST
