"""The bytes of a file or of a part of it: in memory, mapped, or a window on either that copies nothing.

`len`, an index and slices work alike on all three. A slice may be a window: compare it with bytes, or make it bytes
with `piece`; look for something with `find`.
"""

from __future__ import annotations

import mmap
import re
from functools import cache
from typing import TypeAlias

Data: TypeAlias = "bytes | mmap.mmap | memoryview"


PIECE = 25  # bits: pages go back to the system every 32 MiB


def window(data: Data, start: int, end: int) -> memoryview:
    """The bytes in [start, end), not copied."""
    return memoryview(data)[start:end]


def piece(data: Data, start: int, end: int) -> bytes:
    """A copy of the bytes in [start, end)."""
    return bytes(data[start:end])


def find(data: Data, what: bytes, start: int = 0, end: int | None = None) -> int:
    """The first place of `what` in [start, end); -1 when there is none."""
    end = len(data) if end is None else end
    if not isinstance(data, memoryview):
        return data.find(what, start, end)
    found = _literal(what).search(data, start, end)
    return found.start() if found else -1


@cache
def _literal(what: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(what))


def keep_small(data: Data, begin: int, at: int) -> None:
    """On the way from `begin` to `at`, give what lies behind back to the system now and then.

    So a walk over a mapped file stays small, however long the file is.
    """
    if begin >> PIECE == at >> PIECE:
        return
    if isinstance(data, memoryview):  # where its pages lie is not told, so all go; they come back from the cache
        if isinstance(data.obj, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            data.obj.madvise(mmap.MADV_DONTNEED)
    elif isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, 0, at // mmap.PAGESIZE * mmap.PAGESIZE)
