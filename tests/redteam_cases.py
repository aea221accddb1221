"""Small targets for the tests of attacks: linear models with closed forms, and a space with every kind of feature."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from casemate.core.space import Feature, Space, numbers
from casemate.evidence.redteam.attack import Case, Limits, Sample
from casemate.evidence.redteam.metered import Budget, Metered
from casemate.evidence.redteam.model import Function, labels, one_hot
from casemate.evidence.redteam.shadows import Shadows, halves

MIXED = Space(
    (
        Feature("income", "real", 0, 1),
        Feature("age", "integer", 18, 90, immutable=True),
        Feature("years", "integer", 0, 40, direction="up"),
        Feature("rate", "real", 0, 1, step=0.05),
        Feature("job", "categorical", 0, 2, words=("clerk", "cook", "pilot")),
        Feature("owner", "boolean", 0, 1),
        Feature("red", "integer", 0, 1, group="colour"),
        Feature("blue", "integer", 0, 1, group="colour"),
    )
)
LIMITS, ENDLESS = Limits(300, "l2", 0.5), Budget()


@dataclass
class Linear:
    """A softmax of linear logits over points: probabilities and gradients in closed form. Keeps what it was asked."""

    space: Space
    weights: np.ndarray  # (dimensions, classes)
    bias: np.ndarray  # (classes,)
    gives: str = "gradients"
    asked: list[np.ndarray] = field(default_factory=list)

    @property
    def classes(self):
        return len(self.bias)

    def __call__(self, rows):
        self.asked.append(rows.copy())
        z = self.space.points(rows) @ self.weights + self.bias
        z = np.exp(z - z.max(axis=1, keepdims=True))
        p = z / z.sum(axis=1, keepdims=True)
        return one_hot(labels(p), self.classes) if self.gives == "labels" else p

    def gradient(self, rows, truth, loss="cross-entropy"):
        self.asked.append(rows.copy())
        z = self.space.points(rows) @ self.weights + self.bias
        n, order = np.arange(len(z)), np.argsort(z, axis=1)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        out = p / p.sum(axis=1, keepdims=True)
        out[n, truth] -= 1
        if loss == "dlr":  # up to a positive factor, which a step of length one does not see
            other = np.where(order[:, -1] == truth, order[:, -2], order[:, -1])
            out = np.zeros_like(z)
            out[n, other], out[n, truth] = 1, -1
        first = np.cumsum([0, *(f.dimensions for f in self.space.features)])[:-1]
        return (out @ self.weights.T)[:, first] / self.space.span


def rows_of(space, n, rng):
    """Rows that can exist."""
    far = np.array([[rng.uniform(f.low, f.high) for f in space.features] for _ in range(n)])
    return space.rows(space.points(np.round(far * 20) / 20), np.round(far)) if space is not MIXED else _mixed(n, rng)


def _mixed(n, rng):
    red = rng.integers(0, 2, n)
    columns = [rng.random(n), rng.integers(18, 91, n), rng.integers(0, 41, n), rng.integers(0, 21, n) * 0.05,
               rng.integers(0, 3, n), rng.integers(0, 2, n), red, 1 - red]  # fmt: skip
    return np.column_stack(columns).astype(float)


def linear(space, classes=3, seed=0, gives="gradients"):
    """A linear model that tells apart the middle of the space."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(space.dimensions, classes)) * 6
    return Linear(space, weights, -weights.mean(axis=0) * space.dimensions * 0.5, gives)


def centroids(rows, answers, seed, space=MIXED):
    """A copy that answers by the nearest mean of the points of each class; never one that it has not seen."""
    points, said = space.points(rows), labels(answers)
    seen = np.unique(said[said >= 0])
    means = np.stack([points[said == c].mean(axis=0) for c in seen])

    def answer(asked):
        far = np.square(space.points(asked)[:, None] - means).sum(axis=2)
        out = np.zeros((len(asked), answers.shape[1]))
        out[:, seen] = np.exp(-far) / np.exp(-far).sum(axis=1, keepdims=True)
        return out

    return Function(answer, answers.shape[1])


def sample(model, rows):
    return Sample(rows, labels(model(rows)))


def case(model, space=MIXED, seed=0, victims=12, pool=40, limits=LIMITS, budget=ENDLESS, **more):
    """A case against this model. Labels are the model's own, so that every victim is worth an attack."""
    rng = np.random.default_rng([seed, 1])
    truth = more.pop("truth", model)
    made = {k: sample(truth, rows_of(space, n, rng)) for k, n in (("victims", victims), ("pool", pool), ("train", 20))}

    def fit(rows, labels, seed):
        return centroids(rows, one_hot(labels, model.classes), seed, space)

    def shadows():
        rows = [made[k].rows for k in ("train", "victims", "pool")]
        all_of = Sample(np.concatenate(rows), np.concatenate([made[k].labels for k in ("train", "victims", "pool")]))
        kept = halves(4, len(all_of), np.random.default_rng(0))
        answers = np.stack([fit(all_of.rows[k], all_of.labels[k], 0)(all_of.rows) for k in kept])
        return Shadows(all_of, kept, answers)

    def copy(rows, answers, seed):
        return centroids(rows, answers, seed, space)

    more = {"fit": fit, "shadows": shadows, "surrogate": copy} | more
    if hasattr(truth, "asked"):
        truth.asked.clear()
    metered = Metered(model, budget)
    return Case(
        metered, made["victims"], made["pool"], space, np.random.default_rng(seed), limits, made["train"], **more
    )


def plain(dimensions):
    """A space of real features from 0 to 1."""
    return numbers(np.zeros(dimensions), np.ones(dimensions))


def last(results):
    """The result that counts."""
    *_, found = results
    return found
