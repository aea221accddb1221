"""Fresh noise on every answer: the article's output perturbation."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard, Lock


class Noise(Guard):
    """Adds Laplace noise of a scale to every score, drawn anew for every query. Scores stay between 0 and 1."""

    about = About(
        control="output-perturbation",
        against=("membership", "attribute", "inversion", "extraction"),
        adaptive=("averaging", "labels"),
        why="asks the same row again and again and takes the mean",
    )

    def __init__(self, scale: float = 0.1, seed: int | None = None) -> None:
        if not 0 < scale <= 10:
            raise ValueError(f"scale must be above 0 and at most 10, not {scale}")
        self.scale = float(scale)
        self.rng = np.random.default_rng(seed)
        self.lock = Lock()

    def answer(self, rows: Array, scores: Array) -> Array:
        """Noisy scores; they need not sum to 1 any more."""
        with self.lock:
            noise = self.rng.laplace(0, self.scale, scores.shape)
        return np.asarray(np.clip(scores + noise, 0, 1))

    def seeded(self, seed: int) -> None:
        """For a test that must repeat: noise in production needs no seed."""
        self.rng = np.random.default_rng(seed)


GUARD = Noise
