"""What an adapter gives: a model as it lies in the child process, and the table that it wants to be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from casemate.core.space import Array, Space, Word
from casemate.evidence.redteam.model import Gives, Labels


class Misfit(ValueError):
    """The model is not what an attack can use, or the data are not what it takes: said in our words to a person."""

    def __init__(self, what: str, todo: str = "look at the model, or at the data that it is shown") -> None:
        self.what, self.todo = what, todo
        super().__init__(f"{what}; {todo}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that answers in this process. Raises whatever its library raises."""

    answer: Callable[[Array], Any]
    """Rows (n, features) in; scores (n, classes) or, where it gives labels, class names or places (n,) out."""
    classes: Sequence[Any] | None = None
    """The names of its classes in the order of its scores; None where it has no names for them."""
    gives: Gives = "scores"
    gradient: Callable[[Array, Labels, str], Any] | None = None
    table: bool = False
    """Whether it takes a pandas table with the columns' names; else an array of numbers."""
    wide: int | None = None
    """How many scores it gives, where it knows before it is asked."""


@dataclass(frozen=True)
class Shown:
    """Rows as a model wants them."""

    space: Space

    def numbers(self, rows: Array, dtype: str = "float64") -> Any:
        """An array of numbers; a word that is a number counts as that number. Raises Misfit for other words."""
        out = rows.copy()
        for i, f in enumerate(self.space.features):
            if f.words:
                out[:, i] = _take(_values(f.name, f.words), rows[:, i])
        return out.astype(dtype)

    def frame(self, rows: Array) -> Any:
        """A pandas table with the features' names: words as they stand in the data, NaN where a value is missing."""
        import pandas as pd

        return pd.DataFrame({f.name: self._column(i, rows[:, i]) for i, f in enumerate(self.space.features)})

    @cached_property
    def worded(self) -> bool:
        """Whether some column holds words that are no numbers."""
        return any(isinstance(w, str) for f in self.space.features for w in f.words)

    def _column(self, i: int, column: Array) -> Any:
        f = self.space.features[i]
        missing = np.isnan(column)
        if f.words:
            return _words(f.words, column, missing)
        if f.kind in ("integer", "boolean") and not missing.any() and not f.missing:
            return column.astype(np.int64)
        return column


def _values(name: str, words: tuple[Word, ...]) -> Array:
    try:
        return np.array([float(w) for w in words])
    except ValueError:
        what = f"takes numbers, and column {name[:40]!r} holds words"
        raise Misfit(what, "leave it out with --drop, or give a pipeline that knows the words") from None


def _take(values: Array, places: Array) -> Array:
    out = np.full(len(places), np.nan)
    known = ~np.isnan(places)
    out[known] = values[places[known].astype(np.intp)]
    return out


def _words(words: tuple[Word, ...], column: Array, missing: Any) -> Any:
    places = np.where(missing, 0, column).astype(np.intp)
    if all(isinstance(w, bool) for w in words) and not missing.any():
        return np.array(words, dtype=bool)[places]
    if all(isinstance(w, int | float) and not isinstance(w, bool) for w in words):
        return _take(np.array(words, dtype=np.float64), column) if missing.any() else np.array(words)[places]
    out = np.array([None, *words], dtype=object)[places + 1]
    out[missing] = np.nan
    return out
