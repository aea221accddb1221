"""A model that knows its training rows by heart, so that it tells which value of a feature is a person's own."""

from __future__ import annotations

from dataclasses import replace

from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.memory import Memory
from casemate.evidence.redteam.model import Gives
from casemate.evidence.redteam.shadows import together

MOST = 100
"""People on either side, and in the attacker's pool."""


def plant(case: Case) -> Case:
    """The case with such a model of some of the training rows. The target is not asked."""
    assert case.train is not None  # noqa: S101  attribute inference needs it, and was asked before
    train, victims, pool = (s.take(slice(MOST)) for s in (case.train, case.victims, case.pool))
    everybody = together(train, victims)
    truth = {r.tobytes(): int(y) for r, y in zip(everybody.rows, everybody.labels, strict=True)}
    truth |= {r.tobytes(): int(y) for r, y in zip(train.rows, train.labels, strict=True)}
    gives: Gives = "labels" if case.model.gives == "labels" else "scores"
    model = Memory(truth, {r.tobytes() for r in train.rows}, case.model.classes, gives)
    return replace(case, model=model, train=train, victims=victims, pool=pool)
