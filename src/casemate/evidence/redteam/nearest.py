"""The nearest rows among many, by the distance between points; in parts that fit in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array

BLOCK = 1 << 22
"""Distances that are held at once: 32 MiB."""


@dataclass(frozen=True, slots=True)
class Near:
    """For each of n points its k nearest, nearest first; shapes (n, k). Where there are fewer, k is smaller."""

    places: NDArray[np.intp]
    distances: Array


def nearest(asked: Array, known: Array, k: int, own: NDArray[np.intp] | None = None) -> Near:
    """Among known points (m, dimensions), of those asked (n, dimensions). Of equally near ones the first counts.

    own: the place of each asked point among the known, shape (n,): nobody is their own neighbour.
    """
    k = min(k, len(known) - (own is not None))
    places, far = np.zeros((len(asked), max(k, 0)), dtype=np.intp), np.zeros((len(asked), max(k, 0)))
    if k < 1:
        return Near(places, far)
    step = max(1, BLOCK // len(known))
    for at in range(0, len(asked), step):
        part = slice(at, at + step)
        squares = _squares(asked[part], known)
        if own is not None:
            squares[np.arange(len(squares)), own[part]] = np.inf
        places[part], far[part] = _smallest(squares, k)
    return Near(places, np.sqrt(far))


def _squares(a: Array, b: Array) -> Array:
    """Squared distances, shape (n, m): not below 0, and what is as good as nothing is 0."""
    found = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    return np.where(found < 1e-12 * a.shape[1], 0.0, np.round(found, 9))


def _smallest(squares: Array, k: int) -> tuple[NDArray[np.intp], Array]:
    """The k smallest of each row, in order; the first of equals."""
    edge = np.partition(squares, k - 1, axis=1)[:, k - 1 : k]
    places = np.empty((len(squares), k), dtype=np.intp)
    for i, row in enumerate(squares):
        within = np.flatnonzero(row <= edge[i, 0])
        places[i] = within[np.argsort(row[within], kind="stable")[:k]]
    return places, np.take_along_axis(squares, places, axis=1)
