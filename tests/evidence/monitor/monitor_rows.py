"""Rows that the tests of the monitor share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from casemate.evidence.monitor.batch import HOUR, Batch, Category, Numeric, hash64

START = 490_000 * HOUR  # 2025-11-24 16:00 UTC


def words(*given: str | None) -> Category:
    known = sorted({w for w in given if w is not None})
    return Category(np.array([known.index(w) if w is not None else -1 for w in given], np.int64), tuple(known))


def numbers(values: Iterable[float | None], kind: Any = np.float64) -> Numeric:
    given = list(values)
    null = np.array([v is None for v in given], np.bool_)
    return Numeric(np.array([0 if v is None else v for v in given], kind), null if null.any() else None)


def traffic(n: int, seed: int, shift: float = 0.0, start: int = START, hours: float = 1.0, features: int = 4) -> Batch:
    """n independent rows: standard normal features (x00 moved by `shift`), answers, clients, confidences."""
    g = np.random.default_rng(seed)
    columns = {f"x{i:02}": Numeric(g.standard_normal(n).astype(np.float32)) for i in range(features)}
    columns["x00"] = Numeric(columns["x00"].values + np.float32(shift))
    columns["town"] = Category(g.choice(3, n, p=(0.6, 0.3, 0.1)), ("Aix", "Bonn", "Cork"))
    return Batch(
        start + np.sort(g.integers(0, max(int(hours * HOUR), 1), n)),
        Category(g.integers(0, 2, n), ("no", "yes")),
        (1 - g.beta(2, 8, n)).astype(np.float32),
        columns,
        Category(g.integers(0, 20, n), tuple(f"client-{i:02}" for i in range(20))),
        id=np.array([hash64(f"{seed}:{i}") for i in range(n)], np.uint64),
    )
