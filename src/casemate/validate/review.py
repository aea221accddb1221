"""Threat modelling is never done once: when the next review is due (the article's quarterly review)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from casemate.define.system import System
from casemate.evidence.bind import Record

QUARTER = 91  # days


@dataclass(frozen=True, slots=True)
class News:
    """What a monitor saw in the log of a component, on that day."""

    on: date
    element: str
    what: str


@dataclass(frozen=True, slots=True)
class Review:
    """`state`: planned, overdue, or never when nobody has reviewed yet."""

    state: str
    due: date | None
    every: int
    days: int | None = None
    """Days until it is due; negative when it is overdue."""
    because: str = ""
    """What made it due before its time."""


def review(system: System, today: date, news: Iterable[News] = ()) -> Review:
    """When the next review is due. Without a last one, it is due now; so it is when a monitor saw something since."""
    every = system.review_every or QUARTER
    last = system.review_last
    if last is None or last > today:  # a review that is to come was not held
        return Review("never", None, every)
    due, because = last + timedelta(days=every), ""
    first = min((n for n in news if n.on > last), key=lambda n: (n.on, n.element), default=None)
    if first is not None and first.on < due:
        due, because = first.on, f"the log of {first.element} shows {first.what}"
    return Review("overdue" if due < today or because else "planned", due, every, (due - today).days, because)


def news_of(records: Mapping[str, Iterable[Record]]) -> Iterator[News]:
    """What monitors saw that nobody can wait a quarter for: alarms, and another artefact than the assessed one."""
    for element, of_element in sorted(records.items()):
        for r in of_element:
            facts = r.statement.facts
            said = [a for a in facts.get("alarms", ()) if a != "none"] if r.statement.kind == "monitor" else []
            said += ["another artefact"] if r.statement.kind == "monitor" and facts.get("running") == "other" else []
            if r.usable and said:
                yield News(r.statement.measured, element, ", ".join(said))
