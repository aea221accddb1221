"""What can be told of a person's value without any model: from people who are like them.

Attribute inference that does no better than this has learned nothing from the model (Jayaraman and Evans 2022, Are
Attribute Inference Attacks Just Imputation?). By nearest neighbours: they need nothing but numpy and fit mixed rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Sample

NEIGHBOURS = (5, 15, 45)
"""How many are asked; the pool itself says which number is best."""
MOST = 2000
"""Pool rows used at most."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something about a person with few values: a word, a yes or no, or a one-hot group."""

    name: str
    columns: NDArray[np.intp]
    values: Array
    """What the columns hold for each value, shape (values, columns)."""
    immutable: bool

    def of(self, rows: Array) -> NDArray[np.intp]:
        """The value of each row, shape (n,); -1 where it is missing or none of them."""
        same = (rows[:, None, self.columns] == self.values[None]).all(axis=2)
        return np.where(same.any(axis=1), same.argmax(axis=1), -1)

    def put(self, rows: Array, value: int) -> Array:
        """The rows with another value."""
        out = rows.copy()
        out[:, self.columns] = self.values[value]
        return out


def attributes(space: Space, most_values: int) -> tuple[Attribute, ...]:
    """Those of a space with 2 to so many values: first what nobody can change about themselves, then in their order."""
    found, groups = [], set()
    for i, f in enumerate(space.features):
        if f.group is not None:
            if f.group not in groups:
                groups.add(f.group)
                columns = [j for j, g in enumerate(space.features) if g.group == f.group]
                found.append(Attribute(f.group, np.array(columns), np.eye(len(columns)), f.immutable))
        elif f.kind == "categorical":
            found.append(Attribute(f.name, np.array([i]), np.arange(len(f.words), dtype=float)[:, None], f.immutable))
        elif f.kind == "boolean":
            found.append(Attribute(f.name, np.array([i]), np.array([[f.low], [f.high]]), f.immutable))
    return tuple(sorted((a for a in found if 2 <= len(a.values) <= most_values), key=lambda a: not a.immutable))


@dataclass(frozen=True, slots=True)
class Imputer:
    """People whose value is known, and how many neighbours tell most."""

    space: Space
    attribute: Attribute
    with_label: bool
    known: Array
    values: NDArray[np.intp]
    neighbours: int

    def guess(self, sample: Sample) -> Array:
        """The probability of each value for each row, shape (n, values)."""
        return _votes(_distances(_seen(self.space, self.attribute, sample, self.with_label), self.known), self)


def imputer(space: Space, attribute: Attribute, pool: Sample, with_label: bool) -> Imputer:
    """From the pool. with_label: whether the label of a row is known and used beside its other features."""
    values = attribute.of(pool.rows)
    use = np.flatnonzero(values >= 0)[:MOST]
    known = _seen(space, attribute, pool.take(use), with_label)
    made = [Imputer(space, attribute, with_label, known, values[use], k) for k in NEIGHBOURS]
    apart = _distances(known, known)
    np.fill_diagonal(apart, np.inf)
    return max(made, key=lambda i: float((_votes(apart, i).argmax(axis=1) == i.values).sum()))


def _seen(space: Space, attribute: Attribute, sample: Sample, with_label: bool) -> Array:
    """Points without the attribute, and with the label as one more dimension for each class."""
    plain = sample.rows.copy()
    plain[:, attribute.columns] = attribute.values[0]  # the same for everybody: no distance
    points = space.points(plain)
    if not with_label:
        return points
    return np.concatenate([points, np.equal.outer(sample.labels, np.arange(sample.labels.max(initial=0) + 1))], axis=1)


def _distances(points: Array, others: Array) -> Array:
    """Squared, shape (n, m)."""
    width = max(points.shape[1], others.shape[1])  # classes that one side has not are nobody's
    a, b = (np.pad(x, ((0, 0), (0, width - x.shape[1]))) for x in (points, others))
    return np.asarray((a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T)


def _votes(apart: Array, of: Imputer) -> Array:
    """Shares of values among the nearest, leaning on the shares in all of the pool by the weight of one neighbour."""
    n = len(of.attribute.values)
    whole = (np.bincount(of.values, minlength=n) + 1) / (len(of.values) + n)
    k = min(of.neighbours, max(len(of.values) - 1, 0))
    if not k:
        return np.tile(whole, (len(apart), 1))
    near = of.values[np.argsort(apart, axis=1, kind="stable")[:, :k]]
    counts = (near[:, :, None] == np.arange(n)).sum(axis=1)
    return np.asarray((counts + whole) / (k + 1))
