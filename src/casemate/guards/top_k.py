"""Only the scores of the k likeliest classes leave."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard


class TopK(Guard):
    """Sets all but the k highest scores to 0."""

    about = About(
        control="output-rounding",
        against=("membership", "attribute", "inversion", "extraction"),
        adaptive=("labels",),
        why="uses the highest score and the label, which stay",
    )

    def __init__(self, k: int = 1) -> None:
        if not 1 <= k <= 10_000:
            raise ValueError(f"k must be at least 1, not {k}")
        self.k = k

    def answer(self, rows: Array, scores: Array) -> Array:
        """The first of equal scores stay; they need not sum to 1 any more."""
        out = np.zeros(scores.shape)
        kept = np.argsort(-scores, axis=1, kind="stable")[:, : self.k]
        np.put_along_axis(out, kept, np.take_along_axis(scores, kept, 1), 1)
        return out


GUARD = TopK
