"""The attacker's own copy of a target, trained on rows and what the target answered. Needs the extra `redteam`.

Of a linear and a forest of trees, the one that agrees more with answers that it was not trained on: the attacker can
test that without one query more. A softmax of a linear model is solved exactly from its scores (Tramer et al. 2016,
Stealing Machine Learning Models via Prediction APIs, section 4.1).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from casemate.core.errors import CasemateError
from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Copier
from casemate.evidence.redteam.losses import logits
from casemate.evidence.redteam.model import Function, Model, labels

TREES = 60
HELD = 4
"""One row in so many tells which kind of copy is better."""
FEWEST = 20
"""With fewer rows nothing is held back: the forest it is."""

Predict = Callable[[Array], Array]
Train = Callable[[Array, Array, int], Predict]
"""From points (n, dimensions), answers (n, classes) and a seed to what gives answers for points."""


def copier(space: Space) -> Copier:
    """Trains copies that see rows as points of this space, so that words have no order. Refused rows teach nothing."""

    def train(rows: Array, answers: Array, seed: int) -> Model:
        heard = ~np.isnan(answers).any(axis=1)
        points, answers = space.points(rows[heard]), answers[heard]
        if not len(answers):
            raise CasemateError(
                "the copy", "the target refused all rows", "ask it for rows that its guards let through"
            )
        predict = _best(points, answers, seed)
        return Function(lambda rows: predict(space.points(rows)), answers.shape[1])

    return train


def _best(points: Array, answers: Array, seed: int) -> Predict:
    """The kind of copy that agrees more on what was held back, then trained on everything."""
    kinds: list[Train] = [forest, line]
    if len(points) < FEWEST:
        return forest(points, answers, seed)
    held = np.zeros(len(points), dtype=bool)
    held[np.random.default_rng(seed).permutation(len(points))[::HELD]] = True

    def agrees(train: Train) -> float:
        copy = train(points[~held], answers[~held], seed)
        return float((labels(copy(points[held])) == labels(answers[held])).mean())

    return max(kinds, key=agrees)(points, answers, seed)  # the first of equals


def forest(points: Array, answers: Array, seed: int) -> Predict:
    """Trees on the answers themselves: extremely random ones on scores, bootstrapped ones on labels."""
    ensemble = _sklearn("ensemble")
    kind = ensemble.RandomForestRegressor if _only_labels(answers) else ensemble.ExtraTreesRegressor
    # Squared error on 0 and 1 splits as the Gini index does.
    fitted = kind(TREES, max_features=1 / 3 if points.shape[1] > 3 else 1.0, random_state=seed).fit(points, answers)
    return lambda p: np.asarray(fitted.predict(p)).reshape(len(p), answers.shape[1])


def line(points: Array, answers: Array, seed: int) -> Predict:
    """Linear logits: least squares on the logarithms of scores, or logistic regression on labels."""
    if _only_labels(answers):
        return _logistic(points, answers)
    wide = np.column_stack([points, np.ones(len(points))])
    z = logits(answers)
    found = np.linalg.lstsq(wide, z - z.mean(axis=1, keepdims=True), rcond=None)[0]
    return lambda p: np.asarray(np.column_stack([p, np.ones(len(p))]) @ found)


def _logistic(points: Array, answers: Array) -> Predict:
    said = labels(answers)
    seen = np.unique(said)
    if len(seen) < 2:
        return lambda p: np.tile(np.arange(answers.shape[1]) == seen[0], (len(p), 1)).astype(np.float64)
    fitted = _sklearn("linear_model").LogisticRegression(C=100.0, max_iter=5000).fit(points, said)

    def predict(p: Array) -> Array:
        out = np.zeros((len(p), answers.shape[1]))
        out[:, seen] = fitted.predict_proba(p)
        return out

    return predict


def _only_labels(answers: Array) -> bool:
    return bool(((answers == 0) | (answers == 1)).all())


def _sklearn(part: str) -> Any:
    try:
        return import_module(f"sklearn.{part}")
    except ImportError:
        raise CasemateError("scikit-learn", "is not installed", "pip install 'casemate[redteam]'") from None
