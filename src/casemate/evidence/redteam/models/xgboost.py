"""xgboost models in its own formats: JSON, UBJSON, and the binary one that xgboost 3.1 no longer reads.

Words of categories need a model that kept them (xgboost 3.1 on): by number alone they might mean others here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.loaded import Loaded, Misfit, Shown
from casemate.evidence.redteam.outputs import columns, named, probabilities

NEEDS = ("xgboost", "pip install 'casemate[xgboost]'")
TWO = ("binary:logistic", "binary:logitraw", "binary:hinge", "reg:logistic")
MANY = ("multi:softprob", "multi:softmax")


def recognises(head: bytes, name: str) -> bool:
    """JSON or UBJSON whose first key is one of its own, or the old mark."""
    keys = (b"learner", b"version", b"Config")
    start = head[:64].replace(b" ", b"").replace(b"\n", b"")
    text = any(start.startswith(b'{"' + k + b'"') for k in keys) and b'"learner"' in head
    return text or head.startswith((b"{L\0\0\0\0\0\0\0\x07learner", b"{L\0\0\0\0\0\0\0\x07version", b"binf"))


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Reads the trees. Raises Misfit for what is no classifier or was trained on other columns."""
    import xgboost

    booster = _read(xgboost, source)
    booster.set_param({"nthread": 1})
    learner = json.loads(booster.save_config())["learner"]
    objective = learner["learner_train_param"]["objective"]
    if objective not in TWO + MANY:
        raise Misfit(f"has the objective {objective[:40]}, which tells no classes apart", "give a classifier")
    order = columns(shown.space, booster.feature_names, booster.num_features())
    data = _tables(xgboost, booster, shown, order) if shown.worded else _numbers(xgboost, booster, shown, order)
    margins = objective in ("multi:softmax", "binary:logitraw")
    scores = 2 if objective in TWO else int(learner["learner_model_param"]["num_class"])
    trees = _best(booster)

    def answer(rows: Array) -> Array:
        found = booster.predict(data(rows), output_margin=margins, iteration_range=trees)
        found = np.asarray(found, dtype=np.float64)
        return probabilities(found.reshape(len(rows), -1), "logits" if margins else "probabilities")

    gives = "labels" if objective == "binary:hinge" else "scores"
    classes = named(options, scores)
    if gives == "labels":
        return Loaded(lambda rows: np.array(classes)[answer(rows)[:, 1].astype(int)], classes, "labels")
    return Loaded(answer, classes)


def _read(xgboost: Any, source: str) -> Any:
    """The booster of a file. Raises Misfit for the old form where xgboost no longer reads it."""
    booster = xgboost.Booster()
    try:
        booster.load_model(source)
    except xgboost.core.XGBoostError:
        with Path(source).open("rb") as file:
            old = file.read(4) == b"binf"
        if old:
            what = "is of the binary form that xgboost 3.1 no longer reads"
            raise Misfit(what, "write it as m.ubj with the version that made it") from None
        raise
    return booster


def _best(booster: Any) -> tuple[int, int]:
    """The trees that its scikit-learn class asks: until the best round where training stopped early; else all."""
    best = booster.attr("best_iteration") if booster.attr("scikit_learn") else None
    return (0, int(best) + 1) if best is not None else (0, 0)


def _numbers(xgboost: Any, booster: Any, shown: Shown, order: list[int]) -> Any:
    names = booster.feature_names
    return lambda rows: xgboost.DMatrix(shown.numbers(rows)[:, order], feature_names=names, nthread=1)


def _tables(xgboost: Any, booster: Any, shown: Shown, order: list[int]) -> Any:
    """A pandas table whose words are categories."""
    from casemate.evidence.redteam.outputs import categories

    if not hasattr(booster, "get_categories") or not _kept(booster):
        raise Misfit("kept no words for its categories", "name a `module:function` that turns words to numbers")
    names = booster.feature_names

    def made(rows: Array) -> Any:
        table = categories(shown.frame(rows), shown.space).iloc[:, order]
        return xgboost.DMatrix(table, feature_names=names, enable_categorical=True, nthread=1)

    return made


def _kept(booster: Any) -> bool:
    found = booster.get_categories()
    return found is not None and not getattr(found, "empty", lambda: False)()
