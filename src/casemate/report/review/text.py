"""What is due, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from casemate.report.view.paper import Paper
from casemate.report.view.words import ROLE, count, day, spelled
from casemate.validate.due import SOON, Due, soon


def write(name: str, entries: Sequence[Due], today: date, paper: Paper) -> None:
    """What is due first, then what will be within a month, then how much comes later."""
    now = [d for d in entries if d.due]
    near = soon(entries, today)
    later = [d for d in entries if not d.due and d not in near]
    paper.title(name, f"Review on {day(today)}")
    if now:
        paper.verdict("DUE", f"{spelled(len(now), 'thing is', 'things are')} due.", "fail")
    else:
        paper.verdict("NOTHING DUE", f"Next: {day(entries[0].on)}." if entries else "Nothing is planned.", "pass")
    _list(paper, "Due", now, today)
    _list(paper, f"Within {SOON} days", near, today)
    if later:
        paper.blank()
        first = f"{count(len(later), 'more thing')} later, the first on {day(later[0].on)}; "
        paper.prose(f"{first}--format json and --ics have them.", "dim")
    if now:
        paper.blank()
        paper.prose(
            "`casemate review walk --role ROLE` asks what is open; `casemate review sign` ends a review.", "dim"
        )


def _list(paper: Paper, heading: str, entries: Sequence[Due], today: date) -> None:
    if entries:
        paper.heading(heading)
    for i, d in enumerate(entries, 1):
        who = ROLE.get(d.owner, d.owner)
        below = "; ".join(x for x in (when(d.on, today), who, d.todo) if x)
        paper.entry(f"{i:2}", f"{d.what[0].upper()}{d.what[1:]}" if d.kind in UPPER else d.what, below)


UPPER = ("review", "alarm", "evidence", "passport")
"""Kinds whose sentence does not begin with a name."""


def when(on: date, today: date) -> str:
    """`since 3 Nov 2026 (20 days)`, `today`, `on 3 Dec 2026 (in 10 days)`."""
    days = (on - today).days
    if days == 0:
        return "today"
    if days < 0:
        return f"since {day(on)} ({count(-days, 'day')})"
    return f"on {day(on)} (in {count(days, 'day')})"
