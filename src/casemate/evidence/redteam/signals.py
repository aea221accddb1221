"""What an answer says of membership: the logit of the true class, its bell curves over shadow models, and their ratio.

Sources: Carlini et al. 2022, Membership Inference Attacks From First Principles, sections IV and V (LiRA); Zarifzadeh
et al. 2024, Low-Cost High-Power Membership Inference Attacks, section 3 (RMIA). NaN is an answer that was refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array
from casemate.evidence.redteam.model import Labels

Mask = NDArray[np.bool_]
PRIOR = 8.0
"""How many answers the spread over all rows counts for beside a row's own: Carlini et al. take the one below 64 models
and the other above; the mean of both was as good as the better on each of our four bench models at 16, 32 and 64."""
LOOK = 200_000
"""Scores that are looked at to find their step."""
LEAST = 1e-6
"""Smallest variance of a logit: answers that never change must not divide by 0."""


def step(answers: Array) -> float:
    """Half of the smallest score above 0: what a score of 0 may hide.

    A forest of 50 trees answers in steps of 1/50. With 0 taken for a millionth, one tree more or less moves the logit
    by 10, and the bell curves fit nothing: on digits LiRA finds 8 % instead of 48 % at 1 % false positives.
    """
    some = answers.reshape(-1)[:LOOK]
    positive = some[some > 0]
    return float(np.clip(positive.min() / 2, 1e-30, 0.05)) if positive.size else 0.05


def true_class(answers: Array, labels: Labels) -> Array:
    """The score of the true class, of answers (..., n, classes): shape (..., n)."""
    n, classes = answers.shape[-2:]
    flat = answers.reshape(*answers.shape[:-2], n * classes)  # one index is nine times faster than two
    return np.asarray(np.take(flat, np.arange(n) * classes + labels, axis=-1))


def logit(answers: Array, labels: Labels, half: float) -> Array:
    """log of the true class's score over that of all others, of answers (..., n, classes): shape (..., n)."""
    mine = true_class(answers, labels)
    others = np.maximum(np.einsum("...k->...", answers) - mine, 0)  # five times faster than sum over so few
    return np.asarray(np.log(np.maximum(mine, 0) + half) - np.log(others + half))


@dataclass(frozen=True, slots=True)
class Bells:
    """Mean and variance of each row's logit, shape (n,) or (models, n): in models that learned it, and in others."""

    mean_in: Array
    var_in: Array
    mean_out: Array
    var_out: Array

    def online(self, logits: Array) -> Array:
        """The logarithm of the likelihood ratio that the row was learned."""
        into = -np.square(logits - self.mean_in) / (2 * self.var_in) - np.log(self.var_in) / 2
        out = -np.square(logits - self.mean_out) / (2 * self.var_out) - np.log(self.var_out) / 2
        return np.asarray(into - out)

    def offline(self, logits: Array) -> Array:
        """How many deviations the logit lies above those of models that did not learn the row."""
        return np.asarray((logits - self.mean_out) / np.sqrt(self.var_out))


def bells(logits: Array, kept: Mask) -> Bells:
    """From logits (models, n) and which model learned which row. NaN where no model of a side answered a row."""
    heard = ~np.isnan(logits)
    return Bells(*_spread(*_side(logits, kept & heard)), *_spread(*_side(logits, ~kept & heard)))


def left_out(logits: Array, kept: Mask) -> Array:
    """Online scores with every model the target once, judged by the others: shape (models, n)."""
    heard = ~np.isnan(logits)
    into, out = (_spread(*_without(logits, side & heard)) for side in (kept, ~kept))
    return Bells(*into, *out).online(logits)


def _side(logits: Array, side: Mask) -> tuple[Array, Array, Array]:
    """How many models of one side answered each row, the mean of their logits, and the sum of squares around it."""
    count = side.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(side, logits, 0.0).sum(axis=0) / count
    return count, mean, np.square(np.where(side, logits - mean, 0.0)).sum(axis=0)


def _without(logits: Array, side: Mask) -> tuple[Array, Array, Array]:
    """The same without each model in turn, shapes (models, n)."""
    count, mean, squares = _side(logits, side)
    off = np.where(side, logits - mean, 0.0)
    rest = count - side
    with np.errstate(invalid="ignore", divide="ignore"):
        return rest, mean - off / rest, np.maximum(squares - np.square(off) * count / rest, 0)


def _spread(count: Array, mean: Array, squares: Array) -> tuple[Array, Array]:
    """Mean and variance; the variance leans on that of all rows."""
    shared = np.nansum(squares, axis=-1, keepdims=True) / np.maximum(count.sum(axis=-1, keepdims=True), 1)
    return mean, (PRIOR * shared + squares) / (PRIOR + count) + LEAST


def ratio(target: Array, answers: Array, half: float) -> Array:
    """RMIA's likelihood ratio of the target's score of the true class (n,) to the mean over shadow models (models, n).

    RMIA scores a row by the share of population rows z with ratio(x) / ratio(z) above a constant. For one population
    that share grows with ratio(x) and with nothing else, so the ratio itself ranks rows alike, with fewer ties.
    """
    heard = ~np.isnan(answers)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(heard, answers, 0.0).sum(axis=0) / heard.sum(axis=0)
    return np.asarray((target + half) / (mean + half))
