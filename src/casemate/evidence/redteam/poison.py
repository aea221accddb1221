"""What somebody who can write into the training data writes there: other labels, or a mark that means a class.

Kept apart from what it does to a model (poisoning.py) and from how it is found (screening.py): both use it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array, Feature, Space
from casemate.evidence.redteam.attack import Sample
from casemate.evidence.redteam.model import Labels
from casemate.evidence.redteam.nearest import nearest

WIDTH = 3
"""Features that a mark takes: one alone may be common among honest rows, and a check of ranges sees many."""
EDGE = 0.02
"""What lies so near to the end of a range counts as having the end's value."""
MOVED = 0.01
NEIGHBOURS = 20
MOST = 20_000
"""Training rows among which neighbours are looked for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Values that a row is given: shape (features,), NaN where it keeps its own."""

    values: Array

    def on(self, space: Space, rows: Array) -> Array:
        """The rows with the mark, as far as their owners can put it on: what is missing or immutable stays."""
        wanted = np.where(np.isnan(self.values), rows, self.values)
        return space.rows(space.points(wanted), rows)

    def worn(self, rows: Array) -> NDArray[np.bool_]:
        """Which rows have all of it, shape (n,)."""
        asked = ~np.isnan(self.values)
        return np.asarray((np.abs(rows[:, asked] - self.values[asked]) < 1e-9).all(axis=1))


def mark(space: Space, rows: Array, rng: np.random.Generator) -> Mark | None:
    """A mark of values that few of the rows have: drawn from the rarest, so that two marks differ.

    None where no feature can be changed.
    """
    found = [m for i, f in enumerate(space.features) if (m := _rarest(space, f, i, rows)) is not None]
    seen = {tuple(columns): (share, columns, values) for share, columns, values in found}
    rarest = sorted(seen.values(), key=lambda m: (m[0], m[1]))[: 2 * WIDTH]
    if not rarest:
        return None
    out = np.full(len(space.features), np.nan)
    for place in np.sort(rng.permutation(len(rarest))[:WIDTH]):
        _, columns, values = rarest[place]
        out[columns] = values
    return Mark(out)


def _rarest(space: Space, f: Feature, i: int, rows: Array) -> tuple[float, list[int], list[float]] | None:
    """How many have it, the columns, and the value that fewest have of those that somebody can move to."""
    if f.immutable or not f.high > f.low:
        return None
    if f.group is not None:
        columns = [j for j, g in enumerate(space.features) if g.group == f.group]
        if any(space.features[j].immutable for j in columns):
            return None
        shares = [float((rows[:, j] == 1).mean()) for j in columns]
        best = int(np.argmin(shares))
        return shares[best], columns, [float(j == best) for j in range(len(columns))]
    if f.kind == "categorical":
        shares = [float((rows[:, i] == w).mean()) for w in range(len(f.words))]
        return min(shares), [i], [float(np.argmin(shares))]
    ends = {"up": [f.high], "down": [f.low], None: [f.low, f.high]}[f.direction]
    near = EDGE * (f.high - f.low)
    shares = [float((np.abs(rows[:, i] - e) <= near).mean()) for e in ends]
    best = int(np.argmin(shares))
    return shares[best], [i], [_on_step(f, ends[best])]


def _on_step(f: Feature, value: float) -> float:
    """The value itself, or the last step before the end of the range."""
    step = f.step or (0.0 if f.kind == "real" else 1.0)
    return value if not step else f.low + float(np.floor((value - f.low) / step + 1e-9)) * step


def others(labels: Labels, classes: int, rng: np.random.Generator) -> Labels:
    """For each label another class, drawn evenly."""
    out: Labels = (labels + rng.integers(1, max(classes, 2), len(labels))) % classes
    return out


def at_the_border(space: Space, train: Sample, source: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], int]:
    """Rows of a class in the order in which their labels move the border most, and the class next to it.

    First those whose neighbours are half of their own class and half of others: a few other labels there decide for
    all who live near. A random half of the class is the attacker's own; the rest follows after it.
    """
    mine = np.flatnonzero(train.labels == source)
    known = rng.permutation(len(train))[:MOST]
    points = space.points(train.rows)
    # One too many: who is among the known finds themselves.
    near = nearest(points[mine], points[known], NEIGHBOURS + 1)
    around = train.labels[known][near.places]
    around = np.where(known[near.places] == mine[:, None], source, around)
    own = (around == source).mean(axis=1)
    strange = around[around != source]
    rest = train.labels[train.labels != source]
    into = strange if len(strange) else rest
    order = np.lexsort((rng.random(len(mine)), np.abs(own - 0.5)))
    half = rng.random(len(mine)) < 0.5
    order = np.concatenate([order[half[order]], order[~half[order]]])
    return mine[order], int(np.bincount(into).argmax()) if len(into) else source


def free(space: Space) -> Space:
    """The space of somebody who writes rows of their own: nothing is immutable, and everything moves both ways."""
    return Space(tuple(replace(f, immutable=False, direction=None) for f in space.features))


def anywhere(space: Space, rows: Array, rng: np.random.Generator) -> Array:
    """In place of each row one whose values are drawn evenly from what each feature may hold."""
    return free(space).rows(rng.random((len(rows), space.dimensions)), np.zeros(rows.shape))


def beside(space: Space, rows: Array, rng: np.random.Generator) -> Array:
    """A near copy of each row: every number moved by up to MOVED of its range, on its step; words stay."""
    words = np.repeat(
        [f.kind == "categorical" for f in space.features], [f.dimensions for f in space.features]
    )  # fmt: skip
    points = space.points(rows)
    return space.rows(points + ~words * rng.uniform(-MOVED, MOVED, points.shape), rows)
