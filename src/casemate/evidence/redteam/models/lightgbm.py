"""lightgbm models as its text: the trees, and the words of its categories where it was trained on a pandas table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.loaded import Loaded, Misfit, Shown
from casemate.evidence.redteam.outputs import categories, columns, named, probabilities

NEEDS = ("lightgbm", "pip install 'casemate[lightgbm]'")
CLASSES = ("binary", "multiclass", "multiclassova", "cross_entropy")
LINE = 1000  # letters of a line of the head that are looked at


def recognises(head: bytes, name: str) -> bool:
    """Its text begins with the word tree and a version."""
    return head.replace(b"\r", b"").startswith(b"tree\nversion=")


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Reads the trees. Raises Misfit for what is no classifier or was trained on other columns."""
    import lightgbm

    booster = lightgbm.Booster(model_file=source)
    objective = _objective(booster)
    if objective not in CLASSES:
        raise Misfit(f"has the objective {objective[:40]}, which tells no classes apart", "give a classifier")
    order = columns(shown.space, booster.feature_name(), booster.num_feature(), "Column_")
    words = bool(booster.pandas_categorical)
    if shown.worded and not words:
        raise Misfit("kept no words for its categories", "name a `module:function` that turns words to numbers")

    def answer(rows: Array) -> Array:
        data = categories(shown.frame(rows), shown.space).iloc[:, order] if words else shown.numbers(rows)[:, order]
        found = np.asarray(booster.predict(data, num_threads=1), dtype=np.float64)
        return probabilities(found.reshape(len(rows), -1), "probabilities")

    return Loaded(answer, named(options, max(2, booster.num_model_per_iteration())))


def _objective(booster: Any) -> str:
    """The first word of the line that says what it was trained for."""
    head = booster.model_to_string(num_iteration=1).split("\n\n", 1)[0]
    lines = [line for line in head.splitlines() if line.startswith("objective=")]
    return lines[0][len("objective=") : LINE].split(" ")[0] if lines else "none"
