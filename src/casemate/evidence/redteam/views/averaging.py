"""Asks the same rows again and again and takes the mean: fresh noise averages out with the root of the repeats."""

from __future__ import annotations

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.evidence.redteam.views._mean import mean
from casemate.guards._guard import Guarded

REPEATS = 100


def see(model: Guarded, case: Case) -> Model:
    """The mean answer over the repeats; refused where all were."""

    def answer(rows: Array) -> Array:
        return mean(lambda _: model(rows), REPEATS)

    return Function(answer, model.classes, "scores")
