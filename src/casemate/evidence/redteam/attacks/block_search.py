"""Block search on scores: changes random blocks of dimensions at once, and keeps what brings the true class down.

The square attack without its image: a block is any set of dimensions, and the stripes that it starts with are random
signs. All rows search at once, one query of each in one call.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.climb import block_step
from casemate.evidence.redteam.evasion import ENOUGH, Hunt, strong

ATTACK = Attack(
    goal="evasion",
    gives="scores",
    threats=("adversarial-input", "hand-altered-input"),
    unit="row",
    source="Andriushchenko et al. 2020, Square Attack, algorithm 1, on dimensions in place of pixels",
    baseline="random-noise",
    nist="NISTAML.022",
)


def run(case: Case) -> Iterator[Result]:
    """Yields after every query. A row counts as broken within epsilon; it is searched until it is."""
    hunt = Hunt.begin(case, bounded=True)
    yield hunt.result(0.0)
    everyone, queries = np.arange(len(hunt.prey.index)), case.limits.queries - 1
    at, value = hunt.prey.points.copy(), np.full(len(everyone), np.inf)
    for t in range(queries):
        which = hunt.open()
        if not len(which):
            break
        at[which], value[which] = block_step(hunt, which, at[which], value[which], t, queries)
        yield hunt.result((t + 1) / queries)
    yield strong(hunt.result(1.0), case.limits.queries >= ENOUGH)
