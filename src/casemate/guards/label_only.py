"""The label leaves, no score does."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Gives, Guard


class LabelOnly(Guard):
    """Answers 1 for the class and 0 for the others."""

    about = About(
        control="label-only-output",
        against=("membership", "attribute", "inversion", "extraction"),
        adaptive=("labels",),
        why="measures how far a row is from the boundary by asking about its neighbours",
    )

    def answer(self, rows: Array, scores: Array) -> Array:
        """The first of equal scores wins."""
        out = np.zeros(scores.shape)
        out[np.arange(len(scores)), np.argmax(scores, axis=1)] = 1.0
        return out

    @property
    def gives(self) -> Gives:
        """Labels."""
        return "labels"


GUARD = LabelOnly
