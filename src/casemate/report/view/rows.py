"""A threat as it is shown: one line of a table, with its price, its reason and its place."""

from __future__ import annotations

from dataclasses import dataclass

from casemate.core.times import times
from casemate.prioritize.price import BANDS
from casemate.prioritize.risk import Risk
from casemate.report.view.status import Status, status
from casemate.report.view.words import ROLE, amount
from casemate.validate.assessment import Assessment

TOLD = BANDS["medium"]
"""Of what is tolerable, the least danger that is told beside a price: below it no threat is worse than low."""


@dataclass(frozen=True, slots=True)
class Row:
    """One threat as a line of a table."""

    id: str
    title: str
    outcome: str
    severity: str
    because: str
    current: float
    p5: float
    p95: float
    status: Status
    owner: str
    path: tuple[str, ...]
    where: str
    shown: str
    """What decides how severe it is: the danger to people and its price."""
    priced: str
    """Its price alone; the danger to people where it has none."""


def row(a: Assessment, r: Risk) -> Row:
    """One threat as it is shown."""
    e = r.estimates["current"]
    return Row(
        id=r.id,
        title=r.found.title,
        outcome=a.outcomes[r.id],
        severity=r.severity,
        because=because(a, r),
        current=e.mean,
        p5=e.p5,
        p95=e.p95,
        status=status(a, r),
        owner=ROLE[r.found.rule.asked_of],
        path=r.found.reason.path,
        where=place_of(a, r),
        shown=_price(a, r),
        priced=said(a, r.current) if r.loss.mean else _price(a, r),
    )


def place_of(a: Assessment, r: Risk) -> str:
    """`casemate.yaml:22`: where the threatened element stands."""
    section = {"flow": "flows", "system": "name"}.get(r.found.rule.about, "components")
    return a.system.line(section, r.found.element)


def because(a: Assessment, r: Risk) -> str:
    """The rule's sentence; where a fact is missing it says that nobody knows better."""
    text = r.found.reason.because
    return f"for all that is known, {text}" if a.outcomes[r.id] == "assumed" else text


def _price(a: Assessment, r: Risk) -> str:
    return price(a, r.danger, r.current if r.loss.mean else None)


def price(a: Assessment, danger: float | None, money: float | None) -> str:
    """What decides how severe it is: how many times what is tolerable, and money a year.

    danger: as a multiple of what is tolerable; money: a year, None where it has no price.
    """
    told = [f"{times(danger)}× tolerable"] if danger is not None and (money is None or danger >= TOLD) else []
    return ", ".join([*told, said(a, money)] if money is not None else told)


def said(a: Assessment, value: float) -> str:
    """Money in the file's currency."""
    return amount(value, a.system.currency)
