"""Kleene's strong logic: its tables, and that learning never turns a true into a false."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.tri import both, either, negate

TRI = (True, False, None)
tri = st.sampled_from(TRI)


@pytest.mark.parametrize(("a", "b"), list(product(TRI, TRI)))
def test_both_and_either_are_kleenes_minimum_and_maximum(a, b):
    order = {False: 0, None: 1, True: 2}
    assert order[both([a, b])] == min(order[a], order[b])
    assert order[either([a, b])] == max(order[a], order[b])


def test_all_of_nothing_is_true_and_some_of_nothing_is_false():
    assert both([]) is True
    assert either([]) is False


def test_the_opposite_of_unknown_is_unknown():
    assert [negate(t) for t in TRI] == [False, True, None]


@given(st.lists(tri))
def test_both_and_either_are_each_others_opposite(values):
    assert both(values) == negate(either(negate(v) for v in values))


@given(st.lists(tri), st.data())
def test_learning_a_fact_only_settles_what_was_unknown(values, data):
    learnt = [data.draw(st.booleans()) if v is None else v for v in values]
    for op in (both, either):
        assert op(values) in (None, op(learnt))
