"""How many times as much: two digits, never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.times import times


@pytest.mark.parametrize(
    ("value", "said"),
    [(6464.02, "6,500"), (40.4, "40"), (9.96, "10"), (9.94, "9.9"), (4.04, "4.0"), (0.999, "1.0"), (0.5, "0.5"),
     (0.123, "0.12"), (0.0101, "0.01"), (12345.6, "12,000"), (0, "0")],
)  # fmt: skip
def test_a_multiple_is_said_with_two_digits(value, said):
    assert times(value) == said


@given(st.floats(0.001, 1e12))
def test_what_is_said_is_within_five_percent(value):
    assert abs(float(times(value).replace(",", "")) - value) <= 0.0501 * value
