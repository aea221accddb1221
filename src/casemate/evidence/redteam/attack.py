"""What every attack is: one file in attacks/ with `ATTACK`, which says what it is, and `run`, which tries it.

`run(case)` yields its result so far after every step; the last one counts. So when the budget ends, the model fails or
a person interrupts, what was learned until then is kept. All randomness comes from `case.rng`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from casemate.core.interval import wilson
from casemate.core.space import Array, Space
from casemate.evidence.redteam.model import Fit, Gives, Labels, Model

if TYPE_CHECKING:
    from casemate.evidence.redteam.shadows import Shadows

Goal = Literal["evasion", "membership", "attribute", "inversion", "extraction", "poisoning", "screening"]
Norm = Literal["l2", "linf"]


class Outcome(IntEnum):
    """How one trial ended. What could not be scored never counts as held."""

    HELD = 0
    BROKEN = 1
    ERRORED = 2
    SKIPPED = 3


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack is after, what it needs, and what its failures are worth."""

    goal: Goal
    gives: Gives
    """What the model's answers must hold at least."""
    threats: tuple[str, ...]
    """Ids of the catalogue's threats that its trials speak of; the first that the element has counts."""
    unit: Literal["row", "campaign"]
    source: str
    strength: Literal["equal", "weaker"] = "weaker"
    """`equal`: as strong as the attacker that we assume."""
    needs: frozenset[Literal["train", "fit"]] = frozenset()
    """`train`: rows that the model learned from; `fit`: the recipe that trains one more."""
    baseline: str | None = None
    """The attack that it must beat at the same budget for its finding to say anything of the model."""
    nist: str = ""
    """The class of NIST AI 100-2 E2025."""
    default: bool = True
    """Whether it runs when nobody names the attacks."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows with their labels: shapes (n, features) and (n,)."""

    rows: Array
    labels: Labels

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Sample:
        """Some of them."""
        return Sample(self.rows[which], self.labels[which])


@dataclass(frozen=True, slots=True)
class Limits:
    """What the attacker may spend and change: queries for each row, and a distance between points (see core.space)."""

    queries: int = 1000
    norm: Norm = "l2"
    epsilon: float = 0.1
    share: float = 0.05
    """Of the training rows, those that the attacker may write. Our judgement: Steinhardt et al. 2017, Certified
    Defenses for Data Poisoning Attacks, double a model's errors with 3 % of them."""


class Copier(Protocol):
    """How the attacker trains a copy of the target."""

    def __call__(self, rows: Array, answers: Array, seed: int) -> Model:
        """A model fitted on rows (n, features) and what the target answered, (n, classes): scores, or labels as 1."""


@dataclass(frozen=True)
class Case:
    """Everything that an attack may know and touch."""

    model: Model
    """What the attacker can ask: the target behind its meter, perhaps guarded, perhaps seen through a view."""
    victims: Sample
    """Rows to attack that the model did not learn from, with their true labels."""
    pool: Sample
    """Rows of the attacker's own, apart from the victims and from what the model learned."""
    space: Space
    rng: np.random.Generator
    limits: Limits = Limits()
    train: Sample | None = None
    """Rows that the model learned from."""
    fit: Fit | None = None
    shadows: Callable[[], Shadows] | None = None
    """Models of the same recipe on random halves of the data, fitted when first asked for and shared by attacks."""
    surrogate: Copier | None = None
    """Trains the attacker's own copy; None: the one of surrogate.py."""
    wanted: int | None = None
    """The class that whoever evades wants to be taken for; None: any wrong one serves."""

    def fools(self, said: Labels, truth: Labels) -> NDArray[np.bool_]:
        """Which answers are what the attacker wants, shapes (n,). Refused (-1) is not fooled."""
        return np.asarray(said == self.wanted if self.wanted is not None else (said != truth) & (said >= 0))


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: the value at x, and the interval in which it lies with 95 %."""

    x: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Result:
    """What an attack found so far."""

    outcomes: NDArray[np.int8]
    """One Outcome for each trial, shape (trials,)."""
    queries: NDArray[np.int64]
    """What was asked for each trial, shape (trials,)."""
    done: float = 1.0
    """The share of its work that is done."""
    distances: Array | None = None
    """How far each broken victim was moved, in the norm of the limits; NaN where it was not. Shape (trials,)."""
    adversarial: Array | None = None
    """Rows that fool the model, shape (trials, features). For a local file only."""
    curve: tuple[Point, ...] = ()
    axis: str = ""
    """What x and value of the curve are, for people: `queries: share of rows broken`."""
    metrics: Mapping[str, Point | float | int | str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    """What somebody should know of the result, one line each."""
    doubts: tuple[str, ...] = ()
    """Why it would say nothing that nothing was found, one line each."""
    strength: Literal["equal", "weaker"] | None = None
    """What it reached with this budget; None: as the attack says."""

    def count(self, outcome: Outcome) -> int:
        """How many trials ended so."""
        return int((self.outcomes == outcome).sum())


Run = Callable[[Case], Iterator[Result]]


def share(x: float, broken: int, n: int) -> Point:
    """A point of a curve of shares."""
    return Point(x, broken / n if n else 0.0, *wilson(broken, n))
