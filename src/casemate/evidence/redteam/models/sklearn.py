"""scikit-learn estimators and pipelines, and whatever has their methods: pickle or joblib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.loaded import Loaded, Misfit, Shown
from casemate.evidence.redteam.outputs import columns


def recognises(head: bytes, name: str) -> bool:
    """A pickle (protocol 2 on), or what joblib packs."""
    return head[:1] == b"\x80" or (name.endswith((".joblib", ".pkl", ".pickle")) and not name.startswith("http"))


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Unpickles: the file was scanned before, and this process holds nothing worth stealing."""
    import joblib

    return estimator(joblib.load(Path(source)), shown)


def estimator(model: Any, shown: Shown) -> Loaded:
    """Anything with `predict_proba`, `decision_function` or `predict`. Raises Misfit for what has none.

    A model that knows the names of its columns is shown those, in its order.
    """
    names = getattr(model, "feature_names_in_", None)
    frame = names is not None or (shown.worded and _knows_tables(model))
    order = None if names is None else columns(shown.space, [str(n) for n in names], len(names))
    there = list(range(len(shown.space.features)))

    def table(rows: Array) -> Any:
        found = shown.frame(rows) if frame else shown.numbers(rows)
        return found if order in (None, there) else found.iloc[:, order]

    classes = getattr(model, "classes_", None)
    if callable(getattr(model, "predict_proba", None)):
        return Loaded(lambda rows: model.predict_proba(table(rows)), classes, table=frame)
    if callable(getattr(model, "decision_function", None)) and classes is not None:
        return Loaded(lambda rows: scores(model.decision_function(table(rows))), classes, table=frame)
    if callable(getattr(model, "predict", None)):
        return Loaded(lambda rows: model.predict(table(rows)), classes, "labels", table=frame)
    what = f"is a {type(model).__name__[:40]}, which has neither predict_proba, decision_function nor predict"
    raise Misfit(what, "give a fitted classifier")


def _knows_tables(model: Any) -> bool:
    return not hasattr(model, "n_features_in_") or hasattr(model, "steps") or hasattr(model, "transformers")


def scores(decisions: Any) -> Any:
    """Distances to the boundary as scores that sum to 1: the logistic function for two classes, softmax for more."""
    found = np.asarray(decisions, dtype=np.float64)
    if found.ndim == 1 or found.shape[1] == 1:
        p = 1 / (1 + np.exp(-np.clip(found.ravel(), -500, 500)))
        return np.column_stack([1 - p, p])
    powers = np.exp(found - found.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
