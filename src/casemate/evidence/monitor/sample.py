"""A bounded sample of rows that does not depend on their order: those with the smallest hash.

Law: sample(a + b) == merged(sample(a), sample(b)), so it can be taken by many and merged, like a sketch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor.batch import Words64
from casemate.evidence.monitor.space import Points


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Hashes, sorted, shape (k,), their rows (k, d), and how many rows there were in all."""

    keys: Words64
    rows: Points
    seen: int = 0

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sample)
            and self.seen == other.seen
            and np.array_equal(self.keys, other.keys)
            and np.array_equal(self.rows, other.rows)
        )

    def __hash__(self) -> int:
        return hash((self.seen, self.keys[:8].tobytes()))


def nothing(axes: int) -> Sample:
    """Of no rows."""
    return Sample(np.zeros(0, np.uint64), np.zeros((0, axes), np.float32))


def smallest(keys: Words64, most: int) -> Words64:
    """Places of the `most` smallest keys."""
    if keys.size <= most:
        return np.arange(keys.size, dtype=np.uint64)
    return np.argpartition(keys, most - 1)[:most].astype(np.uint64)


def merged(one: Sample, other: Sample, most: int) -> Sample:
    """The sample of the rows of both."""
    keys, rows = np.concatenate((one.keys, other.keys)), np.concatenate((one.rows, other.rows))
    # Rows of one hash are ordered by their content, so that which comes first is no matter.
    by = np.lexsort((*rows.T[::-1], keys)) if np.unique(keys).size < keys.size else np.argsort(keys, kind="stable")
    by = by[:most]
    return Sample(keys[by], rows[by], one.seen + other.seen)
