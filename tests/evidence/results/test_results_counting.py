"""Only rows that were right before are trials, and an answer that is no number is no pass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.evidence.results.counting import counted
from casemate.evidence.results.said import Counts

NAN = float("nan")
NO_ARRAY = "clean is no array of labels (rows,) or scores (rows, classes); give what the model's predict gives"


def test_only_rows_that_were_right_before_are_trials():
    found = counted(clean=[0, 1, 1, 0], adversarial=[1, 1, 0, 1], labels=[0, 1, 0, 1])
    assert found == Counts(held=1, broken=1, errored=0, skipped=2)


def test_an_answer_that_is_no_number_is_errored():
    clean = [[0.9, 0.1], [0.9, 0.1], [NAN, 0.1], [0.9, 0.1]]
    adversarial = [[NAN, NAN], [0.2, 0.8], [0.2, 0.8], [0.9, float("inf")]]
    assert counted(clean, adversarial, [0, 0, 0, 0]) == Counts(held=0, broken=1, errored=3, skipped=0)


def test_a_row_that_was_wrong_before_is_skipped_whatever_came_of_it():
    assert counted([1.0, 0.0], [NAN, NAN], [0, 0]) == Counts(errored=1, skipped=1)


def test_one_that_wants_a_certain_answer_breaks_with_that_alone():
    found = counted(clean=[0, 1, 2, 2], adversarial=[2, 0, 2, NAN], labels=[0, 1, 2, 2], target=2)
    assert found == Counts(held=1, broken=1, errored=0, skipped=2)


def test_scores_one_hot_labels_and_words_are_read():
    clean = np.array([[0.7, 0.3], [0.4, 0.6]], dtype=np.float32)
    assert counted(clean, clean[::-1], np.eye(2)) == Counts(broken=2)
    assert counted(["stop", "go"], ["go", "go"], ["stop", "go"]) == Counts(held=1, broken=1)
    assert counted([[0], [1]], [[1], [1]], [[0], [1]]) == Counts(held=1, broken=1)


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, NAN])] * 2, st.integers(0, 2)), min_size=1, max_size=30))
def test_every_row_ends_in_one_way_and_no_lost_answer_holds(rows):
    clean, adversarial, labels = zip(*rows, strict=True)
    found = counted(clean, adversarial, labels)
    assert found.tried == len(rows)
    assert found.held == sum(c == label == a for c, a, label in rows)
    assert found.broken == sum(c == label != a == a for c, a, label in rows)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (([0, 1], [0], [0, 1]), "clean has 2 rows, adversarial 1, labels 2; give the same rows in the same order"),
        (([0], [0], [NAN]), "labels holds what is no label; leave those rows out of all three"),
        (([], [], []), NO_ARRAY),
        ((0, [0], [0]), NO_ARRAY),
        (([["a", "b"]], [0], [0]), "clean has scores that are no numbers; give what the model's predict gives"),
        (([[1], [1, 2]], [0], [0]), NO_ARRAY),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_named(arrays, message):
    with pytest.raises(CasemateError) as caught:
        counted(*arrays)
    assert str(caught.value) == f"record: {message}"
