"""What we learn of a target before it is attacked: whether it repeats itself, and how often it is right."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Point, Sample, share
from casemate.evidence.redteam.model import Model, labels

ROWS = 32
SAME = 1e-6
"""Scores of one row may differ by this much between batches of another size: floats are summed in another order."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was learned."""

    deterministic: bool
    why: str
    accuracy: Point
    refused: int
    """Rows that got no answer."""
    few: Array = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    """The rows that were asked several times, shape (n, features), and what they were answered, (n, classes)."""
    answers: Array = field(default_factory=lambda: np.empty((0, 0)), repr=False)


def probe(model: Model, data: Sample, rng: np.random.Generator) -> Probe:
    """Ask for some rows twice, in another order and one by one; then for all of them."""
    few = data.rows[:ROWS]
    first, again = model(few), model(few)
    order = rng.permutation(len(few))
    shuffled = np.empty_like(first)
    shuffled[order] = model(few[order])
    alone = np.vstack([model(few[i : i + 1]) for i in range(min(4, len(few)))])
    why = ""
    if _differ(first, again) or _differ(first, shuffled):
        why = "it answers the same rows differently when it is asked again"
    elif _differ(first[: len(alone)], alone):
        why = "it answers a row differently when it stands alone"
    found = labels(model(data.rows))
    answered = found >= 0
    right = int((found[answered] == data.labels[answered]).sum())
    return Probe(not why, why, share(0, right, int(answered.sum())), int((~answered).sum()), few, first)


def again(model: Model, before: Probe) -> Probe:
    """Look once more, after the attacks: a target that was replaced in the meantime is two targets."""
    if not before.deterministic or not _differ(model(before.few), before.answers):
        return before
    return replace(before, deterministic=False, why="it answers the same rows differently than when the run began")


def _differ(a: Array, b: Array) -> bool:
    return not np.allclose(a, b, rtol=0, atol=SAME, equal_nan=True)
