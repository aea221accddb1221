"""The memo of a pickle machine that knows only where things come from: a number for each place, 0 for most things."""

from __future__ import annotations

from array import array

from casemate.evidence.scan.notes import Enough

MAX_SPARSE = 100_000  # memo places out of order; picklers count up


class Stuck(Exception):
    """The pickle machine would refuse here: the stack or the memo does not hold what is asked for."""


class Memo:
    """Places in order in an array, the few others in a dict; the keys of the two never overlap."""

    def __init__(self, size: int) -> None:
        self.dense = array("I" if size < 2**32 - 1 else "Q")
        self.sparse: dict[int, int] = {}

    def put(self, key: int, value: int) -> None:
        """Set one place. Fails with Enough when there are too many."""
        if key < len(self.dense):
            self.dense[key] = value
        elif key == len(self.dense) and key not in self.sparse:
            self.dense.append(value)
        elif len(self.sparse) >= MAX_SPARSE and key not in self.sparse:
            raise Enough(f"remembers more than {MAX_SPARSE:,} objects out of order")
        else:
            self.sparse[key] = value

    def add(self, value: int) -> None:
        """Set the place that MEMOIZE means: as many as there are."""
        if self.sparse:
            self.put(len(self.dense) + len(self.sparse), value)
        else:
            self.dense.append(value)

    def get(self, key: int) -> int:
        """One place. Fails with Stuck when it was never set."""
        if 0 <= key < len(self.dense):
            return self.dense[key]
        if key not in self.sparse:
            raise Stuck
        return self.sparse[key]


class Later(Memo):
    """A memo from the middle of a pickle on: what was set before is unknown, and only what says something is kept."""

    def __init__(self, memos: int | None) -> None:
        super().__init__(0)
        self.next = memos

    def put(self, key: int, value: int) -> None:
        """Set one place. Fails with Stuck when there are too many: a memo from the beginning on has room for them."""
        if value and len(self.sparse) >= MAX_SPARSE and key not in self.sparse:
            raise Stuck
        if value:
            self.sparse[key] = value
        else:
            self.sparse.pop(key, None)

    def add(self, value: int) -> None:
        """Set the place that MEMOIZE means. Fails with Stuck where that was not counted."""
        if self.next is None:
            raise Stuck
        self.put(self.next, value)
        self.next += 1

    def get(self, key: int) -> int:
        """One place, or 0."""
        return self.sparse.get(key, 0)
