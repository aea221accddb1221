"""What an attacker meets: something that answers rows. Everything else about it is optional.

A model is anything with `classes`, `gives` and a call; one that `gives` gradients has `gradient` as well. Adapters make
one of what the user has (models/), guards stand in front of one (casemate.guards), views are what an attacker who
knows a guard makes of it (views/).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.space import Array

Gives = Literal["labels", "scores", "gradients"]
MORE = ("labels", "scores", "gradients")
"""What a model gives, from least to most: what gives more gives the less as well."""
Labels = NDArray[np.intp]


class ModelError(CasemateError):
    """The model raised, hung, or answered what is no answer."""


class Model(Protocol):
    """Answers rows of shape (n, features) with scores of shape (n, classes), float64.

    One that gives labels answers 1 for the class and 0 for the others. A row of NaN is no answer: refused. Raises
    ModelError; a budget may end with Spent.
    """

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""

    @property
    def gives(self) -> Gives:
        """What the answers hold."""

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""


@runtime_checkable
class Differentiable(Model, Protocol):
    """A model whose gradient the attacker can compute: white box."""

    def gradient(self, rows: Array, labels: Labels, loss: str = "cross-entropy") -> Array:
        """Of the loss of each row, by the row: shape (n, features)."""


class Fit(Protocol):
    """The user's recipe: trains one more model like the attacked one."""

    def __call__(self, rows: Array, labels: Labels, seed: int) -> Model:
        """A model fitted on rows (n, features) and labels (n,)."""


@dataclass(frozen=True, slots=True)
class Function:
    """A plain function as a model; for tests, guards and views."""

    answer: Callable[[Array], Array]
    classes: int
    gives: Gives = "scores"

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""
        return self.answer(rows)


def labels(answers: Array) -> Labels:
    """The class of each answer, shape (n,); -1 where there was none. The first of equal scores wins."""
    out: Labels = np.argmax(np.nan_to_num(answers), axis=1)
    out[np.isnan(answers).any(axis=1)] = -1
    return out


def one_hot(chosen: Labels, classes: int) -> Array:
    """Labels as answers, shape (n, classes); -1 gives a row of NaN."""
    out: Array = np.equal.outer(chosen, np.arange(classes)).astype(np.float64)
    out[chosen < 0] = np.nan
    return out


def gives_at_least(model: Model, needed: Gives) -> bool:
    """Whether a model's answers hold what an attack needs."""
    return MORE.index(model.gives) >= MORE.index(needed)
