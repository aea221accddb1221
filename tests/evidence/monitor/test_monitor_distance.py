from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_rows import words

from casemate.evidence.monitor import distance
from casemate.evidence.monitor.batch import Batch, Category, Numeric
from casemate.evidence.monitor.sketch import column, observe
from casemate.evidence.monitor.sketch_bins import edges, ordered
from casemate.evidence.monitor.sketch_counts import Counts
from casemate.evidence.monitor.sketch_spec import CategorySpec, NumericSpec, Spec

NUMBER = NumericSpec()
N = 200_000


def histogram(values: np.ndarray, spec: NumericSpec = NUMBER) -> Counts:
    rows = Batch(np.zeros(values.size, np.int64), features={"a": Numeric(values)})
    return column(observe(Spec((("f.a", spec),)), rows), "f.a")[1]


def letters(text: str) -> Counts:
    rows = Batch(np.zeros(len(text), np.int64), features={"a": words(*text)})
    return column(observe(Spec((("f.a", CategorySpec(("a", "b"))),)), rows), "f.a")[1]


def exact_ks(a: np.ndarray, b: np.ndarray) -> float:
    every = np.sort(np.concatenate((a, b)))
    below = [np.searchsorted(np.sort(x), every, side="right") / x.size for x in (a, b)]
    return float(np.abs(below[0] - below[1]).max())


A = np.random.default_rng(1).standard_normal(N)
B = np.random.default_rng(2).standard_normal(N) * 1.5 + 0.3


def test_ks_is_the_exact_one_from_below():
    found, exact = distance.ks(distance.paired(histogram(A), histogram(B))), exact_ks(A, B)
    assert exact - 0.005 < found <= exact


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_ks_on_bins_never_exceeds_ks_on_rows(a, b):
    one, other = np.array(a, np.float32), np.array(b, np.float32)
    assert distance.ks(distance.paired(histogram(one), histogram(other))) <= exact_ks(one, other) + 1e-12


def test_wasserstein_of_a_moved_and_stretched_normal_is_its_closed_form():
    # Between N(0, 1) and N(.3, 1.5): the mean of |.3 + .5 z|.
    m, s = 0.3, 0.5
    closed = s * math.sqrt(2 / math.pi) * math.exp(-(m**2) / (2 * s**2)) + m * math.erf(m / (s * math.sqrt(2)))
    found = distance.wasserstein(NUMBER, distance.paired(histogram(A), histogram(B)))
    assert found == pytest.approx(closed, abs=0.01)


def test_mean_deviation_and_quantiles_of_a_normal():
    table = histogram(B)
    assert distance.mean(NUMBER, table) == pytest.approx(float(B.mean()), abs=0.005)
    assert distance.deviation(NUMBER, table) == pytest.approx(float(B.std()), rel=0.005)
    for share in (0.01, 0.25, 0.5, 0.9, 0.999):
        exact = float(np.quantile(B, share))
        assert distance.quantile(NUMBER, table, share) == pytest.approx(exact, rel=0.03, abs=0.005)
    assert distance.share_below(NUMBER, table, 0.3) == pytest.approx(0.5, abs=0.005)


def test_a_bin_that_is_one_value_lies_wholly_below_or_wholly_not_below_a_line():
    ones = histogram(np.ones(10))
    assert [distance.share_below(NUMBER, ones, line) for line in (0.5, 1.0, 1.5)] == [0.0, 0.0, 1.0]


def test_without_rows_there_is_no_mean_and_no_quantile():
    nothing = histogram(np.array([np.nan]))
    assert distance.mean(NUMBER, nothing) is None
    assert distance.deviation(NUMBER, nothing) is None
    assert distance.quantile(NUMBER, nothing, 0.5) is None
    assert distance.share_below(NUMBER, nothing, 0.5) is None


def test_psi_jensen_shannon_and_total_variation_of_two_words_are_their_closed_forms():
    pair = distance.paired(letters("a" * 6000 + "b" * 4000), letters("a" * 3000 + "b" * 7000))
    assert distance.total_variation(pair) == pytest.approx(0.3)
    assert distance.psi(pair, in_order=False) == pytest.approx(0.3 * math.log(2) + 0.3 * math.log(7 / 4), rel=1e-3)

    def entropy(p: float) -> float:
        return -p * math.log2(p) - (1 - p) * math.log2(1 - p)

    closed = entropy(0.45) - (entropy(0.6) + entropy(0.3)) / 2
    assert distance.jensen_shannon(pair, in_order=False) == pytest.approx(closed)


def test_jensen_shannon_is_none_between_equals_and_one_between_strangers():
    same = distance.paired(histogram(A), histogram(A))
    apart = distance.paired(histogram(np.full(9, 1.0)), histogram(np.full(9, -1.0)))
    assert distance.jensen_shannon(same, in_order=True) == 0
    assert distance.jensen_shannon(apart, in_order=True) == pytest.approx(1)
    assert distance.psi(same, in_order=True) == 0


def test_words_that_the_spec_does_not_know_still_differ():
    assert distance.total_variation(distance.paired(letters("aab"), letters("xyz"))) == pytest.approx(1)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_bins_are_ordered_as_their_edges_and_every_number_lies_in_its_own(bits):
    values = np.array([-3e38, -7.1, -1e-30, 0.0, 1e-44, 0.3, 1.0, 5.5, 3e38], np.float32)
    places = ordered(bits)[values.view(np.uint32) >> np.uint32(32 - bits)]
    assert (np.diff(places) >= 0).all()
    edge = edges(bits)
    assert (np.diff(edge) >= 0).all()
    assert (edge[places] <= values).all()
    assert (values <= edge[places + 1]).all()


def test_a_repeated_word_in_a_vocabulary_is_one_word():
    rows = Batch(np.zeros(3, np.int64), features={"a": Category(np.array([0, 1, 2]), ("a", "a", "b"))})
    table = column(observe(Spec((("f.a", CategorySpec(("a", "b"))),)), rows), "f.a")[1]
    assert table.counts.tolist() == [2, 1]
