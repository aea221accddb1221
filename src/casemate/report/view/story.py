"""The story of an assessment: verdict, next actions, evidence, worst threats, curve. Every exporter tells this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casemate.counter.offers import Action
from casemate.prioritize.risk import Risk
from casemate.prioritize.simulate import curve
from casemate.report.view import sentence
from casemate.report.view.reader import note
from casemate.report.view.rows import Row, row, said
from casemate.report.view.strip import Cell, cells
from casemate.validate.assessment import Assessment

NEXT = 3  # actions that a report begins with
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All that a report shows, in the order in which it is read."""

    name: str
    meta: str
    verdict: str
    tone: str
    sentence: str
    reader: str
    """What is left out where one role reads it; empty otherwise."""
    chance: str
    money: str
    basis: str
    cells: tuple[Cell, ...]
    actions: tuple[Action, ...]
    tolerance: tuple[float, float]
    totals: tuple[tuple[str, str], ...]
    of: Assessment

    @property
    def next(self) -> tuple[Action, ...]:
        """The first three actions; the first measurement of the plan too where it is none of them."""
        first = self.actions[:NEXT]
        tests = () if any(x.do == "measure" for x in first) else tuple(x for x in self.actions if x.do == "measure")
        return (*first, *tests[:1])

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its threats, worst first. Told when somebody asks: most reports show a few of them."""
        return tuple(row(self.of, x) for x in self.of.threats)

    @property
    def curves(self) -> tuple[tuple[str, Points], ...]:
        """Yearly losses by the chance of more."""
        years = self.of.risks.years
        return (
            ("today", curve(years["current"])),
            ("without controls", curve(years["inherent"])),
            ("after the plan", curve(self.of.treatment.years)),
        )


def story(a: Assessment) -> Story:
    """Tell an assessment."""
    r = a.risks
    whole = a.whole or a  # whoever reads it: the head speaks of the system
    verdict, tone = sentence.verdict(whole)
    return Story(
        name=a.system.name,
        meta=sentence.meta(whole),
        verdict=verdict,
        tone=tone,
        sentence=sentence.sentence(whole),
        reader=note(a),
        chance=sentence.chance(whole),
        money=sentence.money(whole),
        basis=sentence.basis(whole),
        cells=cells(whole),
        actions=a.treatment.actions,
        tolerance=(r.appetite, r.appetite_chance),
        totals=tuple((view, said(a, years)) for view, years in totals(a)),
        of=a,
    )


def foremost(a: Assessment, found: Sequence[Risk], most: int) -> tuple[Risk, ...]:
    """The first so many, and of the others those that the gate names; in their order."""
    named = {t for r in a.gate.reasons for t in r.threats}
    return (*found[:most], *(r for r in found[most:] if r.id in named))


def totals(a: Assessment) -> tuple[tuple[str, float], ...]:
    """Expected yearly loss of the system in the four views."""
    found = [(v, a.risks.years[v].mean) for v in ("inherent", "current", "claimed")]
    return (*found, ("target", a.treatment.years.mean))
