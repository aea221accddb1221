"""The meter in front of the target."""

import numpy as np
import pytest

from casemate.evidence.redteam.metered import LARGE, RECENT, Budget, Metered, Spent
from casemate.evidence.redteam.model import Function, ModelError, labels, one_hot


def linear(rows):
    return np.column_stack([rows[:, 0], 1 - rows[:, 0]])


ROWS = np.linspace(0, 1, 10)[:, None]


def test_rows_and_calls_are_counted_and_cut_into_chunks():
    m = Metered(Function(linear, 2), chunk=4)
    np.testing.assert_array_equal(m(ROWS), linear(ROWS))
    assert (m.used.rows, m.used.calls) == (10, 3)


@pytest.mark.parametrize(("budget", "what"), [(Budget(rows=15), "queries"), (Budget(calls=1), "calls")])
def test_a_call_that_would_pass_the_budget_is_not_made(budget, what):
    m = Metered(Function(linear, 2), budget)
    m(ROWS)
    with pytest.raises(Spent, match=what):
        m(ROWS)
    assert m.used.rows == 10


def test_seconds_are_those_of_the_target():
    times = iter([0.0, 3.0, 10.0, 11.0])
    m = Metered(Function(linear, 2), Budget(seconds=3.5), clock=lambda: next(times))
    m(ROWS)
    m(ROWS)
    assert m.used.seconds == 4.0
    with pytest.raises(Spent, match="seconds"):
        m(ROWS)


def test_what_is_remembered_is_not_asked_again():
    m = Metered(Function(linear, 2), remember=100)
    twice = np.vstack([ROWS, ROWS])
    np.testing.assert_array_equal(m(twice), linear(twice))
    np.testing.assert_array_equal(m(ROWS), linear(ROWS))
    assert (m.used.rows, m.used.remembered) == (10, 20)


def test_the_same_call_is_not_made_twice_to_a_model_that_is_known_to_answer_the_same():
    m = Metered(Function(linear, 2), deterministic=True)
    for answers in (m(ROWS), m(ROWS)):
        np.testing.assert_array_equal(answers, linear(ROWS))
        answers[:] = 0  # what the caller does with them is the caller's
    m(ROWS[::-1])
    assert (m.used.rows, m.used.remembered) == (20, 10)


def test_calls_that_are_kept_are_bounded_in_number_and_in_size():
    m = Metered(Function(linear, 2), deterministic=True)
    for i in range(100):
        m(ROWS + i)
    assert len(m._recent) == RECENT
    large = np.zeros((LARGE, 1))
    m(large)
    assert max(a.size for a in m._recent.values()) == 20


def test_memory_is_bounded():
    m = Metered(Function(linear, 2), remember=4)
    for _ in range(3):
        np.testing.assert_array_equal(m(ROWS), linear(ROWS))
    assert len(m._answers) <= 4


def test_a_call_that_fails_was_made_and_counts():
    def fails(rows):
        raise ModelError("the model", "gave up")

    m = Metered(Function(fails, 2), Budget(rows=25))
    for _ in range(2):
        with pytest.raises(ModelError):
            m(ROWS)
    assert (m.used.rows, m.used.calls) == (20, 2)
    with pytest.raises(Spent, match="queries"):
        m(ROWS)


def test_a_call_that_money_ends_was_not_made():
    def broke(rows):
        raise Spent("money")

    m = Metered(Function(broke, 2))
    with pytest.raises(Spent, match="money"):
        m(ROWS)
    assert (m.used.rows, m.used.calls) == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        lambda rows: np.zeros((len(rows), 3)),
        lambda rows: np.zeros(len(rows)),
        lambda rows: np.full((len(rows), 2), np.inf),
        lambda rows: np.tile([np.nan, 1.0], (len(rows), 1)),
    ],
)
def test_what_is_no_answer_is_a_model_error(answer):
    with pytest.raises(ModelError):
        Metered(Function(answer, 2))(ROWS)


def test_a_row_of_nan_is_refused_and_its_label_is_minus_one():
    m = Metered(Function(lambda rows: np.full((len(rows), 2), np.nan), 2))
    assert labels(m(ROWS)).tolist() == [-1] * 10


def test_labels_as_answers_and_back():
    some = np.array([0, 2, -1, 1])
    assert labels(one_hot(some, 3)).tolist() == some.tolist()
    assert np.isnan(one_hot(some, 3)[2]).all()
