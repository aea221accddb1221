"""How well scores tell members from others: the curve, and what it is worth.

Equal scores move together: an attacker who cannot tell two rows apart calls both members or neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from casemate.core.interval import Z
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Point, share


@dataclass(frozen=True, slots=True)
class Roc:
    """Members and others above each threshold, from the highest threshold to the lowest."""

    true: NDArray[np.int64]
    """Members above it, shape (thresholds + 1,); the first is 0."""
    false: NDArray[np.int64]
    """Others above it."""

    @property
    def members(self) -> int:
        """How many members there are."""
        return int(self.true[-1])

    @property
    def others(self) -> int:
        """How many others there are."""
        return int(self.false[-1])

    def at(self, rate: float) -> tuple[int, int]:
        """Members and others above the threshold that finds most while at most this share of the others is above."""
        allowed = self.allowed(rate)
        best = int(np.searchsorted(self.false, allowed, side="right")) - 1
        return int(self.true[best]), int(self.false[best])

    def allowed(self, rate: float) -> int:
        """How many others may be above a threshold at this rate."""
        return int(rate * self.others + 1e-9)

    def tpr(self, rate: float) -> Point:
        """The share of members found at a false-positive rate; x is the rate.

        The interval is that of the share at this threshold; `chance.in_front` takes in that the threshold is drawn too.
        """
        return share(rate, self.at(rate)[0], self.members)

    def auc(self) -> Point:
        """The area under the curve: how often a member scores above another, ties half. x is what chance gives.

        The 95 % interval is that of Hanley and McNeil 1982, The Meaning and Use of the Area under a ROC Curve.
        """
        n, m = self.members, self.others
        heights = (self.true[1:] + self.true[:-1]) / 2
        a = float((heights * np.diff(self.false)).sum() / (n * m))
        spread = (n - 1) * (a / (2 - a) - a * a) + (m - 1) * (2 * a * a / (1 + a) - a * a)
        half = Z * sqrt(max(0.0, a * (1 - a) + spread) / (n * m))
        return Point(0.5, a, max(0.0, a - half), min(1.0, a + half))


def roc(scores: Array, member: NDArray[np.bool_]) -> Roc:
    """The curve of scores (n,), higher for a likelier member. There must be a member and another, and no NaN."""
    order = np.argsort(-scores, kind="stable")
    s, m = scores[order], member[order]
    last = np.append(s[1:] != s[:-1], True)
    true, false = np.cumsum(m)[last], np.cumsum(~m)[last]
    return Roc(np.append(0, true).astype(np.int64), np.append(0, false).astype(np.int64))
