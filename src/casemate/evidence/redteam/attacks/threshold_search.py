"""Greedy threshold search: moves single features across the values that the data hold, and keeps what helps.

For models that are constant between thresholds, such as trees, where small steps change nothing and gradients are zero.
Once a row fools the model, the same search takes back every change that was not needed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.climb import (
    PROPOSALS,
    affordable,
    distances_of,
    greedy_step,
    margins_of,
    parts,
    proposed,
    wordy,
)
from casemate.evidence.redteam.evasion import ENOUGH, Hunt, Index, strong

ATTACK = Attack(
    goal="evasion",
    gives="scores",
    threats=("adversarial-input", "hand-altered-input"),
    unit="row",
    source="after Chen et al. 2019, Robustness Verification of Tree-based Models; coordinate-wise, on scores alone",
    baseline="random-noise",
    nist="NISTAML.022",
)
PATIENCE = 3
"""Steps without success after which a row that fools the model is left alone."""


def run(case: Case) -> Iterator[Result]:
    """Yields after every step. A row counts as broken within epsilon; then it is moved back as far as it goes."""
    hunt = Hunt.begin(case, bounded=True)
    yield hunt.result(0.0)
    n = len(hunt.prey.index)
    at, value, pool = hunt.prey.points.copy(), np.full(n, np.inf), case.space.points(case.pool.rows)
    bored, t = np.zeros(n, dtype=np.int64), 0
    while len(which := _under_way(hunt, bored)):
        push = which[~np.isfinite(hunt.near[which])]
        for part in parts(hunt, push):
            at[part], value[part] = _push(hunt, part, at[part], value[part], pool, t)
        pull = np.setdiff1d(which, push)
        for part in parts(hunt, pull):
            bored[part] = np.where(_pull(hunt, part, bored[part]), 0, bored[part] + 1)
        t += 1
        yield hunt.result(_spent(hunt, which))
    yield strong(hunt.result(1.0), case.limits.queries >= ENOUGH)


def _under_way(hunt: Hunt, bored: NDArray[np.int64]) -> Index:
    """Rows with queries left for a step of at least one feature, and with hope."""
    fits = hunt.queries + PROPOSALS < hunt.case.limits.queries
    return np.flatnonzero(fits & (bored < PATIENCE) & hunt.case.space.free.any())


def _spent(hunt: Hunt, which: Index) -> float:
    return float(hunt.queries[which].mean() / hunt.case.limits.queries)


def _push(hunt: Hunt, which: Index, at: Array, value: Array, pool: Array, t: int) -> tuple[Array, Array]:
    chosen = affordable(hunt, PROPOSALS, hunt.left(which))
    return greedy_step(hunt, which, at, value, proposed(hunt.case, at, pool, t), chosen, margins_of)


def _pull(hunt: Hunt, which: Index, bored: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Take changes back, wholly or by half, then by ever smaller parts; which rows came nearer, shape (m,)."""
    case, origin, before = hunt.case, hunt.prey.points[which], hunt.near[which]
    at = case.space.points(hunt.found[which])
    kept = 1 - 0.5 ** (2 * bored[:, None] + np.arange(PROPOSALS))
    kept = np.where(wordy(case.space), 0.0, kept[:, :, None])
    back = origin[:, None] + kept * (at - origin)[:, None]
    chosen = affordable(hunt, PROPOSALS, hunt.left(which))
    greedy_step(hunt, which, at, before, back, chosen, distances_of)
    return np.asarray(hunt.near[which] < before * (1 - 1e-3))
