"""Asks about many rows right beside the one it wants and takes the mean: noise that hangs on the row averages out."""

from __future__ import annotations

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.evidence.redteam.views._beside import beside
from casemate.evidence.redteam.views._mean import mean
from casemate.guards._guard import Guarded

REPEATS = 100


def see(model: Guarded, case: Case) -> Model:
    """The mean answer over neighbours that can exist; refused where all were."""

    def answer(rows: Array) -> Array:
        return mean(lambda _: model(beside(case, rows)), REPEATS)

    return Function(answer, model.classes, "scores")
