"""Shadow models: the user's recipe, fitted on random halves of all rows that we know, and what they answer.

Each row is in exactly half of the models, so for every row there are as many models that learned it as that did not
(Carlini et al. 2022, Membership Inference Attacks From First Principles, section IV).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.space import Array
from casemate.evidence.redteam import shadow_files
from casemate.evidence.redteam.attack import Sample
from casemate.evidence.redteam.metered import checked
from casemate.evidence.redteam.model import Fit

MODELS = 32
"""How many are fitted when nobody says. With 16 the findings of our bench are within a few points of those with 64."""


@dataclass(frozen=True, slots=True)
class Shadows:
    """What `models` shadow models answer for n rows."""

    sample: Sample
    """The rows: first those that the target learned from, then victims, then the attacker's pool."""
    kept: NDArray[np.bool_]
    """Which model learned which row, shape (models, n)."""
    answers: Array
    """Shape (models, n, classes)."""

    def seen(self, through: Callable[[Array, Array], Array]) -> Shadows:
        """As an attacker who knows the guard sees them: `through` gives guarded answers for rows and answers."""
        return replace(self, answers=np.stack([through(self.sample.rows, a) for a in self.answers]))


def halves(models: int, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which of an even number of models learns which of n rows, shape (models, n): each row is in half of them."""
    order = np.argsort(rng.random((n, models)), axis=1)
    return np.ascontiguousarray((order < models // 2).T)


def together(*samples: Sample) -> Sample:
    """Several samples as one, in their order: for shadow models those are train, victims, pool."""
    return Sample(np.concatenate([s.rows for s in samples]), np.concatenate([s.labels for s in samples]))


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is made: the function, and a digest of all that it depends on besides data and seed."""

    fit: Fit
    digest: str
    classes: int


def fitted(recipe: Recipe, sample: Sample, seed: int, models: int = MODELS, cache: Path | None = None) -> Shadows:
    """Fit an even number of models, at least 4, on halves of the sample, and ask each for all of it.

    Each model's answers are kept in the folder `cache` as soon as it is fitted, under a name made of all that they
    depend on, so an interrupted run goes on where it ended. Raises ModelError where a model does not answer as it
    should, CasemateError where there are too few rows or the folder cannot be written.
    """
    if models < 4 or models % 2:
        raise CasemateError("shadow models", f"{models} of them", "ask for an even number, at least 4")
    if len(sample) < 2 * recipe.classes:
        raise CasemateError("shadow models", f"{len(sample)} rows are too few", "give more rows of training data")
    kept = halves(models, len(sample), np.random.default_rng([seed, models]))
    answers = [_answers(recipe, sample, seed, kept[m], m, cache) for m in range(models)]
    return Shadows(sample, kept, np.stack(answers))


def _answers(
    recipe: Recipe, sample: Sample, seed: int, kept: NDArray[np.bool_], number: int, cache: Path | None
) -> Array:
    """What one model answers, from the cache or from a fit."""
    shape = (len(sample), recipe.classes)
    if cache is None:
        return _fit(recipe, sample, seed, kept, number)
    key = shadow_files.key(recipe.digest, sample, kept, seed, number, recipe.classes)
    found = shadow_files.load(cache, key, shape)
    if found is None:
        found = _fit(recipe, sample, seed, kept, number)
        shadow_files.save(cache, key, found)
    return found


def _fit(recipe: Recipe, sample: Sample, seed: int, kept: NDArray[np.bool_], number: int) -> Array:
    half = sample.take(kept)
    model = recipe.fit(half.rows, half.labels, model_seed(seed, number))
    return checked(model(sample.rows), len(sample), recipe.classes)


def model_seed(seed: int, number: int) -> int:
    """The seed of one model, 0 to 2^31 - 1: models of neighbouring runs share none."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
