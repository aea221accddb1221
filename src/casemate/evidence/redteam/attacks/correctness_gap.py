"""Calls a member whoever the model is right about: what any attack on membership has for nothing.

It has one threshold. At 1 % false positives it finds nobody unless the model is wrong on 99 % of what it did not learn;
its AUC tells how far the model fits what it learned better than the rest. Beside it stands what can be told without any
model, from rows that lie near: where members differ from the others in kind, every other attack finds that as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Space
from casemate.evidence.redteam.attack import Attack, Case, Point, Result
from casemate.evidence.redteam.membership import Suspects, accuracies, asked, right, suspects, told
from casemate.evidence.redteam.roc import roc

ATTACK = Attack(
    goal="membership",
    gives="labels",
    threats=("membership-inference",),
    unit="row",
    source="Yeom et al. 2018, Privacy Risk in Machine Learning, section 3 (the bounded-loss adversary)",
    needs=frozenset({"train"}),
    nist="NISTAML.033",
)


NEAR = 10
"""Rows that are looked at around each."""
MOST = 1500
"""Rows that are looked at in all."""
SPLIT = "what attacks find may be how the rows were split, not what the model remembers"


def run(case: Case) -> Iterator[Result]:
    """Yields after every call."""
    who = suspects(case)
    blind = without_model(case.space, who)
    flags = (f"members differ from the others without any model: {SPLIT}",) if blind.low > 0.5 else ()
    for answers, heard, done in asked(case, who):
        good = right(answers, who.sample.labels).astype(np.float64)
        scores = np.where(np.isnan(answers).any(axis=1), np.nan, good)
        more = {**accuracies(who, answers, heard), "AUC without the model": blind}
        yield told(who, scores, heard.astype("int64"), done, more, flags)


def without_model(space: Space, who: Suspects) -> Point:
    """AUC of the share of members among the nearest rows; half where the two were split at random, or a bit below.

    The question is that of Das et al. 2024, Blind Baselines Beat Membership Inference Attacks.
    """
    use = who.order[~who.copy[who.order]][:MOST]
    member, points = who.member[use], space.points(who.sample.rows[use])
    if member.all() or not member.any():
        return Point(0.5, 0.5, 0.0, 1.0)
    squares = np.square(points).sum(axis=1)
    apart = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1, kind="stable")[:, : min(NEAR, len(use) - 1)]
    return roc(member[near].mean(axis=1), member).auc()
