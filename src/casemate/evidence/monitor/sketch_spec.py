"""How each column is counted: fixed once, from the first rows of the reference, and recorded with every sketch.

Two sketches can be merged or compared only if their specs are equal. A number far from zero with a small spread gets
an offset; a word that the reference shows often gets a place of its own, and the rest share 256 by their hash.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import Array, Batch, Category, Column, Numeric, subjects

BITS = 14
WORDS = 1024  # words with a place of their own, at most
SHARED = 256  # places for the others
SHARED_AT = 1 << 15
COLUMNS = 4096
PILOT = 65_536  # rows of the reference that the words of a spec are learnt from
NUMBERS = 16_384  # that its offsets and the middle of a number are learnt from: quartiles within 1 % of their rank
_ONE = 1.0  # certainty: resolves .99 from .999


@dataclass(frozen=True, slots=True)
class NumericSpec:
    """Numbers: `bits` of the pattern of `x - offset`."""

    offset: float = 0.0
    bits: int = BITS

    def __post_init__(self) -> None:
        if not 10 <= self.bits <= 16 or not np.isfinite(self.offset):
            raise CasemateError("sketch", f"bits {self.bits}, offset {self.offset}", "use 10 to 16 bits, a number")


@dataclass(frozen=True, slots=True)
class CategorySpec:
    """Words: the place of each known one is its index; others share `SHARED` places after `SHARED_AT`."""

    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.words) > WORDS or list(self.words) != sorted(set(self.words)):
            raise CasemateError("sketch", "words are not sorted, single and few", f"give {WORDS} at most")


ColumnSpec = NumericSpec | CategorySpec


@dataclass(frozen=True, slots=True)
class Spec:
    """Columns by name, sorted."""

    columns: tuple[tuple[str, ColumnSpec], ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.columns]
        if len(names) > COLUMNS or names != sorted(set(names)):
            raise CasemateError("sketch", "columns are not sorted, single and few", f"give {COLUMNS} at most")


def learn(pilot: Batch, bits: int = BITS) -> Spec:
    """The spec that the first rows of a reference suggest. At most `PILOT` rows are looked at."""
    found = {name: _column(name, column, bits) for name, column in subjects(pilot).items()}
    return Spec(tuple(sorted(found.items())))


def _column(name: str, column: Column, bits: int) -> ColumnSpec:
    if isinstance(column, Category):
        return CategorySpec(_common(column))
    return NumericSpec(_ONE if name == "confidence" else _offset(column), bits)


def _common(column: Category) -> tuple[str, ...]:
    codes = column.codes[:PILOT]
    seen = np.bincount(codes[codes >= 0], minlength=len(column.words))
    often: dict[str, int] = {}
    for place in np.flatnonzero(seen).tolist():
        word = column.words[place]
        often[word] = often.get(word, 0) + int(seen[place])
    return tuple(sorted(sorted(often, key=lambda w: (-often[w], w))[:WORDS]))


def _offset(column: Numeric) -> float:
    """The median, if it is farther from zero than half of the spread (5 % to 95 %); else 0."""
    values = pilot(column)
    if not values.size:
        return 0.0
    places = [int(share * (values.size - 1)) for share in (0.05, 0.5, 0.95)]
    low, middle, high = (float(value) for value in np.partition(values, places)[places])
    return middle if abs(middle) > (high - low) / 2 else 0.0


def pilot(column: Numeric) -> Array:
    """The finite numbers among the first `NUMBERS` rows. Floats keep their type: float32 takes half the time."""
    values = column.values[:NUMBERS] if column.null is None else column.values[:PILOT][~column.null[:PILOT]][:NUMBERS]
    values = values if values.dtype.kind == "f" else values.astype(np.float64)
    return np.asarray(values[np.isfinite(values)])
