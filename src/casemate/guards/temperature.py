"""Scores are made less sure before they leave: softmax with a temperature."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard

LEAST = 1e-12


class Temperature(Guard):
    """Raises every score to the power 1/t and scales the sum to 1. The order stays."""

    about = About(
        control="output-perturbation",
        against=("membership", "inversion", "extraction"),
        adaptive=("undone", "labels"),
        why="knows the temperature and takes it back, since no score is lost",
    )

    def __init__(self, t: float = 5.0) -> None:
        if not 0 < t <= 1000:
            raise ValueError(f"t must be above 0 and at most 1000, not {t}")
        self.t = float(t)

    def answer(self, rows: Array, scores: Array) -> Array:
        """Scores that sum to 1."""
        return _scaled(scores, 1 / self.t)

    def undo(self, scores: Array) -> Array:
        """What somebody who knows the temperature makes of the answers."""
        return _scaled(scores, self.t)


def _scaled(scores: Array, power: float) -> Array:
    logs = power * np.log(np.maximum(scores, LEAST))
    out = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(out / out.sum(axis=1, keepdims=True))


GUARD = Temperature
