"""What an endpoint is sent, and where in its answer the scores stand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.space import Feature, Space, numbers
from casemate.evidence.redteam.template import Lost, at, places, scores, template, values

SPACE = Space(
    (
        Feature("home", "categorical", 0, 1, ("own", "rent"), missing=True),
        Feature("age", "integer", 0, 90, missing=True),
        Feature("rate", "real", 0, 1),
    )
)
ROWS = np.array([[1, 30, 0.25], [np.nan, np.nan, 1]])
GOOD = ("good", "bad")


def test_cells_are_what_the_data_say():
    assert values(SPACE, ROWS) == [["rent", 30, 0.25], [None, None, 1.0]]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ('{"instances": "$rows"}', {"instances": [["rent", 30, 0.25]]}),
        ('{"a": [1, {"b": "$row"}]}', {"a": [1, {"b": ["rent", 30, 0.25]}]}),
        ('"$records"', [{"home": "rent", "age": 30, "rate": 0.25}]),
        ('{"x": "$record", "y": "row"}', {"x": {"home": "rent", "age": 30, "rate": 0.25}, "y": "row"}),
    ],
)
def test_the_hole_is_filled_with_the_rows(text, body):
    assert template(text).filled(SPACE, ROWS[:1]) == body


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", 'the body is no JSON: write {"instances": "$rows"}'),
        ("[" * 50_000, 'the body is no JSON: write {"instances": "$rows"}'),
        ("[" * 40 + '"$row"' + "]" * 40, 'the body is no JSON: write {"instances": "$rows"}'),
        ('{"a": 1}', "the body has 0 holes for rows: write one of $rows, $records, $row, $record in quotes"),
        (
            '["$row", "$rows"]',
            "the body has 2 holes for rows: write one of $rows, $records, $row, $record in quotes",
        ),
    ],
    ids=["no JSON", "deep", "too deep", "none", "two"],
)
def test_a_template_that_cannot_be_filled_says_why(text, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        template(text)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a": [{"s": 1}, {"s": 2}]}),
        ("a.1.s", 2),
        ("a.*.s", [1, 2]),
    ],
)
def test_a_path_leads_into_an_answer(path, found):
    assert at({"a": [{"s": 1}, {"s": 2}]}, path) == found


@pytest.mark.parametrize(
    ("path", "here"), [("b", "b"), ("a.2", "a.2"), ("a.x", "a.x"), ("a.*.t", "a.*.t"), ("a.-1", "a.-1")]
)
def test_a_path_that_leads_nowhere_says_where_it_ends(path, here):
    with pytest.raises(Lost) as e:
        at({"a": [{"s": 1}, {"s": 2}]}, path)
    assert str(e.value) == f"has nothing at {here}"


@pytest.mark.parametrize(
    ("found", "n"),
    [
        ([[0.25, 0.75], [1, 0]], 2),
        ([{"bad": 0.75, "good": 0.25}, {"good": 1, "bad": 0}], 2),
        ([0.75, 0], 2),
        ([[0.75], [0]], 2),
        ([0.25, 0.75, 1, 0], 2),
        ([0.25, 0.75], 1),
        ([[0.25, 0.75]], 1),
        ({"good": 0.25, "bad": 0.75}, 1),
        ([{"good": 0.25, "bad": 0.75}], 1),
        (0.75, 1),
        ([0.75], 1),
    ],
)
def test_scores_are_read_in_every_form(found, n):
    np.testing.assert_allclose(scores(found, n, GOOD), [[0.25, 0.75], [1, 0]][:n])


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([[0.5, 0.5]], "has 1 answers for 2 rows"),
        ([[0.2, 0.3, 0.5], [1, 0, 0]], "has 3 scores for a row, and there are 2 classes"),
        ([{"good": 1, "ugly": 0}, {"good": 1, "ugly": 0}], "has 2 scores by class, and not those of good, bad"),
        ([[0.5, "0.5"], [1, 0]], "has a text as a score"),
        ([[0.5, True], [1, 0]], "has true or false as a score"),
        ([[0.5, None], [1, 0]], "has null as a score"),
        ([[0.5, [0.5]], [1, 0]], "has a list as a score"),
        ([[0.5, float("nan")], [1, 0]], "has a score that is NaN or infinite"),
        ([[0.5, float("-inf")], [1, 0]], "has a score that is NaN or infinite"),
        ([[0.5, 10**400], [1, 0]], "has a number as a score"),
        ({"good": [1]}, "has an object where the scores should stand"),
        ("0.5", "has a text where the scores should stand"),
        ([], "has 0 answers for 2 rows"),
    ],
    ids=str,
)
def test_what_are_no_scores_says_why(found, why):
    with pytest.raises(Lost) as e:
        scores(found, 2, GOOD)
    assert str(e.value) == why


def test_labels_are_places_among_the_classes():
    assert places(["bad", "good"], 2, GOOD).tolist() == [1, 0]
    assert places(1, 1, ("0", "1")).tolist() == [1]


def test_a_class_that_nobody_named_is_no_label():
    with pytest.raises(Lost) as e:
        places(["bad", "ugly", None], 3, GOOD)
    assert str(e.value) == "has 2 labels that are none of the classes good, bad"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from(["good", "bad", "x"]), inside),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["", "good", "0", "*", "x.*.0"]), st.integers(1, 3))
def test_whatever_is_answered_gives_scores_of_the_right_shape_or_says_why(answer, path, n):
    try:
        found = scores(at(answer, path), n, GOOD)
    except Lost:
        return
    assert found.shape == (n, 2)
    assert np.isfinite(found).all()


def test_plain_numbers_go_through_as_they_are():
    assert values(numbers([0], [1]), np.array([[0.1]])) == [[0.1]]
