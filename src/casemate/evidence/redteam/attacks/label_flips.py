"""Gives rows of one class the label of the class next to it, so that a model trained on them gets that class wrong.

An attacker who writes a share of the training rows takes those at the border of two classes: few labels there move it
most. The harm, declared before: one in ten of the rows of that class that the recipe's models get right on clean data
is answered wrongly (`WORTH`). Overall accuracy hides this where the class is rare. Each campaign is after a class of
its own, in drawn order.

The optimal flips (Xiao et al. 2012, Adversarial Label Flips Attack) need many more refits: that this attack fails says
less than that it succeeds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.evidence.redteam.attack import Attack, Case, Result, Sample
from casemate.evidence.redteam.model import Model
from casemate.evidence.redteam.poison import at_the_border
from casemate.evidence.redteam.poisoning import FEWEST, Harm, Plot, campaigns, needed

ATTACK = Attack(
    goal="poisoning",
    gives="labels",
    threats=("training-data-poisoning",),
    unit="campaign",
    source="Biggio et al. 2011, Support Vector Machines Under Adversarial Label Noise, section 4; flips where "
    "neighbours disagree in place of its search",
    needs=frozenset({"train", "fit"}),
    nist="NISTAML.013",
)
WORTH = 0.1
"""Of the rows of a class: our judgement of what somebody would call harm."""
HARM = Harm(
    WORTH, 1.0, "poisoned share: share of the attacked class that is answered wrongly", "attacked rows answered wrongly"
)


def run(case: Case) -> Iterator[Result]:
    """Yields after every refit; each campaign is a trial."""
    return campaigns(case, HARM, _attacked, _plot)


def _attacked(exam: Sample, classes: int) -> list[int]:
    """Classes with enough rows to tell the harm on."""
    return [c for c in range(classes) if int((exam.labels == c).sum()) >= FEWEST]


def _plot(case: Case, exam: Sample, copy: Model, source: int, rng: np.random.Generator) -> Plot:
    train, _ = needed(case)
    where, into = at_the_border(case.space, train, source, rng)
    planted = Sample(train.rows[where], np.full(len(where), into))
    return Plot(where, planted, exam.rows[exam.labels == source], np.arange(case.model.classes) != source)
