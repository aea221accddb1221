"""Rows that were seen before, by request id: recognised among the last million or so, counted, and left out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from casemate.evidence.monitor.batch import Batch, Bools, Ints, Words64, take

MOST = 500_000  # ids of a generation; two are kept, 8 bytes each


def _none() -> Words64:
    return np.zeros(0, np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Ids of the newest rows and of those before, sorted; how many rows were repeated."""

    newest: Words64 = field(default_factory=_none)
    older: Words64 = field(default_factory=_none)
    repeated: int = 0


def fresh(seen: Seen, batch: Batch) -> tuple[Seen, Batch]:
    """The rows that are new. Those without an id all are."""
    if batch.id is None or not batch.id.size:
        return seen, batch
    has = np.flatnonzero(batch.id != 0)
    known = has[_new(seen, batch.id[has])]
    newest, older = np.concatenate((seen.newest, np.sort(batch.id[known]))), seen.older
    newest.sort(kind="stable")  # two sorted runs: merged in linear time
    if newest.size > MOST:
        newest, older = _none(), newest
    fresh_ones = batch.id == 0
    fresh_ones[known] = True
    new = np.flatnonzero(fresh_ones)
    repeated = seen.repeated + int(batch.time.size - new.size)
    return Seen(newest, older, repeated), batch if new.size == batch.time.size else take(batch, new)


def _new(seen: Seen, ids: Words64) -> Ints:
    """Places of the ids that were not seen, the first of each; sorting alone is faster when all are new."""
    ordered = np.sort(ids)
    known = _among(seen.newest, ordered) | _among(seen.older, ordered)
    if not known.any() and not (ordered[1:] == ordered[:-1]).any():
        return np.arange(ids.size)
    single, first = np.unique(ids, return_index=True)
    return np.sort(first[~(_among(seen.newest, single) | _among(seen.older, single))]).astype(np.int64)


def _among(known: Words64, ids: Words64) -> Bools:
    place = np.searchsorted(known, ids)
    out = np.zeros(ids.size, np.bool_)
    inside = place < known.size
    out[inside] = known[place[inside]] == ids[inside]
    return out
