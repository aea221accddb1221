"""Bytes that come in chunks, as one Data: in memory while they are few, then in a file without a name.

That file lies in the system's temporary folder, is bounded by the budget and is gone with the last look at it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from casemate.evidence.scan.budget import Budget
from casemate.evidence.scan.data import Data

IN_MEMORY = 8_000_000  # bytes, for each of the containers in each other


@contextmanager
def spooled(chunks: Iterable[bytes], budget: Budget) -> Iterator[tuple[Data, Exception | None]]:
    """All the bytes that came, and what went wrong before the end: the budget, the disk, or what `chunks` raised."""
    import tempfile  # brings much along, and most files are not packed

    size, failed = 0, None
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            for chunk in chunks:
                budget.unpack(len(chunk))
                file.write(chunk)
                size += len(chunk)
        except Exception as e:  # the caller gets it after the part that came
            failed = e
        if size <= IN_MEMORY:
            file.seek(0)
            yield file.read(size), failed
        else:
            file.flush()
            yield mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ), failed
