"""Noise that hangs on the input and a secret key: who asks again hears the same."""

from __future__ import annotations

import hashlib
import secrets

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard


class KeyedNoise(Guard):
    """Adds Laplace noise that is a function of the row, rounded, and the key: repeating a query tells nothing new."""

    about = About(
        control="output-perturbation",
        against=("membership", "attribute", "inversion", "extraction"),
        adaptive=("neighbours", "labels"),
        why="asks about rows beside it, each of which has noise of its own, and takes the mean",
    )

    def __init__(self, scale: float = 0.1, key: str | None = None, digits: int = 6) -> None:
        if not 0 < scale <= 10:
            raise ValueError(f"scale must be above 0 and at most 10, not {scale}")
        self.scale, self.digits = float(scale), int(digits)
        self.key = secrets.token_bytes(32) if key is None else hashlib.sha256(str(key).encode()).digest()

    def answer(self, rows: Array, scores: Array) -> Array:
        """Noisy scores between 0 and 1; equal rows hear the same."""
        uniform = np.stack([self._uniform(r, scores.shape[1]) for r in np.round(rows, self.digits) + 0.0])
        # The inverse of the Laplace distribution's cumulative function.
        noise = -self.scale * np.sign(uniform) * np.log1p(-2 * np.abs(uniform))
        return np.asarray(np.clip(scores + noise, 0, 1))

    def seeded(self, seed: int) -> None:
        """For a test that must repeat: the key comes from the seed."""
        self.key = hashlib.sha256(str(seed).encode()).digest()

    def _uniform(self, row: Array, n: int) -> Array:
        """n numbers between -0.5 and 0.5 from the row and the key."""
        data = hashlib.shake_256(self.key + row.tobytes()).digest(8 * n)
        whole = np.frombuffer(data, "<u8") >> np.uint64(11)
        return np.asarray(whole.astype(np.float64) / (1 << 53) - 0.5 + 2.0**-54)


GUARD = KeyedNoise
