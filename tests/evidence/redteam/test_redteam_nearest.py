"""Nearest rows, against looking at all of them."""

import numpy as np
import pytest

from casemate.evidence.redteam import nearest as module
from casemate.evidence.redteam.nearest import nearest


@pytest.mark.parametrize("block", [1, 70, 1 << 22])
def test_they_are_those_that_looking_at_all_of_them_gives(block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    rng = np.random.default_rng(0)
    a, b = rng.random((20, 3)), rng.random((35, 3))
    far = np.sqrt(np.square(a[:, None] - b).sum(axis=2))
    found = nearest(a, b, 4)
    np.testing.assert_array_equal(found.places, np.argsort(far, axis=1)[:, :4])
    np.testing.assert_allclose(found.distances, np.sort(far, axis=1)[:, :4], atol=1e-6)


def test_nobody_is_their_own_neighbour():
    points = np.random.default_rng(1).random((10, 2))
    found = nearest(points, points, 9, np.arange(10))
    assert all(set(found.places[i]) == set(range(10)) - {i} for i in range(10))


def test_of_equally_near_ones_the_first_counts():
    assert nearest(np.zeros((1, 2)), np.ones((5, 2)), 3).places.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize(("known", "own", "k"), [(0, None, 0), (1, np.array([0]), 0), (2, None, 2)])
def test_where_there_are_fewer_it_gives_fewer(known, own, k):
    assert nearest(np.zeros((1, 2)), np.zeros((known, 2)), 5, own).places.shape == (1, k)
