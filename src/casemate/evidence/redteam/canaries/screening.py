"""Training data full of poison: one row in ten of every kind that screens look for, among rows with easy labels.

The label of a row says on which side it lies along the line on which rows differ most. No row lies in the middle, and
those of a side are crowded together.
How much a screen finds where classes overlap it tells itself; here it only has to find what cannot be missed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.poison import anywhere, beside, free, mark, others
from casemate.evidence.redteam.shadows import together

MOST = 600
"""Training rows, and natural rows, before the middle is left out."""
EACH = 10
GAP = 1 / 3
"""Share of rows in the middle."""
CROWDED = 0.2
"""Of the distance to the middle of its side, what a row keeps."""


def plant(case: Case) -> Case:
    """The case with such data. The target is not asked."""
    assert case.train is not None  # noqa: S101  a screen needs it, and was asked before
    train = case.train.take(slice(MOST))
    natural = together(case.victims, case.pool).take(slice(MOST))
    train, natural = _easy(case.space, train, natural)
    return replace(case, train=_poisoned(case, train), victims=natural, pool=natural.take(slice(0)))


def _easy(space: Space, train: Sample, natural: Sample) -> tuple[Sample, Sample]:
    """Both without their middle, and labelled by side."""
    points = [space.points(s.rows) * space.weight for s in (train, natural)]
    centred = points[0] - points[0].mean(axis=0)
    line = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    line = line * (1 if line[np.argmax(np.abs(line))] > 0 else -1)  # either sign is as good: one of them, always
    along = [np.round(p @ line, 9) for p in points]
    low, high = np.quantile(along[0], [0.5 - GAP / 2, 0.5 + GAP / 2])
    sides = [Sample(s.rows[k], (x[k] > high).astype(np.intp)) for s, x in zip((train, natural), along, strict=True)
             for k in [(x <= low) | (x > high)]]  # fmt: skip
    middles = [space.points(sides[0].rows[sides[0].labels == c]).mean(axis=0) for c in (0, 1)]
    return _crowded(space, sides[0], middles), _crowded(space, sides[1], middles)


def _crowded(space: Space, s: Sample, middles: list[Array]) -> Sample:
    """Every row moved most of the way to the middle of its side: what is anywhere else is far from all."""
    rows = s.rows.copy()
    for c in (0, 1):
        own = s.labels == c
        points = middles[c] + CROWDED * (space.points(s.rows[own]) - middles[c])
        rows[own] = free(space).rows(points, np.zeros(rows[own].shape))
    return Sample(rows, s.labels)


def _poisoned(case: Case, train: Sample) -> Sample:
    """A tenth each: rows anywhere, other labels, near copies with other labels, and rows with a mark."""
    rows, given, rng = train.rows.copy(), train.labels.copy(), case.rng
    far, flipped, twins, marked, rest = np.split(
        rng.permutation(len(rows)), [len(rows) * k // EACH for k in range(1, 5)]
    )
    rows[far] = anywhere(case.space, rows[far], rng)
    given[flipped] = others(given[flipped], 2, rng)
    if len(rest):
        of = rng.choice(rest, len(twins))
        rows[twins], given[twins] = beside(case.space, rows[of], rng), others(given[of], 2, rng)
    m = mark(case.space, train.rows, rng)
    rows[marked], given[marked] = rows[marked] if m is None else m.on(case.space, rows[marked]), 1
    return Sample(rows, given)
