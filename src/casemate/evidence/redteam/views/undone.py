"""Takes back what the guard did to the scores, where the guard says how: knowing its settings is enough."""

from __future__ import annotations

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.guards._guard import Guarded

REPEATS = 1


def see(model: Guarded, case: Case) -> Model:
    """The answers with every guard undone that can be, the outermost first."""

    def answer(rows: Array) -> Array:
        out = model(rows)
        for g in model.guards:
            undo = getattr(g, "undo", None)
            out = out if undo is None else undo(out)
        return out

    return Function(answer, model.classes, model.gives)
