"""A model that knows its training rows by heart: it is sure of them and of nothing else. So are its shadows."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.model import Gives, Labels, one_hot
from casemate.evidence.redteam.shadows import Shadows, halves, together

MODELS = 16
SURE = 0.99
MOST = 200
"""Rows on either side."""


@dataclass(frozen=True)
class Memory:
    """Right and sure about the rows that it learned; the next class, and hardly surer than chance, for all others."""

    truth: dict[bytes, int]
    learned: Set[bytes]
    classes: int
    gives: Gives

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""
        keys = [r.tobytes() for r in rows]
        known = np.array([k in self.learned for k in keys], dtype=bool)
        own = np.array([self.truth.get(k, 0) for k in keys], dtype=np.intp)
        shown: Labels = np.where(known, own, (own + 1) % self.classes)
        if self.gives == "labels":
            return one_hot(shown, self.classes)
        sure = np.where(known, SURE, 0.5 + 0.1 / self.classes)
        out = np.repeat(((1 - sure) / (self.classes - 1))[:, None], self.classes, axis=1)
        out[np.arange(len(rows)), shown] = sure
        return out


def plant(case: Case) -> Case:
    """The case with such a model, and shadows that are like it."""
    assert case.train is not None  # noqa: S101  membership attacks need it, and were asked before
    known = {r.tobytes() for r in case.train.rows}
    fresh = np.array([r.tobytes() not in known for r in case.victims.rows], dtype=bool)
    members, others = case.train.take(slice(MOST)), case.victims.take(fresh)
    everybody = together(members, others)
    truth = {r.tobytes(): int(y) for r, y in zip(everybody.rows, everybody.labels, strict=True)}
    gives: Gives = "labels" if case.model.gives == "labels" else "scores"

    def model(sample: Sample) -> Memory:
        return Memory(truth, {r.tobytes() for r in sample.rows}, case.model.classes, gives)

    def shadows() -> Shadows:
        kept = halves(MODELS, len(everybody), np.random.default_rng(0))
        return Shadows(everybody, kept, np.stack([model(everybody.take(k))(everybody.rows) for k in kept]))

    own = shadows if case.shadows is not None else None
    return replace(case, model=model(members), victims=others, train=members, shadows=own)
