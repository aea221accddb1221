"""Predictions that wait for their labels: bounded, by request id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor.batch import Array, Bools, Floats, Ints, Words64


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """By id (sorted, single): 64 bits of the answer, whether it is a word, confidence, time. Each of shape (n,)."""

    id: Words64
    answer: Words64
    word: Bools
    confidence: Floats
    time: Ints

    def __len__(self) -> int:
        return int(self.id.size)


def nobody() -> Waiting:
    """None waits."""
    bits = np.zeros(0, np.uint64)
    return Waiting(bits, bits, np.zeros(0, np.bool_), np.zeros(0, np.float64), np.zeros(0, np.int64))


def chosen(rows: Waiting, places: Array) -> Waiting:
    """The rows at these places."""
    return Waiting(rows.id[places], rows.answer[places], rows.word[places], rows.confidence[places], rows.time[places])


def joined(old: Waiting, new: Waiting, most: int) -> tuple[Waiting, int]:
    """Both, the later one of each id, the newest by time if there are too many; and how many were let go."""
    both = Waiting(
        np.concatenate((old.id, new.id)),
        np.concatenate((old.answer, new.answer)),
        np.concatenate((old.word, new.word)),
        np.concatenate((old.confidence, new.confidence)),
        np.concatenate((old.time, new.time)),
    )
    ids, last = np.unique(both.id[::-1], return_index=True)
    kept = len(both) - 1 - last
    if kept.size > most:
        newest = np.lexsort((ids, both.time[kept]))[kept.size - most :]
        kept = kept[np.sort(newest)]
    return chosen(both, kept), len(both) - int(kept.size)


def found(waiting: Waiting, ids: Words64) -> tuple[Ints, Ints]:
    """Places in `waiting` and in `ids` of what is in both; the first of equal ids counts, in the order of `ids`."""
    single, first = np.unique(ids, return_index=True)
    place = np.searchsorted(waiting.id, single)
    inside = np.flatnonzero(place < len(waiting))
    hit = inside[waiting.id[place[inside]] == single[inside]]
    by = hit[np.argsort(first[hit], kind="stable")]
    return place[by].astype(np.int64), first[by].astype(np.int64)
