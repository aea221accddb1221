"""Looks at the labels alone: what distorts scores and keeps their order hides nothing from it."""

from __future__ import annotations

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model, labels, one_hot
from casemate.guards._guard import Guarded

REPEATS = 1


def see(model: Guarded, case: Case) -> Model:
    """The guarded model as one that gives labels."""

    def answer(rows: Array) -> Array:
        return one_hot(labels(model(rows)), model.classes)

    return Function(answer, model.classes, "labels")
