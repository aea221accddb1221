"""What libraries answer, as scores: logits told from probabilities, names of classes, columns in a model's order.

Runs in the child process; what is wrong is a Misfit, whose text the other side shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from casemate.core.space import Array, Space
from casemate.evidence.redteam.loaded import Misfit

Kind = Literal["logits", "probabilities"]
KINDS: tuple[Kind, ...] = ("logits", "probabilities")
CLOSE = 1e-3
"""How far probabilities in half precision may be from a sum of 1."""
DROP = "leave out with --drop what the model is not shown"
SHOWN = 5
"""Names that a message holds."""


def few(space: Space) -> Array:
    """The lowest, the middle and the highest row of the space, shape (3, features): to look at what a model answers."""
    ends = np.repeat([[0.0], [0.5], [1.0]], space.dimensions, axis=1)
    return space.rows(ends, np.zeros((3, len(space.features))))


def kind(first: Array, said: object = None) -> Kind:
    """Whether answers (n, outputs) are logits or probabilities, as the option `output` said or as they look."""
    if said is not None:
        if said not in KINDS:
            raise Misfit(f"has the option output {str(said)[:40]!r}", "write logits or probabilities")
        return "logits" if said == "logits" else "probabilities"
    if first.shape[1] == 1:
        raise Misfit("gives one number a row", "say what it is: --option output=logits, or output=probabilities")
    sums = np.abs(first.sum(axis=1) - 1).max()
    return "probabilities" if first.min() >= 0 and sums <= CLOSE else "logits"


def probabilities(found: Array, of: Kind) -> Array:
    """Scores (n, classes) of answers (n, outputs); the one output of two classes is that of the second."""
    if of == "logits":
        found = np.hstack([np.zeros_like(found), found]) if found.shape[1] == 1 else found
        powers = np.exp(found - found.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
    return np.hstack([1 - found, found]) if found.shape[1] == 1 else found


def named(options: Mapping[str, Any], scores: int) -> Sequence[Any]:
    """The classes in the order of so many scores: as somebody named them, else 0, 1, 2 and so on."""
    said = options.get("classes")
    if not said:
        return range(scores)
    names = [n.strip() for n in said.split(",")] if isinstance(said, str) else list(said)
    if len(names) != scores:
        raise Misfit(f"gives {scores} scores a row, and {len(names)} classes are named", "name as many")
    return names


def columns(space: Space, names: Sequence[str] | None, wide: int, made_up: str = "") -> list[int]:
    """The data's columns in the order in which a model takes them.

    names: those that it was trained on, if it knows them. made_up: how its library begins names that nobody gave.
    """
    known = [f.name for f in space.features]
    if names is None or (made_up and all(n == f"{made_up}{i}" for i, n in enumerate(names))):
        if len(known) != wide:
            raise Misfit(f"takes {wide} columns, and the data have {len(known)}", DROP)
        return list(range(wide))
    missing, more = [n for n in names if n not in known], [n for n in known if n not in names]
    if missing:
        todo = "give data with them, and name them in the feature file"
        raise Misfit(f"was trained on columns that the data do not have: {_shown(missing)}", todo)
    if more:
        raise Misfit(f"was not trained on columns that the data have: {_shown(more)}", DROP)
    return [known.index(n) for n in names]


def _shown(names: Sequence[str]) -> str:
    return ", ".join(repr(n[:40]) for n in names[:SHOWN])


def categories(table: Any, space: Space) -> Any:
    """A pandas table whose words are of pandas' own kind for them."""
    import pandas as pd

    worded = [f for f in space.features if any(isinstance(w, str) for w in f.words)]
    return table.assign(**{f.name: pd.Categorical(table[f.name], categories=list(f.words)) for f in worded})
