"""Calls and classes by which a Python file makes a model: of libraries for it, and learners that people write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from casemate.discover.python import Module
from casemate.discover.sighting import At, Sighting

LIBRARIES = frozenset(
    ("sklearn", "torch", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "transformers", "statsmodels",
     "pyspark", "prophet", "spacy", "mlflow", "ray", "jax", "flax", "optax", "equinox", "lightning",
     "pytorch_lightning", "fastai", "gensim", "ultralytics", "trl", "peft", "implicit", "stable_baselines3", "river",
     "casemate.guards")
)  # fmt: skip
FITS = (
    ".fit",
    ".fit_generator",
    ".partial_fit",
    ".backward",
    "xgboost.train",
    "lightgbm.train",
    ".train_model",
    ".fine_tune",
    ".learn",
    ".learn_one",
    ".learn_many",
    "trainer.train",
    "jax.grad",
    "jax.value_and_grad",
)
TRAINS = (".fit", ".backward", ".train", "xgboost.train", "lightgbm.train")
"""Calls after which what a file loads is where it begins, and not what it runs."""
ADDS = (".partial_fit", ".learn_one", ".learn_many")
"""Calls that add rows to a model that is there."""
PREPARES = re.compile(
    r"(?:Scaler|Encoder|Vectorizer|Imputer|PCA|SVD|Transformer|Binarizer|Discretizer|Selector|SelectKBest|Tokenizer"
    r"|Hasher|Normalizer)$"
)
LEARNS = frozenset(("fit", "partial_fit", "learn", "learn_one", "train"))
ASKED = frozenset(("predict", "predict_proba", "predict_one", "decision_function", "recommend", "estimate", "act"))


def fits(m: Module) -> list[tuple[str, ast.Call]]:
    """(call, its node) of what fits a model with a library for that; the same names elsewhere mean other things."""
    return [c for c in m.calls if c[0].endswith(FITS)] if m.packages & LIBRARIES else []


def models(m: Module) -> list[tuple[str, ast.Call]]:
    """Those of `fits` that make a model; what is fitted to scale, encode or reduce rows answers nobody."""
    return [(name, call) for name, call in fits(m) if not _prepares(m, call)]


def _prepares(m: Module, call: ast.Call) -> bool:
    """Whether all that a call may hang on is made to prepare rows, by the names of the classes."""
    if not isinstance(call.func, ast.Attribute):
        return False
    on = call.func.value
    made = [on] if isinstance(on, ast.Call) else list(m.assigned.get(m.dotted(on), ()))
    names = [m.dotted(v.func) for v in made if isinstance(v, ast.Call)]
    return bool(names) and all(map(PREPARES.search, names))


def learners(m: Module) -> list[ast.ClassDef]:
    """Classes that learn and are asked, by the names of their methods: one of each is what makes a model of them."""
    found = []
    for n in m.nodes:
        if isinstance(n, ast.ClassDef):
            names = {f.name for f in n.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)}
            if names & LEARNS and names & ASKED:
                found.append(n)
    return found


def online(m: Module, model: str) -> Iterator[Sighting]:
    """That a model learns where it is asked. Only calls that add rows count; a new fit may be made at the start."""
    call = next(((name, c) for name, c in m.calls if name.endswith(ADDS)), None)
    if call is not None:
        yield At(m.path, call[1].lineno).has(
            model, "learns online", "yes", f"{call[0].lstrip('.')[:60]} is called here"
        )
