"""The scores in an answer: how they are written, and the same writing with other numbers.

for many rows   [[0.2, 0.8], ...], or [{"no": 0.2, "yes": 0.8}, ...], or [0.8, ...]: the second of two classes
for one row     what one of them is
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.guards.asgi.document import Unreadable

Write = Callable[[Array], Any]


def scores(value: Any, n: int, one: bool) -> tuple[Array, Write]:
    """Scores of shape (n, classes), and what writes others of that shape in the same way. Raises Unreadable."""
    rows = [value] if one else value
    if not isinstance(rows, list) or len(rows) != n or not rows:
        raise Unreadable("the answer has not one entry for each row")
    names = list(rows[0]) if isinstance(rows[0], dict) else None
    if names is not None:
        numbers = [[r[k] for k in names] for r in rows if isinstance(r, dict) and r.keys() == rows[0].keys()]
        found = _array(numbers, n)
        return found, lambda a: _one([dict(zip(names, r, strict=True)) for r in a.tolist()], one)
    if not isinstance(rows[0], list):
        second = _array([[r] for r in rows], n)
        return np.hstack([1 - second, second]), lambda a: _one(a[:, 1].tolist(), one)
    return _array(rows, n), lambda a: _one(a.tolist(), one)


def _array(rows: list[Any], n: int) -> Array:
    """Numbers as an array, all finite."""
    try:
        plain = all(isinstance(v, int | float) and not isinstance(v, bool) for r in rows for v in r)
        found = np.asarray(rows, dtype=np.float64) if plain else None
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or found.ndim != 2 or len(found) != n or not found.size or not np.isfinite(found).all():
        raise Unreadable("the answer holds what is no score")
    return found


def _one(rows: list[Any], one: bool) -> Any:
    return rows[0] if one else rows
