"""What a guard is: it may look at rows before the model does, and change answers after it.

A guard is a class with `about`, which says which control of the catalogue it is and what an attacker who knows it does.
Each call comes from a client; what is refused gets an answer of NaN. Guards hold state where their job needs it
(counts, noise), under a lock; everything else about them is settled when they are made and have learned.

The first guard is the outermost: it sees a row first and the answer last. What an outer guard refuses, no inner one
sees. So a quota whose memory shall cover noise stands before the noise, and what changes rows before keyed noise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array

Mask = NDArray[np.bool_]
Gives = Literal["labels", "scores", "gradients"]
ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class About:
    """What a guard claims to be, and what puts the claim to the test."""

    control: str
    """Id of the control in the catalogue."""
    against: tuple[str, ...]
    """Goals of attacks that it is meant to counter: evasion, membership, attribute, inversion, extraction."""
    adaptive: tuple[str, ...]
    """Ids of the views (evidence.redteam.views) through which an attacker who knows it sees the model."""
    why: str
    """What such an attacker does, in one line."""


class Guard:
    """Lets everything through. Members override what they change."""

    about: About

    def learn(self, rows: Array) -> None:
        """Look at clean rows (n, features) before standing in front of anything."""

    def admit(self, rows: Array, client: str) -> tuple[Array, Mask]:
        """The rows as the model shall see them, and which are refused, shape (n,)."""
        return rows, np.zeros(len(rows), dtype=bool)

    def answer(self, rows: Array, scores: Array) -> Array:
        """The answers (n, classes) as the client shall see them. rows: as this guard passed them on."""
        return scores

    @property
    def gives(self) -> Gives:
        """`labels` where it leaves nothing else, else `scores`."""
        return "scores"


@runtime_checkable
class Counting(Protocol):
    """A guard that counts what is asked, within a window of time."""

    def renew(self) -> None:
        """A new window begins."""


@runtime_checkable
class Seeded(Protocol):
    """A guard with randomness of its own, which a test must be able to repeat."""

    def seeded(self, seed: int) -> None:
        """Draw from here on as the seed says."""


class Lock:
    """Lets one thread through at a time. A copy, and what comes out of a pickle, has a lock of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[Lock], tuple[()]]:
        return Lock, ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Rows on their way through guards: in already, not yet out."""

    guards: tuple[Guard, ...]
    shown: tuple[Array, ...]
    """What each guard passed on, of the rows that all of them let through: shape (k, features) each."""
    rows: Array
    """The rows that all let through, as the model shall see them, shape (k, features)."""
    by: NDArray[np.intp]
    """The place of the guard that refused each row, -1 where none did: shape (n,)."""

    @property
    def let(self) -> Mask:
        """Which rows every guard let through, shape (n,)."""
        return np.asarray(self.by < 0)

    def out(self, scores: Array) -> Array:
        """The answers as the client shall see them, (k, classes), from those of the model, of the same shape."""
        for guard, seen in zip(reversed(self.guards), reversed(self.shown), strict=True):
            scores = guard.answer(seen, scores)
        return scores


def enter(guards: Sequence[Guard], rows: Array, client: str) -> Passage:
    """Show rows (n, features) to guards on behalf of a client."""
    by = np.full(len(rows), -1, dtype=np.intp)
    going, steps = np.arange(len(rows)), []
    for place, guard in enumerate(guards):
        rows, no = guard.admit(rows, client)
        by[going[no]] = place
        going, rows = going[~no], rows[~no]
        steps.append((going, rows))
    return Passage(tuple(guards), tuple(seen[by[went] < 0] for went, seen in steps), rows, by)


@dataclass(slots=True)
class Guarded:
    """A model behind guards, as a function of rows."""

    model: Callable[[Array], Array]
    guards: Sequence[Guard]
    classes: int
    gives: Gives = "scores"
    client: str = ANYBODY

    def __post_init__(self) -> None:
        if any(g.gives == "labels" for g in self.guards):
            self.gives = "labels"
        elif self.gives == "gradients":
            self.gives = "scores"

    def as_client(self, client: str) -> Guarded:
        """The same model and guards, their state shared, asked by another client."""
        return Guarded(self.model, self.guards, self.classes, self.gives, client)

    def __call__(self, rows: Array) -> Array:
        """Answers of shape (n, classes); NaN where a row was refused."""
        passage = enter(self.guards, rows, self.client)
        out = np.full((len(rows), self.classes), np.nan)
        if len(passage.rows):
            out[passage.let] = passage.out(self.model(passage.rows))
        return out
