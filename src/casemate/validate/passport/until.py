"""How long a passport holds: until the first thing ends on which the gate's answer rests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from casemate.evidence.bind import MAX_AGE, last_day
from casemate.validate.assessment import Assessment

LONGEST = MAX_AGE  # days; where nothing else ends, as long as evidence without a day of its own


def until(a: Assessment) -> tuple[date, str]:
    """The last day, and what ends on it, in words."""
    most = a.today + timedelta(days=LONGEST), f"no passport holds longer than {LONGEST} days"
    return min([*sorted(_ends(a)), most], key=lambda end: end[0])


def _ends(a: Assessment) -> Iterator[tuple[date, str]]:
    ages = a.policy.maximum_age
    for of_element in a.risks.parts.records.values():
        for r in of_element:
            if r.usable:
                last = last_day(r.statement, a.system.components[r.element], ages.get(r.statement.kind, MAX_AGE))
                yield last, f"the {r.statement.kind} of {r.element} ends"
    for ruling in a.rulings:
        if ruling.state == "active":
            yield ruling.decision.until, f"{ruling.decision.threat} is {ruling.word} until then"
    if a.review.due is not None and a.review.state == "planned":  # what an overdue one means, the policy says
        yield a.review.due, "the next review is due"
