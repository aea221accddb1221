"""Threat modelling is never done once: when the next review is due (the article's quarterly review)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from casemate.define.system import System

QUARTER = 91  # days


@dataclass(frozen=True, slots=True)
class Review:
    """`state`: planned, overdue, or never when nobody has reviewed yet."""

    state: str
    due: date | None
    every: int
    days: int | None = None
    """Days until it is due; negative when it is overdue."""


def review(system: System, today: date) -> Review:
    """When the next review is due. Without a last one, it is due now."""
    every = system.review_every or QUARTER
    if system.review_last is None:
        return Review("never", None, every)
    due = system.review_last + timedelta(days=every)
    return Review("overdue" if due < today else "planned", due, every, (due - today).days)
