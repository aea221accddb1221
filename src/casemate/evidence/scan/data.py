"""The bytes of a file, whole or mapped."""

from __future__ import annotations

import mmap
from typing import TypeAlias

Data: TypeAlias = "bytes | mmap.mmap"


PIECE = 25  # bits: pages go back to the system every 32 MiB


def keep_small(data: Data, begin: int, at: int) -> None:
    """On the way from `begin` to `at`, give what lies behind back to the system now and then.

    So a walk over a mapped file stays small, however long the file is.
    """
    if begin >> PIECE == at >> PIECE:
        return
    length = at // mmap.PAGESIZE * mmap.PAGESIZE
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, 0, length)
