"""The mean of many answers: what noise of its own on each leaves nothing of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from casemate.core.space import Array


def mean(ask: Callable[[int], Array], repeats: int) -> Array:
    """Of the answers (n, classes) to each of so many repeats; a row of NaN where all of them were refused."""
    total, heard = _counted(ask(0))
    for i in range(1, repeats):
        found, answered = _counted(ask(i))
        total += found
        heard += answered
    with np.errstate(invalid="ignore"):
        return np.asarray(total / heard)  # 0 / 0 is NaN: refused


def _counted(found: Array) -> tuple[Array, Array]:
    return np.nan_to_num(found), (~np.isnan(found[:, :1])).astype(np.float64)
