"""Asks about many rows beside the one it wants, each of ten accounts a share of them, and takes the mean.

A quota that remembers answers has never heard of such a neighbour, so noise behind it averages out as without it.
"""

from __future__ import annotations

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.model import Function, Model
from casemate.evidence.redteam.views._beside import beside
from casemate.evidence.redteam.views._mean import mean
from casemate.guards._guard import Guarded

REPEATS = 20
"""Few, since each costs one of the quota: noise shrinks to less than a quarter."""
ACCOUNTS = 10
"""As many as somebody opens in an afternoon."""


def see(model: Guarded, case: Case) -> Model:
    """The mean answer over neighbours that can exist, none of them asked twice; refused where all were."""
    clients = [model.as_client(f"account {i}") for i in range(ACCOUNTS)]

    def answer(rows: Array) -> Array:
        return mean(lambda i: clients[i % ACCOUNTS](beside(case, rows)), REPEATS)

    return Function(answer, model.classes, "scores")
