"""The space of inputs that can exist: what each feature may hold, and what of it somebody may change.

Rows are what a model is shown: float64, shape (n, features), a word as its place among the feature's words, NaN where
a value is missing. Points are where attacks search: float64 in [0, 1], shape (n, dimensions); a number's range is
scaled to one dimension, a categorical feature has one dimension for each word. `rows` is the projection: whatever
point an attack comes up with, what it gives can exist, and differs from its origin only where it may.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Kind = Literal["real", "integer", "boolean", "categorical"]
Word: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the input. For words, low and high are the first and last place among them."""

    name: str
    kind: Kind
    low: float
    high: float
    words: tuple[Word, ...] = ()
    step: float = 0.0
    """Smallest difference between two values; 0: any. Whole numbers have 1."""
    missing: bool = False
    immutable: bool = False
    direction: Literal["up", "down"] | None = None
    cost: float = 1.0
    """How much a change across the whole range weighs beside that of another feature."""
    group: str | None = None
    """Columns of one group are one-hot: exactly one of them is 1."""

    @property
    def dimensions(self) -> int:
        """How many dimensions it has as a point."""
        return len(self.words) if self.kind == "categorical" else 1


@dataclass(frozen=True)
class Space:
    """The features, in the order of the columns."""

    features: tuple[Feature, ...]

    @cached_property
    def dimensions(self) -> int:
        """How many dimensions a point has."""
        return sum(f.dimensions for f in self.features)

    @cached_property
    def low(self) -> Array:
        """Smallest value of each column, shape (features,)."""
        return np.array([f.low for f in self.features])

    @cached_property
    def span(self) -> Array:
        """Highest minus lowest value of each column, shape (features,); 1 where they are equal."""
        span = np.array([f.high - f.low for f in self.features])
        return np.where(span > 0, span, 1.0)

    @cached_property
    def weight(self) -> Array:
        """What a change of one along each dimension costs, shape (dimensions,).

        A change of word moves two dimensions, so each of them weighs as much as makes the change 1 in the l2 norm.
        """
        return np.array(
            [
                f.cost / (np.sqrt(2) if f.kind == "categorical" else 1)
                for f in self.features
                for _ in range(f.dimensions)
            ]
        )

    @cached_property
    def grid(self) -> Array:
        """The smallest move along each dimension, shape (dimensions,); 0: any. A word is chosen or not: 1."""
        steps = [
            1.0 if f.kind == "categorical" else s / w
            for f, s, w in zip(self.features, self._steps, self.span, strict=True)
            for _ in range(f.dimensions)
        ]
        return np.array(steps)

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """The dimensions that somebody may move, shape (dimensions,); none of a feature that has a single value."""
        return np.array(
            [not f.immutable and f.high > f.low for f in self.features for _ in range(f.dimensions)], dtype=bool
        )

    @cached_property
    def _plain(self) -> NDArray[np.intp]:
        """Columns with one dimension."""
        return np.array([i for i, f in enumerate(self.features) if f.kind != "categorical"], dtype=np.intp)

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """The first dimension of each column."""
        return np.cumsum([0, *(f.dimensions for f in self.features)], dtype=np.intp)[:-1]

    @cached_property
    def _groups(self) -> tuple[NDArray[np.intp], ...]:
        """The columns of each one-hot group."""
        names = dict.fromkeys(f.group for f in self.features if f.group is not None)
        return tuple(np.array([i for i, f in enumerate(self.features) if f.group == g], dtype=np.intp) for g in names)

    def points(self, rows: Array) -> Array:
        """Rows as points, shape (n, dimensions). What is missing lies in the middle; an unknown word is none."""
        out = np.zeros((len(rows), self.dimensions))
        plain = self._plain
        scaled = (rows[:, plain] - self.low[plain]) / self.span[plain]
        out[:, self._starts[plain]] = np.where(np.isnan(scaled), 0.5, scaled)
        for i, f in self._categorical():
            known = np.flatnonzero((rows[:, i] >= f.low) & (rows[:, i] <= f.high))
            out[known, self._starts[i] + rows[known, i].astype(np.intp)] = 1.0
        return out

    def rows(self, points: Array, origins: Array) -> Array:
        """The nearest rows that can exist and that somebody who starts from the origins may reach, shape (n, features).

        What is immutable or missing in the origin stays; numbers stay in range, on their step, and on the allowed side
        of the origin; of the words and of a one-hot group the strongest wins, the origin's where several are equal.
        """
        out = np.empty((len(points), len(self.features)))
        plain = self._plain
        reach = self._high[plain] - self.low[plain]
        out[:, plain] = self.low[plain] + np.clip(points[:, self._starts[plain]], 0, 1) * reach
        for i, f in self._categorical():
            block = points[:, self._starts[i] : self._starts[i] + f.dimensions]
            out[:, i] = _strongest(block, origins[:, i])
        for columns in self._groups:
            chosen = _strongest(out[:, columns], np.argmax(np.nan_to_num(origins[:, columns]), axis=1))
            out[:, columns] = np.arange(len(columns)) == chosen[:, None]
        return self._allowed(out, origins)

    def _categorical(self) -> Iterator[tuple[int, Feature]]:
        return ((i, f) for i, f in enumerate(self.features) if f.kind == "categorical")

    def _allowed(self, rows: Array, origins: Array) -> Array:
        """Steps, directions, and what may not change."""
        step = self._steps
        on = step > 0
        if on.any():
            # Counted from the lowest value, so that what is on the step there stays on it.
            places = np.round((rows[:, on] - self.low[on]) / step[on])
            most = np.floor((self._high[on] - self.low[on]) / step[on] + 1e-9)
            rows[:, on] = self.low[on] + np.minimum(places, most) * step[on]
        up, down = self._directions
        rows[:, up] = np.maximum(rows[:, up], origins[:, up])
        rows[:, down] = np.minimum(rows[:, down], origins[:, down])
        keep = np.isnan(origins) | self._fixed
        return np.where(keep, origins, rows)

    @cached_property
    def _steps(self) -> Array:
        whole = {"integer": 1.0, "boolean": 1.0, "categorical": 1.0}
        return np.array([f.step or whole.get(f.kind, 0.0) for f in self.features])

    @cached_property
    def _high(self) -> Array:
        return np.array([f.high for f in self.features])

    @cached_property
    def _fixed(self) -> NDArray[np.bool_]:
        return np.array([f.immutable for f in self.features], dtype=bool)

    @cached_property
    def _directions(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        moves = [f.direction for f in self.features]
        return np.array([m == "up" for m in moves], dtype=bool), np.array([m == "down" for m in moves], dtype=bool)

    def allowed(self, rows: Array, origins: Array) -> NDArray[np.bool_]:
        """Which rows can exist and may be reached from their origins, shape (n,)."""
        same = self.rows(self.points(rows), origins)
        # Scaling there and back rounds in the last digits of a range.
        near = np.isclose(same, rows, rtol=0, atol=1e-9 * np.maximum(self.span, np.abs(self.low)), equal_nan=True)
        return np.asarray(near.all(axis=1))


def _strongest(block: Array, origin: Array) -> Array:
    """The column of the largest value in each row; the origin's among equals."""
    n = np.arange(len(block))
    best = np.argmax(block, axis=1)
    own = np.nan_to_num(origin).astype(np.intp)
    own = np.clip(own, 0, block.shape[1] - 1)
    return np.where(block[n, own] >= block[n, best], own, best).astype(np.float64)


def numbers(low: Sequence[float], high: Sequence[float]) -> Space:
    """A space of real features that all may change, named by their place."""
    return Space(
        tuple(Feature(f"f{i}", "real", float(a), float(b)) for i, (a, b) in enumerate(zip(low, high, strict=True)))
    )
