"""64 bits for each request id, many at a time. The same id has the same bits in every format and on every machine.

Words of eight bytes are mixed in turn, the length last (the finaliser of SplitMix64 between them). It is no keyed hash:
who chooses a request id can choose two that are alike, and could as well have sent the same one twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from casemate.evidence.monitor.batch import Array, Bools, Ints, Words64, mix64

LONG = 64  # bytes; a longer id is replaced by its digest first
_ODD = np.uint64(0x9E3779B97F4A7C15)


def of_words(words: Sequence[str | None]) -> Words64:
    """Of each word, shape (n,); 0 for None and for an empty one."""
    raw = [short(w.encode("utf-8", "surrogatepass")) if w else b"" for w in words]
    ends = np.cumsum([0, *map(len, raw)], dtype=np.int64)
    return of_bytes(np.frombuffer(b"".join(raw), np.uint8), ends)


def short(raw: bytes) -> bytes:
    """The bytes, or what stands for them if they are many."""
    return raw if len(raw) <= LONG else hashlib.blake2b(raw, digest_size=32).digest()


def of_bytes(data: Array, ends: Ints) -> Words64:
    """Of data[ends[i]:ends[i + 1]], shape (n,); none longer than `LONG`. 0 for an empty one."""
    sizes = np.diff(ends)
    out = np.zeros(sizes.size, np.uint64)
    for size in np.unique(sizes).tolist():
        if size:
            rows = sizes == size
            out[rows] = _mixed(_taken(data, ends[:-1], rows, size), size)
    return out


def _taken(data: Array, starts: Ints, rows: Bools, size: int) -> Array:
    """The bytes of rows of one size, shape (k, size)."""
    if rows.all() and starts.size:
        return data[starts[0] : starts[0] + starts.size * size].reshape(-1, size)
    return np.asarray(data[starts[rows][:, None] + np.arange(size)])


def _mixed(raw: Array, size: int) -> Words64:
    wide = np.zeros((len(raw), -(-size // 8) * 8), np.uint8)
    wide[:, :size] = raw
    words = wide.view("<u8")
    out = np.full(len(raw), size, np.uint64)
    for k in range(words.shape[1]):
        out = mix64(out * _ODD + words[:, k])
    out[out == 0] = 1
    return out
