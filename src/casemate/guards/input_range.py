"""Inputs that no clean row resembles in some column are refused: the schema check."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard, Mask


class InputRange(Guard):
    """Refuses rows with a value outside what clean rows hold, widened by a share, or missing where none was."""

    about = About(
        control="input-validation",
        against=("evasion",),
        adaptive=(),
        why="stays inside the range of every column, as its own rows do",
    )

    def __init__(self, slack: float = 0.0) -> None:
        if not 0 <= slack <= 100:
            raise ValueError(f"slack must be 0 to 100, not {slack}")
        self.slack = float(slack)
        self.low: Array | None = None
        self.high: Array | None = None
        self.gaps: Mask | None = None

    def learn(self, rows: Array) -> None:
        """The range of every column of clean rows (n, features)."""
        absent = np.isnan(rows)
        self.low = np.where(absent, np.inf, rows).min(axis=0)
        self.high = np.where(absent, -np.inf, rows).max(axis=0)
        wide = np.where(np.isfinite(self.high - self.low), self.high - self.low, 0.0) * self.slack
        self.low, self.high, self.gaps = self.low - wide, self.high + wide, np.asarray(absent.any(axis=0))

    def admit(self, rows: Array, client: str) -> tuple[Array, Mask]:
        """Rows as they are, and which are refused. Before it learned anything it refuses nothing."""
        if self.low is None or self.high is None or self.gaps is None:
            return rows, np.zeros(len(rows), dtype=bool)
        absent = np.isnan(rows)
        outside = ~absent & ((rows < self.low) | (rows > self.high))
        return rows, np.asarray((outside | (absent & ~self.gaps)).any(axis=1))


GUARD = InputRange
