"""What an attack with gradients climbs, from a model's answers: higher is nearer to a wrong answer.

Scores that are probabilities become logits by their logarithm: both losses stay the same when all logits move together.
"""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.model import Labels

TINY = 1e-30
"""A probability of 0 has no logarithm."""


def logits(answers: Array) -> Array:
    """Of answers (n, classes); those that are probabilities by their logarithm, others as they are."""
    heard = answers[~np.isnan(answers).any(axis=1)]
    if len(heard) and heard.min() >= 0 and np.allclose(heard.sum(axis=1), 1, atol=1e-4):
        return np.log(np.maximum(answers, TINY))
    return answers


def cross_entropy(answers: Array, truth: Labels) -> Array:
    """In nats, shape (n,); minus infinity where the model refused."""
    z = logits(answers)
    top = z.max(axis=1)
    out = top + np.log(np.exp(z - top[:, None]).sum(axis=1)) - z[np.arange(len(z)), truth]
    return np.where(np.isnan(out), -np.inf, out)


def dlr(answers: Array, truth: Labels) -> Array:
    """Difference of logits ratio (Croce and Hein 2020, equation 6), at least three classes, shape (n,)."""
    z, n = logits(answers), np.arange(len(answers))
    ordered = np.sort(z, axis=1)
    own = z[n, truth]
    other = np.where(own == ordered[:, -1], ordered[:, -2], ordered[:, -1])
    out = (other - own) / np.maximum(ordered[:, -1] - ordered[:, -3], 1e-12)
    return np.where(np.isnan(out), -np.inf, out)
