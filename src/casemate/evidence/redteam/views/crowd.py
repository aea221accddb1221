"""Asks about many rows beside the one it wants, each of ten accounts a share of them, and takes the mean.

A quota that remembers answers has never heard of such a neighbour, so noise behind it averages out as without it.
"""

from __future__ import annotations

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.evidence.redteam.views._beside import beside
from casemate.guards._guard import Guarded

REPEATS = 20
"""Few, since each costs one of the quota: noise shrinks to less than a quarter."""
ACCOUNTS = 10
"""As many as somebody opens in an afternoon."""


def see(model: Guarded, case: Case) -> Model:
    """The mean answer over neighbours that can exist, none of them asked twice; refused where all were."""
    clients = [model.as_client(f"account {i}") for i in range(ACCOUNTS)]

    def answer(rows: Array) -> Array:
        total, heard = np.zeros((len(rows), model.classes)), np.zeros((len(rows), 1))
        for i in range(REPEATS):
            found = clients[i % ACCOUNTS](beside(case, rows))
            total += np.nan_to_num(found)
            heard += ~np.isnan(found[:, :1])
        with np.errstate(invalid="ignore"):
            return np.asarray(total / heard)  # 0 / 0 is NaN: refused

    return Function(answer, model.classes, "scores")
