"""Scores are rounded before they leave."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard


class Rounding(Guard):
    """Rounds every score to so many decimals."""

    about = About(
        control="output-rounding",
        against=("membership", "attribute", "inversion", "extraction"),
        adaptive=("labels",),
        why="uses the labels alone, which no rounding hides",
    )

    def __init__(self, decimals: int = 1) -> None:
        if not 0 <= decimals <= 9:
            raise ValueError(f"decimals must be 0 to 9, not {decimals}")
        self.decimals = decimals

    def answer(self, rows: Array, scores: Array) -> Array:
        """Rounded; they need not sum to 1 any more."""
        return np.round(scores, self.decimals)


GUARD = Rounding
