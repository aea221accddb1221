"""Any Python callable, `module:function`: rows in; scores or labels out. It may carry `classes_`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.loaded import Loaded, Shown

NAMED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def recognises(head: bytes, name: str) -> bool:
    """A name of the form `module:function`, behind which there is no file."""
    return not head and NAMED.fullmatch(name) is not None


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Import it, and look at one answer to tell scores from labels."""
    from casemate.evidence.redteam.child import function
    from casemate.evidence.redteam.models.sklearn import estimator

    found = function(source)
    if not callable(found) or hasattr(found, "predict"):
        return estimator(found, shown)
    as_table = options.get("input", "table" if shown.worded else "numbers") == "table"

    def answer(rows: Array) -> Any:
        return found(shown.frame(rows) if as_table else shown.numbers(rows))

    middle = shown.space.rows(np.full((1, shown.space.dimensions), 0.5), np.zeros((1, len(shown.space.features))))
    first = np.asarray(answer(middle))
    classes = getattr(found, "classes_", None)
    if first.ndim == 1 and (first.dtype.kind not in "f" or classes is not None):
        return Loaded(answer, classes, "labels", table=as_table)
    return Loaded(answer, classes, "scores", table=as_table, wide=1 if first.ndim == 1 else first.shape[1])
