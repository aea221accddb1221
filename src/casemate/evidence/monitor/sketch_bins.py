"""Bins that need no agreement: the top bits of a number's own pattern, ordered by value.

A float32 read as an unsigned integer grows with the number, once the negative ones are turned round. Its top 14 bits
(sign, 8 of exponent, 5 of mantissa) are 32 bins to an octave, so a bin is 2 to 3 % of its value wide, wherever it is.
What lies far from zero with a small spread is moved first by the `offset` that its spec records.
-0 is 0; a finite number beyond float32 is its largest. Null, NaN and infinities, and rows whose column was absent or
of another type, have bins of their own (`SPECIAL` and above).
"""

from __future__ import annotations

import functools

import numpy as np

from casemate.evidence.monitor.batch import Array, Floats, Ints

SPECIAL = 1 << 16
NULL, NAN, LOW, HIGH, ABSENT, MISTYPED = range(SPECIAL, SPECIAL + 6)
NAMES = {NULL: "null", NAN: "NaN", LOW: "-infinity", HIGH: "infinity", ABSENT: "absent", MISTYPED: "of another type"}
PLACE = 17  # bits of a bin's number, specials included

_LARGEST = np.float32(np.finfo(np.float32).max)
_EXPONENT = 0xFF


def as_float32(values: Array, offset: float) -> Array:
    """float32 of `values - offset`, worked out in float64; finite stays finite. Shape (n,)."""
    if values.dtype == np.float32 and offset == 0:
        return np.ascontiguousarray(values)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = values.astype(np.float64) - offset
        out = moved.astype(np.float32)
    beyond = np.isinf(out)
    if beyond.any():
        beyond &= np.isfinite(values.astype(np.float64))
        out[beyond] = np.copysign(_LARGEST, out[beyond])
    return out


@functools.cache
def ordered(bits: int) -> Ints:
    """The bin of each raw top pattern, shape (2**bits,): bins grow with the value, and -0 falls on 0."""
    raw = np.arange(1 << bits, dtype=np.int64)
    half = 1 << (bits - 1)
    place = np.where(raw < half, raw + half, (1 << bits) - 1 - raw)
    place[half] = half
    return place


@functools.cache
def odd(bits: int) -> Array:
    """Which raw patterns hold infinities and NaN, shape (2**bits,): their exponent is all ones."""
    raw = np.arange(1 << bits, dtype=np.int64)
    return np.asarray((raw >> (bits - 9)) & _EXPONENT == _EXPONENT)


def by_value(many: Ints) -> tuple[Ints, Ints]:
    """Counts of raw patterns, shape (k, 2**bits), by their bins; and of infinities and NaN, left out there."""
    half = many.shape[1] // 2
    infinite = _EXPONENT * half // (_EXPONENT + 1)  # patterns from here to the next sign have exponents of ones
    out = np.concatenate((many[:, : half - 1 : -1], many[:, :half]), axis=1)
    out[:, half] += out[:, half - 1]  # -0
    out[:, half - 1] = 0
    odd_ones = np.stack((out[:, : half - infinite], out[:, half + infinite :]))
    strange = odd_ones.sum(axis=(0, 2))
    out[:, : half - infinite] = 0
    out[:, half + infinite :] = 0
    return out, strange


@functools.cache
def edges(bits: int) -> Floats:
    """Lower edges of the bins and the upper edge of the last, shape (2**bits + 1,), without the offset.

    Bins of infinities and NaN, which are never used, have the largest float32 as edges.
    """
    half = 1 << (bits - 1)
    raw = (np.arange(half, dtype=np.uint64) << np.uint64(32 - bits)).astype(np.uint32)
    up = np.full(half + 1, float(_LARGEST))
    finite = np.flatnonzero(~odd(bits)[:half])
    up[finite] = raw[finite].view(np.float32)
    return np.concatenate((-up[:0:-1], up))
