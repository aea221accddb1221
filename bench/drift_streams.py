"""Streams of low confidence: 100,000 records a day, mean rate .03, within what is tolerated but for one kind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DAY = 100_000
BASE, TOLERATED, RISE = 0.03, 0.045, 4
NULLS = ("independent", "seasonal", "bursty", "autocorrelated", "slow benign drift")
BEYOND = "in runs"
MEAN = "abrupt, the stream's rate becomes four times its mean"
OWN = "abrupt, each record's own rate becomes four times what it was"
CHANGES = (MEAN, OWN, "gradual", "transient burst", "one client's attack")
BEFORE, AFTER = 10_000, 30_000


def rates(kind: str, n: int, g: np.random.Generator) -> Floats:
    """The chance of low confidence of each record; never above what is tolerated."""
    t = np.arange(n) + g.integers(DAY)
    if kind == "seasonal":
        return BASE * (1 + 0.4 * np.sin(2 * np.pi * t / DAY))
    if kind == "bursty":
        many = int(n / 1000) + 10
        stays = np.stack((g.geometric(1 / 2000, many), g.geometric(1 / 1333, many)), axis=1).ravel()
        return np.repeat(np.tile([0.02, TOLERATED], many), stays)[:n]
    if kind == "autocorrelated":
        level, blocks = 0.0, []
        for shock in g.standard_normal(n // 100 + 1):
            level = 0.95 * level + 0.1 * shock
            blocks.append(level)
        return np.repeat(np.minimum(BASE * np.exp(blocks), TOLERATED), 100)[:n]
    if kind == "slow benign drift":
        return np.linspace(0.02, TOLERATED, n)
    return np.full(n, BASE)


def stream(kind: str, n: int, g: np.random.Generator) -> Bools:
    """Low or not. `in runs`: after a low record the next is low with .3, which is beyond what is tolerated."""
    if kind != BEYOND:
        return np.asarray(g.random(n) < rates(kind, n, g))
    starts = g.random(n) < BASE * 0.7
    runs = g.geometric(0.7, n)
    low = np.zeros(n + 64, np.bool_)
    for i in range(64):
        low[np.flatnonzero(starts & (runs > i)) + i] = True
    return low[:n]


def changed(kind: str, change: str, g: np.random.Generator) -> tuple[Bools, Floats]:
    """BEFORE records as they were, then the change; and the rate that each record has, or would have, after a rise.

    A rise is four times the mean of all streams, .12, for `MEAN`, and else four times what each record's rate was:
    in the valley of a season, or between bursts, that is little above what is tolerated.
    """
    rate = rates(kind, BEFORE + AFTER, g)
    risen = np.full(rate.size, RISE * BASE) if change == MEAN else RISE * rate
    now = np.concatenate((rate[:BEFORE], risen[BEFORE:]))
    if change == "gradual":
        now[BEFORE:] = rate[BEFORE:] * np.minimum(1 + (RISE - 1) * np.arange(AFTER) / 10_000, RISE)
    elif change == "transient burst":
        now[BEFORE + 500 :] = rate[BEFORE + 500 :]
    return np.asarray(g.random(now.size) < now), risen
