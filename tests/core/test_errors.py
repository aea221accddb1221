"""One kind of error: a place, what is wrong, what to do."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError, Problems, Where, did_you_mean


def test_an_error_says_where_what_and_what_to_do():
    assert str(CasemateError(Where("m.yaml", 3, 7), "is wrong", "mend it")) == "m.yaml:3:7: is wrong; mend it"


def test_an_error_of_a_whole_file_has_no_line():
    assert str(CasemateError("m.yaml", "is wrong")) == "m.yaml: is wrong"


def test_all_errors_come_in_the_order_of_their_places():
    at = [(9, 1), (2, 10), (2, 9), (10, 1)]
    found = Problems(CasemateError(Where("m", *x), "is wrong", "mend it") for x in at)
    assert str(found).split("\n") == [
        "m:2:9: is wrong; mend it",
        "m:2:10: is wrong; mend it",
        "m:9:1: is wrong; mend it",
        "m:10:1: is wrong; mend it",
    ]


@pytest.mark.parametrize(
    ("word", "words", "said"),
    [
        ("fromat", ["path", "format"], "did you mean 'format'?"),
        ("xyz", ["b", "a"], "there is a, b"),
        ("xyz", [], "there is none"),
        ("xyz", "abcdefghij", "there is a, b, c, d, e, f, g, h and 2 more"),
    ],
)
def test_a_hint_is_the_nearest_word_or_the_words_there_are(word, words, said):
    assert did_you_mean(word, words) == said


def test_a_thousand_hints_among_ten_thousand_ids_take_seconds_and_not_minutes():
    ids = [f"component-{i}" for i in range(10_000)]
    start = time.process_time()
    for i in range(20):
        did_you_mean(f"component-{i}x", ids)
    assert time.process_time() - start < 2


@given(st.text(), st.lists(st.text()))
def test_a_hint_is_always_one_that_exists(word, words):
    said = did_you_mean(word, words)
    assert said.startswith(("there is ", "did you mean "))
    if said.startswith("did you mean"):
        assert said in {f"did you mean {w!r}?" for w in words}
