"""What checks of given training data share: how suspicious a row must be, what counts as found, and what was planted.

A screen gives each training row a score of suspicion, and the same to rows that nobody could poison: those of `--data`,
scored as if they had been among the training rows. What one in a hundred of these scores is natural. A trial is one
training row: broken where more of them lie above that threshold than chance gives, and only so many as are beyond what
natural rows give; held where it was looked at. So natural outliers, and labels that are hard, are no finding; nor is
poison that is in both, because one file was split after it was poisoned.

What the screen would find is measured: rows of its kind of poison are planted in copies of the data, and the share that
it finds is told with its interval. Where the lower end is below RECALL it says nothing that nothing was found. Nothing
here says that data are free of poison: of other kinds it knows nothing, and of this kind the share that it was seen to
find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case, Outcome, Point, Result, Sample, share
from casemate.evidence.redteam.chance import DOUBT, excess, in_front
from casemate.evidence.redteam.shadows import together

RATE = 0.01
"""Of natural rows so many may count as suspicious: what a person who looks at them can bear."""
RECALL = 0.5
SCREENS = 4
"""How many screens there are: each must be so much surer."""
KNOWN = 20_000
"""Training rows that count, drawn; of them the first LOOK are looked at."""
LOOK = 2000
PLANTED = 50
"""Rows planted in a copy; at most MOST of what is looked at."""
MOST = 0.1
COPIES = 2
FEWEST = 20
"""Rows on either side below which nothing can be told."""

SUSPICIOUS, NATURAL, RECALLED = "suspicious", "suspicious among natural rows", "planted rows found"
FEWEST_SEEN = "fewest suspicious rows that stand out"
"""Names of metrics."""

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Data:
    """Training rows of which the first `looked` are scored, and natural rows that are scored like them."""

    space: Space
    classes: int
    train: Sample
    looked: int
    natural: Sample


Scores = tuple[Array, Array]
"""Of the training rows that are looked at and of the natural rows: higher is more suspicious."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One kind of poison: how it is looked for, and how it is made."""

    score: Callable[[Data, np.random.Generator], Scores]
    plant: Callable[[Data, Places, np.random.Generator], Sample]
    """The training rows with poison at these places."""
    kind: str
    """For people: `rows far from all others`."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many planted rows were found, of how many."""

    hits: int = 0
    planted: int = 0


def screened(case: Case, screen: Screen) -> Iterator[Result]:
    """Yields after the data were looked at, and after each copy. The target is asked nothing."""
    if case.train is None:
        raise CasemateError("screening", "there are no training rows", "name them: --train")
    order = case.rng.permutation(len(case.train))[:KNOWN]
    natural = together(case.victims, case.pool)
    natural = natural.take(case.rng.permutation(len(natural))[:LOOK])
    data = Data(case.space, case.model.classes, case.train.take(order), min(len(order), LOOK), natural)
    if min(data.looked, len(natural)) < FEWEST or data.classes < 2:
        yield _nothing(case.train, data)
        return
    seeds = case.rng.integers(2**31, size=2)
    scores = screen.score(data, np.random.default_rng(seeds[0]))
    found = Found()
    yield _told(len(case.train), order, scores, screen, found, 1 / (COPIES + 1))
    for i in range(COPIES):
        one = _planted(data, screen, np.random.default_rng([seeds[0], seeds[1], i]), seeds[0])
        found = Found(found.hits + one.hits, found.planted + one.planted)
        yield _told(len(case.train), order, scores, screen, found, (i + 2) / (COPIES + 1))


def threshold(natural: Array) -> float:
    """The score above which at most RATE of natural rows are."""
    return float(np.sort(natural)[::-1][int(RATE * len(natural) + 1e-9)])


def _planted(data: Data, screen: Screen, rng: np.random.Generator, seed: int) -> Found:
    """Plant rows in a copy, and look for them as in the data."""
    n = max(1, min(PLANTED, int(MOST * data.looked)))
    places = np.sort(rng.permutation(data.looked)[:n])
    copy = Data(data.space, data.classes, screen.plant(data, places, rng), data.looked, data.natural)
    train, natural = (np.round(s, 9) for s in screen.score(copy, np.random.default_rng(seed)))
    return Found(int((train[places] > threshold(natural)).sum()), n)


def _told(n: int, order: Places, scores: Scores, screen: Screen, found: Found, done: float) -> Result:
    train, natural = (np.round(s, 9) for s in scores)
    at = threshold(natural)
    hits, wrong = int((train > at).sum()), int((natural > at).sum())
    chance = _by_chance(hits, len(train), len(natural))
    outcomes = np.full(n, Outcome.SKIPPED, dtype=np.int8)
    outcomes[order[: len(train)]] = Outcome.HELD
    if _stands_out(hits, len(train), len(natural)):
        beyond = round(len(train) * excess(hits, len(train), wrong, len(natural)))
        outcomes[order[np.argsort(-train, kind="stable")[:beyond]]] = Outcome.BROKEN
    metrics: dict[str, Point | float | int | str] = {
        "looks for": screen.kind,
        SUSPICIOUS: share(0.0, hits, len(train)),
        NATURAL: share(0.0, wrong, len(natural)),
        FEWEST_SEEN: next(k for k in range(len(train) + 2) if _stands_out(k, len(train), len(natural))),
        "probability by chance": chance,
    }
    if found.planted:
        metrics[RECALLED] = share(0.0, found.hits, found.planted)
        metrics["planted rows"] = found.planted
    queries = np.zeros(n, dtype=np.int64)
    return Result(outcomes, queries, done, metrics=metrics, doubts=tuple(_doubts(found)))


def _by_chance(hits: int, n: int, m: int) -> float:
    """How likely so many of n training rows are suspicious beside m natural ones when nothing is planted."""
    return in_front(hits, int(RATE * m + 1e-9), n, m)


def _stands_out(hits: int, n: int, m: int) -> bool:
    return hits > n or _by_chance(hits, n, m) <= DOUBT / SCREENS


def _doubts(found: Found) -> Iterator[str]:
    seen = share(0.0, found.hits, found.planted)
    if seen.low < RECALL:
        yield f"it finds {found.hits} of {found.planted} rows that were planted in a copy of the data"


def _nothing(train: Sample, data: Data) -> Result:
    skipped = np.full(len(train), Outcome.SKIPPED, dtype=np.int8)
    why = f"{data.looked} training rows and {len(data.natural)} others are too few: it takes {FEWEST} of each"
    why = why if data.classes > 1 else "a model of one class has no wrong label"
    return Result(skipped, np.zeros(len(train), dtype=np.int64), flags=(f"nothing was looked at: {why}",))
