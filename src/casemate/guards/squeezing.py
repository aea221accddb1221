"""Inputs are coarsened before the model sees them: feature squeezing (Xu, Evans, Qi 2018)."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard, Mask


class Squeezing(Guard):
    """Moves every number to the nearest of so many values between the smallest and largest that clean rows hold."""

    about = About(
        control="input-restoration",
        against=("evasion",),
        adaptive=(),
        why="searches through the squeezer, which is a part of the model like any other",
    )

    def __init__(self, levels: int = 16) -> None:
        if not 2 <= levels <= 65_536:
            raise ValueError(f"levels must be 2 to 65536, not {levels}")
        self.levels = levels
        self.low: Array | None = None
        self.step: Array | None = None

    def learn(self, rows: Array) -> None:
        """The range of every column of clean rows (n, features). A column with as few values stays as it is."""
        absent = np.isnan(rows)
        low = np.where(absent, np.inf, rows).min(axis=0)
        high = np.where(absent, -np.inf, rows).max(axis=0)
        few = np.array([len(np.unique(c[~np.isnan(c)])) <= self.levels for c in rows.T])
        step = (high - low) / (self.levels - 1)
        self.low, self.step = low, np.where(few | ~np.isfinite(step), 0.0, step)

    def admit(self, rows: Array, client: str) -> tuple[Array, Mask]:
        """Coarser rows; none is refused."""
        nobody = np.zeros(len(rows), dtype=bool)
        if self.low is None or self.step is None:
            return rows, nobody
        on = self.step > 0
        out = rows.copy()
        places = np.clip(np.round((rows[:, on] - self.low[on]) / self.step[on]), 0, self.levels - 1)
        out[:, on] = self.low[on] + places * self.step[on]
        return out, nobody


GUARD = Squeezing
