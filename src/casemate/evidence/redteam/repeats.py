"""What fooled a model that changes its answers, shown to it again: what it gets wrong by itself needs no attacker.

Every row that was broken is asked TIMES times more, and its clean row as well. It stays broken where most answers to it
are wrong while most of those to the clean row are right; else it could not be scored.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Outcome
from casemate.evidence.redteam.drive import Tried, why
from casemate.evidence.redteam.metered import Spent
from casemate.evidence.redteam.model import Labels, ModelError, labels

TIMES = 5


def confirmed(t: Tried, case: Case) -> Tried:
    """An attack with the breaks that repeat. What changes no input is left as it is."""
    hit = np.flatnonzero(t.result.outcomes == Outcome.BROKEN)
    if t.result.adversarial is None or not len(hit):
        return t
    try:
        good = _repeat(case, t.result.adversarial[hit], case.victims.rows[hit], case.victims.labels[hit])
    except (Spent, ModelError) as e:
        return _without(t, hit, f"whether it fools the model again is not known: {why(e)}")
    lost = hit[~good]
    return (
        _without(t, lost, f"{len(lost)} of {len(hit)} rows that fooled it once do not do so again") if len(lost) else t
    )


def _repeat(case: Case, found: Array, clean: Array, truth: Labels) -> NDArray[np.bool_]:
    """Which rows fool most times while their clean rows mostly do not, shape (n,)."""
    fooled, right = np.zeros(len(found), dtype=np.intp), np.zeros(len(found), dtype=np.intp)
    for _ in range(TIMES):
        fooled += case.fools(labels(case.model(found)), truth)
        right += labels(case.model(clean)) == truth
    return np.asarray((2 * fooled > TIMES) & (2 * right > TIMES))


def _without(t: Tried, lost: NDArray[np.intp], flag: str) -> Tried:
    """Without these breaks, and without the curve that they are in."""
    outcomes = t.result.outcomes.copy()
    outcomes[lost] = Outcome.ERRORED
    return replace(t, result=replace(t.result, outcomes=outcomes, curve=(), flags=(*t.result.flags, flag)))
