"""What a guard is: it may look at rows before the model does, and change answers after it.

A guard is a class with `about`, which says which control of the catalogue it is and what an attacker who knows it does.
Each call comes from a client; what is refused gets an answer of NaN. Guards hold state where their job needs it
(counts, noise); everything else about them is settled when they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
        """The answers (n, classes) as the client shall see them."""
        return scores

    @property
    def gives(self) -> Gives:
        """`labels` where it leaves nothing else, else `scores`."""
        return "scores"


@runtime_checkable
class Seeded(Protocol):
    """A guard with randomness of its own, which a test must be able to repeat."""

    def seeded(self, seed: int) -> None:
        """Draw from here on as the seed says."""


@dataclass(slots=True)
class Guarded:
    """A model behind guards. The first guard is the outermost: it sees a row first and the answer last."""

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
        shown, refused = rows, np.zeros(len(rows), dtype=bool)
        for g in self.guards:
            shown, no = g.admit(shown, self.client)
            refused |= no
        out = np.full((len(rows), self.classes), np.nan)
        let = ~refused
        if let.any():
            answers = self.model(shown[let])
            for g in reversed(self.guards):
                answers = g.answer(shown[let], answers)
            out[let] = answers
        return out
