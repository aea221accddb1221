"""From a model's answers before and after an attack to counts: only rows that were right before are trials.

A row that was wrong before is skipped: nobody had to attack it. A row whose answer is not a number is errored.
"""

from __future__ import annotations

from typing import Any

from casemate.core.errors import CasemateError
from casemate.evidence.results.said import Counts


def counted(clean: Any, adversarial: Any, labels: Any, target: Any = None) -> Counts:
    """How the rows of an attack ended.

    clean, adversarial: the model's answers to the rows as they were and as the attack made them, as labels (n,) or as
    scores (n, classes), of which the highest counts; NaN where there is none. labels: what is right, (n,), or one-hot
    (n, classes). target: for an attack that wants a certain answer, that answer, one or (n,); else any wrong one breaks
    a row. Labels are the numbers of the classes where answers are scores. Raises CasemateError for other shapes.
    """
    import numpy as np

    before, lost_before = _labels(clean, "clean")
    after, lost_after = _labels(adversarial, "adversarial")
    right, lost = _labels(labels, "labels")
    if not len(before) == len(after) == len(right):
        what = f"clean has {len(before)} rows, adversarial {len(after)}, labels {len(right)}"
        raise CasemateError("record", what, "give the same rows in the same order")
    if lost.any():
        raise CasemateError("record", "labels holds what is no label", "leave those rows out of all three")
    wants = None if target is None else np.broadcast_to(_labels(np.atleast_1d(target), "target")[0], right.shape)
    tried = ~lost_before & (before == right)
    if wants is not None:
        tried &= wants != right  # what is wanted is right already
    broken = (after != right) if wants is None else (after == wants)
    errored = lost_before | (tried & lost_after)
    return Counts(
        held=int((tried & ~errored & ~broken).sum()),
        broken=int((tried & ~errored & broken).sum()),
        errored=int(errored.sum()),
        skipped=int((~tried & ~errored).sum()),
    )


def _labels(values: Any, name: str) -> tuple[Any, Any]:
    """The label of each row, and which rows have none."""
    import numpy as np

    try:
        a = np.asarray(values)
    except (ValueError, TypeError):
        a = np.empty(0, dtype=object)
    if a.ndim == 2 and a.shape[1] == 1:
        a = a[:, 0]
    if a.ndim not in (1, 2) or not len(a) or a.dtype.kind not in "biufUO":
        what = f"{name} is no array of labels (rows,) or scores (rows, classes)"
        raise CasemateError("record", what, "give what the model's predict gives")
    if a.ndim == 1:
        return a, np.array([v is None or v != v for v in a.tolist()], dtype=bool)  # NaN is not itself
    if a.dtype.kind not in "biuf":
        raise CasemateError("record", f"{name} has scores that are no numbers", "give what the model's predict gives")
    none = ~np.isfinite(a.astype(float)).all(axis=1)
    return np.where(none, 0, np.argmax(np.where(none[:, None], 0, a), axis=1)), none
