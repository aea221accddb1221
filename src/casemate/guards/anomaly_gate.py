"""Inputs that look like no clean row as a whole are refused: an isolation forest with a bound on false alarms."""

from __future__ import annotations

from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard, Mask


class AnomalyGate(Guard):
    """Refuses the rows that an isolation forest (Liu et al. 2008) finds more unusual than nearly all clean rows.

    Half of the clean rows grow the forest, the other half settle the threshold: of clean rows that come later at most
    the rate is refused on average (split conformal: Laxhammar 2014; Bates et al. 2023, section 2).
    """

    about = About(
        control="input-anomaly-detection",
        against=("evasion",),
        adaptive=(),
        why="searches among the rows that the gate lets through",
    )

    def __init__(self, rate: float = 0.01, trees: int = 200, seed: int = 0) -> None:
        if not 0 < rate < 1:
            raise ValueError(f"rate must be between 0 and 1, not {rate}")
        self.rate, self.trees, self.seed = float(rate), int(trees), int(seed)
        self.forest: Any = None
        self.middle: Array | None = None
        self.threshold = np.inf

    def learn(self, rows: Array) -> None:
        """Grow the forest and settle the threshold on clean rows (n, features). Too few rows: it refuses nothing."""
        from sklearn.ensemble import IsolationForest

        order = np.random.default_rng(self.seed).permutation(len(rows))
        grown, kept = np.array_split(rows[order], 2)
        known = np.isfinite(rows)
        self.middle = np.array([np.median(c[k]) if k.any() else 0.0 for c, k in zip(rows.T, known.T, strict=True)])
        self.forest = IsolationForest(n_estimators=self.trees, random_state=self.seed).fit(self._whole(grown))
        # The smallest threshold with at least (1 - rate)(n + 1) of the kept rows at or below it.
        place = int(np.ceil((1 - self.rate) * (len(kept) + 1)))
        strange = np.sort(self._strangeness(kept))
        self.threshold = float(strange[place - 1]) if place <= len(kept) else np.inf

    def admit(self, rows: Array, client: str) -> tuple[Array, Mask]:
        """Rows as they are, and which are refused."""
        if self.forest is None or not len(rows):
            return rows, np.zeros(len(rows), dtype=bool)
        return rows, self._strangeness(rows) > self.threshold

    def _strangeness(self, rows: Array) -> Array:
        return np.asarray(-self.forest.score_samples(self._whole(rows)))

    def _whole(self, rows: Array) -> Array:
        assert self.middle is not None  # noqa: S101  set before the forest is grown
        return np.where(np.isfinite(rows), rows, self.middle)


GUARD = AnomalyGate
