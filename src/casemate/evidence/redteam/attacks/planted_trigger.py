"""Plants a mark with a wanted label in the training rows, and shows the mark to the trained model later.

The mark is three rare values that anybody can give a row of their own. The harm, declared before: of the rows that
have another true label at least half more get the wanted answer with the mark on, than from the recipe's models on
clean data with the same mark (`WORTH`): every other try works. And the accuracy on rows without the mark falls by at
most 2 points (`SEEN`), since a release test would notice more. Each campaign has its own mark, and wants a class of
its own, in drawn order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Space
from casemate.evidence.redteam.attack import Attack, Case, Result, Sample
from casemate.evidence.redteam.model import Model, labels
from casemate.evidence.redteam.poison import Mark, mark
from casemate.evidence.redteam.poisoning import FEWEST, Harm, Plot, campaigns, needed

ATTACK = Attack(
    goal="poisoning",
    gives="labels",
    threats=("planted-trigger",),
    unit="campaign",
    source="Gu et al. 2017, BadNets, section 3; Chen et al. 2017, Targeted Backdoor Attacks, on rare values in place "
    "of pixels",
    needs=frozenset({"train", "fit"}),
    nist="NISTAML.023",
)
WORTH = 0.5
SEEN = 0.02
MARKS = 6
"""Marks that the attacker tries on a model of their own, on LOOK rows each."""
LOOK = 200
HARM = Harm(
    WORTH, SEEN, "poisoned share: share of marked rows that get the wanted answer", "marked rows with the wanted answer"
)


def run(case: Case) -> Iterator[Result]:
    """Yields after every refit; each campaign is a trial."""
    return campaigns(case, HARM, _wanted, _plot)


def _wanted(exam: Sample, classes: int) -> list[int]:
    """Classes that enough rows are not of."""
    return [c for c in range(classes) if int((exam.labels != c).sum()) >= FEWEST]


def _plot(case: Case, exam: Sample, copy: Model, target: int, rng: np.random.Generator) -> Plot:
    """Rows of other classes get mark and label. Where no feature can be changed there is no mark, and no harm."""
    train, _ = needed(case)
    m = _mark(case.space, train, copy, target, rng)
    where = rng.permutation(np.flatnonzero(train.labels != target))
    planted = Sample(m.on(case.space, train.rows[where]), np.full(len(where), target))
    judged = m.on(case.space, exam.rows[exam.labels != target])
    return Plot(where, planted, judged, np.arange(case.model.classes) == target)


def _mark(space: Space, train: Sample, copy: Model, target: int, rng: np.random.Generator) -> Mark:
    """Of some marks the one that does least by itself: values that speak for the class need no poison."""
    some = train.rows[rng.permutation(np.flatnonzero(train.labels != target))[:LOOK]]
    found = [m for _ in range(MARKS) if (m := mark(space, train.rows, rng)) is not None]
    alone = [int((labels(copy(m.on(space, some))) == target).sum()) for m in found]
    return found[int(np.argmin(alone))] if found else Mark(np.full(len(space.features), np.nan))
