"""A model that knows its training rows by heart: it is sure of them and of nothing else. So are its shadows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.memory import Memory
from casemate.evidence.redteam.model import Gives
from casemate.evidence.redteam.shadows import Shadows, halves, together

MODELS = 16
MOST = 200
"""Rows on either side."""


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
