"""Asks through ten accounts: what one is refused, the next one asks."""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.guards._guard import Guarded

REPEATS = 1
ACCOUNTS = 10
"""As many as somebody opens in an afternoon."""


def see(model: Guarded, case: Case) -> Model:
    """The guarded model as the owner of all the accounts sees it."""
    clients = [model.as_client(f"account {i}") for i in range(ACCOUNTS)]

    def answer(rows: Array) -> Array:
        out = np.full((len(rows), model.classes), np.nan)
        for c in clients:
            open_ = np.flatnonzero(np.isnan(out).any(axis=1))
            if not len(open_):
                break
            out[open_] = c(rows[open_])
        return out

    return Function(answer, model.classes, model.gives)
