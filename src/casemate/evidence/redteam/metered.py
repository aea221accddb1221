"""The only way to the target: it counts, cuts into chunks, remembers, and stops where the budget ends."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.model import Differentiable, Gives, Labels, Model, ModelError

CHUNK = 65_536
"""Rows that the target is shown at once."""
RECENT, LARGE = 16, 4_000_000
"""Calls whose answers are kept where the model answers the same every time, if there are not more numbers in them: who
averages asks the same rows again."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on the target; None: no limit."""

    rows: int | None = None
    calls: int | None = None
    seconds: float | None = None


class Spent(Exception):
    """The budget is used up. What an attack has learned until then counts."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"the budget of {what} is spent")


@dataclass(slots=True)
class Used:
    """What was spent so far. Rows that were remembered are not asked again and cost nothing."""

    rows: int = 0
    calls: int = 0
    seconds: float = 0.0
    remembered: int = 0


@dataclass(slots=True)
class Metered:
    """A model behind a meter. Raises Spent before a call that would pass the budget, ModelError for a bad answer."""

    model: Model
    budget: Budget = Budget()
    chunk: int = CHUNK
    remember: int = 0
    """How many answers are kept by content; only where the model answers the same every time."""
    clock: Callable[[], float] = time.monotonic
    used: Used = field(default_factory=Used)
    deterministic: bool = False
    """Set when that is known: then the same call is not made twice while it is among the RECENT ones."""
    _answers: dict[bytes, Array] = field(default_factory=dict)
    _recent: OrderedDict[bytes, Array] = field(default_factory=OrderedDict)

    @property
    def classes(self) -> int:
        """How many classes the target tells apart."""
        return self.model.classes

    @property
    def gives(self) -> Gives:
        """What the target's answers hold."""
        return self.model.gives

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        return self._remembered(rows) if self.remember else self._asked(rows)

    def gradient(self, rows: Array, labels: Labels, loss: str = "cross-entropy") -> Array:
        """Of the loss of each row, by the row: shape (n, features). Counts as one query a row."""
        if not isinstance(self.model, Differentiable):
            raise ModelError("the model", "gives no gradients", "leave out the attacks that need them")
        out = np.empty(rows.shape)
        for part in self._parts(len(rows)):
            out[part] = self._paid(part, lambda s=part: self.model.gradient(rows[s], labels[s], loss))  # type: ignore[misc]
        return out

    def _asked(self, rows: Array) -> Array:
        if not self.deterministic:
            return self._called(rows)
        key = hashlib.blake2b(rows.tobytes()).digest()
        if key in self._recent:
            self.used.remembered += len(rows)
            self._recent.move_to_end(key)
            return self._recent[key].copy()
        answers = self._called(rows)
        if answers.size <= LARGE // RECENT:
            self._recent[key] = answers.copy()
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return answers

    def _called(self, rows: Array) -> Array:
        out = np.empty((len(rows), self.classes))
        for part in self._parts(len(rows)):
            answers = self._paid(part, lambda s=part: self.model(rows[s]))  # type: ignore[misc]
            out[part] = checked(answers, part.stop - part.start, self.classes)
        return out

    def _parts(self, n: int) -> list[slice]:
        """The calls that n rows take. Raises Spent when the next one does not fit in the budget."""
        parts = [slice(i, min(n, i + self.chunk)) for i in range(0, n, self.chunk)]
        b, u = self.budget, self.used
        if b.rows is not None and u.rows + n > b.rows:
            raise Spent("queries")
        if b.calls is not None and u.calls + len(parts) > b.calls:
            raise Spent("calls")
        if b.seconds is not None and u.seconds >= b.seconds:
            raise Spent("seconds")
        return parts

    def _paid(self, part: slice, ask: Callable[[], Array]) -> Array:
        """A call, timed and counted. One that fails was made all the same; one that money ends was not."""
        start, made = self.clock(), 1
        try:
            return ask()
        except Spent:
            made = 0
            raise
        finally:
            self.used.seconds += self.clock() - start
            self.used.rows += made * (part.stop - part.start)
            self.used.calls += made

    def _remembered(self, rows: Array) -> Array:
        keys = [r.tobytes() for r in rows]
        new = {k: i for i, k in enumerate(keys) if k not in self._answers}
        self.used.remembered += len(keys) - len(new)
        if new:
            fresh = dict(zip(new, self._asked(rows[list(new.values())]), strict=True))
            if len(self._answers) + len(fresh) > self.remember:
                found = np.stack([fresh[k] if k in fresh else self._answers[k] for k in keys])
                self._answers = dict(list(fresh.items())[: self.remember])
                return found
            self._answers |= fresh
        return np.stack([self._answers[k] for k in keys]) if keys else np.empty((0, self.classes))


def checked(answers: Array, n: int, classes: int) -> Array:
    """Answers of the right shape; a row that was refused is NaN as a whole. Raises ModelError."""
    found = np.asarray(answers, dtype=np.float64)
    if found.shape != (n, classes):
        raise ModelError("the model", f"answered with shape {found.shape}, not {(n, classes)}", "check its adapter")
    bad = np.isnan(found)
    if np.isinf(found).any() or (bad.any(axis=1) != bad.all(axis=1)).any():
        raise ModelError("the model", "answered NaN or infinity", "mend the model, or look at the rows that it gets")
    return found
