"""What a reader hands over: some predictions as columns, in any order, all of one length.

Numbers are as they were (float32, float64, any integer, bool); NaN and infinities are values and are counted apart.
A null is a mask, never a number. Words are codes into a vocabulary of the batch's own; code -1 is null.
Time is int64 nanoseconds since 1970 UTC, `NO_TIME` where the log gives none. Nothing here is ever changed in place.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from casemate.core.errors import CasemateError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.integer[Any]]
Words64 = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

NO_TIME = -(2**63)
HOUR = 3_600_000_000_000  # ns


@dataclass(frozen=True, slots=True, eq=False)
class Numeric:
    """Numbers, shape (n,); `null` is True where the row has none (shape (n,)), or None if every row has one."""

    values: Array
    null: Bools | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.dtype.kind not in "fiub":
            raise CasemateError("batch", f"a numeric column is {self.values.dtype}", "give floats, integers or bools")
        if self.null is not None and (self.null.shape != self.values.shape or self.null.dtype != np.bool_):
            raise CasemateError("batch", "a null mask does not fit its column", "give one bool for each row")


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """Words: codes of any signed integer type, shape (n,), -1 for null; `words[code]` is what the log said."""

    codes: Codes
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.codes.ndim != 1 or self.codes.dtype.kind != "i":
            raise CasemateError("batch", f"codes are {self.codes.dtype}", "give signed integers")
        if self.codes.size and not -1 <= int(self.codes.min()) <= int(self.codes.max()) < len(self.words):
            raise CasemateError("batch", "a code has no word", "give -1 for null, else a place in the vocabulary")


Column = Numeric | Category


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """n predictions. None for a column means that the log does not have it; then nothing is said about it.

    time: int64 ns since 1970 UTC. id: uint64 of the request id (`hash64`), 0 for a row without one; it serves to
    know repeated rows and late labels.
    confidence, latency: floats, NaN where missing; confidence as the log gives it, latency in milliseconds.
    """

    time: Ints
    prediction: Column | None = None
    confidence: Array | None = None
    features: Mapping[str, Column] = field(default_factory=dict)
    client: Category | None = None
    label: Column | None = None
    latency: Array | None = None
    id: Words64 | None = None

    def __post_init__(self) -> None:
        if self.time.ndim != 1 or self.time.dtype != np.int64:
            raise CasemateError("batch", "time is not int64", "give nanoseconds since 1970 UTC")
        for name, column in self._all():
            if column is not None and size(column) != self.time.size:
                what = f"{name} has {size(column)} rows where time has {self.time.size}"
                raise CasemateError("batch", what, "give columns of one length")
        for name, array in (("confidence", self.confidence), ("latency", self.latency)):
            if array is not None and array.dtype.kind != "f":
                raise CasemateError("batch", f"{name} is {array.dtype}", "give floats, NaN where it is missing")

    def _all(self) -> list[tuple[str, Column | Array | None]]:
        named: list[tuple[str, Column | Array | None]] = [(f"f.{k}", v) for k, v in self.features.items()]
        own = (self.prediction, self.confidence, self.client, self.label, self.latency, self.id)
        return named + list(zip(("prediction", "confidence", "client", "label", "latency", "id"), own, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels that came later than their predictions: `id` as in `Batch`, one label for each."""

    id: Words64
    label: Column


def size(column: Column | Array) -> int:
    """Rows of a column."""
    if isinstance(column, Numeric):
        return int(column.values.size)
    return int(column.codes.size if isinstance(column, Category) else column.size)


def _taken(column: Column | None, rows: Array) -> Column | None:
    if column is None:
        return None
    if isinstance(column, Category):
        return Category(column.codes[rows], column.words)
    return Numeric(column.values[rows], None if column.null is None else column.null[rows])


def take(batch: Batch, rows: Array) -> Batch:
    """The rows that a mask or places name, in that order."""

    def cut(array: Array | None) -> Array | None:
        return None if array is None else array[rows]

    client = _taken(batch.client, rows)
    return Batch(
        batch.time[rows],
        _taken(batch.prediction, rows),
        cut(batch.confidence),
        {name: taken for name, c in batch.features.items() if (taken := _taken(c, rows)) is not None},
        client if isinstance(client, Category) else None,
        _taken(batch.label, rows),
        cut(batch.latency),
        cut(batch.id),
    )


def subjects(batch: Batch) -> dict[str, Column]:
    """The columns that drift can be asked of: `f.<name>` for a feature, and prediction, confidence, latency."""
    out: dict[str, Column] = {f"f.{name}": batch.features[name] for name in sorted(batch.features)}
    if batch.prediction is not None:
        out["prediction"] = batch.prediction
    for name, array in (("confidence", batch.confidence), ("latency", batch.latency)):
        if array is not None:
            out[name] = Numeric(array)
    return out


class _Known(dict[str, int]):
    """Hashes of words: batches repeat them, and a look here is 10 times faster. Bounded: all are forgotten at once."""

    def __missing__(self, word: str) -> int:
        raw = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if len(self) >= 1 << 16:
            self.clear()
        found = self[word] = int.from_bytes(raw, "little")
        return found


_KNOWN = _Known()


def hash64(word: str) -> int:
    """A number of 64 bits that stands for a word, the same on every machine (BLAKE2b)."""
    return _KNOWN[word]


@functools.lru_cache(maxsize=8)  # several detectors ask of one vocabulary
def hashes(words: tuple[str, ...]) -> Words64:
    """`hash64` of each; not to be changed."""
    out = np.fromiter(map(_KNOWN.__getitem__, words), np.uint64, len(words))
    out.flags.writeable = False
    return out


def mix64(x: Words64) -> Words64:
    """Scrambles 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    out = x >> np.uint64(30)
    out ^= x
    out *= np.uint64(0xBF58476D1CE4E5B9)
    moved = out >> np.uint64(27)
    out ^= moved
    out *= np.uint64(0x94D049BB133111EB)
    np.right_shift(out, np.uint64(31), out=moved)
    out ^= moved
    return out
