"""Everything that the HTML report shows, worked out before any template runs, so that templates only set it.

The worst threats are told in full, with their derivation; the others are lines of a compact table. A report of a
thousand components stays one page of a few megabytes, and every threat can be linked to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from casemate import __version__
from casemate.core.times import times
from casemate.counter.offers import Action
from casemate.identify.explain import shown
from casemate.prioritize.risk import Risk
from casemate.report.svg.engine import Engine, engines
from casemate.report.svg.layout import layout, layouts
from casemate.report.svg.map import draw
from casemate.report.view import chart, tables
from casemate.report.view.answer import answer
from casemate.report.view.drawing import drawing, whole
from casemate.report.view.hints import hints
from casemate.report.view.paths import section
from casemate.report.view.reader import ELSEWHERE, nothing
from casemate.report.view.rows import Row, row, said
from casemate.report.view.sentence import tolerated
from casemate.report.view.status import status
from casemate.report.view.story import foremost, story
from casemate.report.view.watched import RULE, watched
from casemate.report.view.why import Lines, why
from casemate.report.view.words import OUTCOME, ROLE, count, day, share
from casemate.report.view.zones import Picture, pictures
from casemate.validate.assessment import Assessment

TOLD = 60  # threats in full
ASKED = 6  # questions of each role
LISTED = 40  # reasons of the gate, entry points
SECONDS = 8.0  # for the layout of the map
GROUPS = (
    ("open", ("open",), "The facts say that they apply, and nothing proven counters them."),
    ("assumed", ("assumed",), "A fact is missing. They stay at their full prior risk until somebody finds out."),
    ("settled", ("countered", "accepted", "dismissed"), "Countered by proof, or decided by a named person for a time."),
    (
        "ruled out by declaration",
        ("declared",),
        "What the file says rules them out, and nothing else. They stay in the current risk and leave only the claimed "
        "one until somebody shows how we know.",
    ),
)
STATES = ("Failed", "Weak", "Confirmed", "Not tested", "Unknown", "Declared", "Accepted", "Dismissed", "Held")
TOOLS: dict[str, Any] = {
    "RULING": tables.RULING, "OUTCOME": OUTCOME, "ROLE": ROLE, "LISTED": LISTED,
    "said_fact": shown, "day": day, "share": share, "count": count,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat told in full."""

    row: Row
    anchor: str
    bar: str
    range: str
    danger: str
    """How often people get hurt, where that decides how severe it is; empty where nobody does."""
    why: Lines


@dataclass(frozen=True, slots=True)
class Group:
    """Threats of one outcome: the worst in full, the others as lines."""

    name: str
    means: str
    told: tuple[Threat, ...]
    rest: tuple[tuple[str, Row], ...]
    worth: str

    @property
    def size(self) -> int:
        """How many."""
        return len(self.told) + len(self.rest)


@dataclass(frozen=True, slots=True)
class Todo:
    """An action of the plan as it is shown."""

    action: Action
    at: tables.Link
    owner: str
    cost: str
    saves: str
    threats: tuple[tables.Link, ...]


def contents(a: Assessment, by: Sequence[Engine] | None = None) -> dict[str, Any]:
    """What the templates need. by: the layout engines, best first; None stands for those of this machine."""
    told = story(a)
    records, budget = tables.records(a), a.treatment.budget
    return {
        "a": a, "told": told, "version": __version__, "illustrative": not a.owned,
        "todos": tuple(_todo(a, x) for x in told.actions), "first": tuple(_todo(a, x) for x in told.next),
        "plan_cost": said(a, a.treatment.cost), "budget": said(a, budget) if budget else "",
        "groups": groups(a), "tally": tally(a), "ways": section(a),
        **_map(a, by), "hint": hints(a.system),
        "flows": tables.flows(a), "places": tables.places(a), "boundaries": tables.boundaries(a),
        "curve": chart.picture(a, told), "chances": chart.chances(a, told), "series": chart.series(a, told),
        "views": chart.views(a), "gap": chart.gap(a), "survives": survives(a),
        "tolerated": tolerated(a),
        "asked": asked(a), "records": records, "standing": tables.standing(records),
        "watched": watched(a), "WATCHED": RULE,
        "editions": [(t.title, t.edition) for _, t in sorted(a.risks.catalog.taxonomies.items())],
        "known": {i for i, outcome in a.outcomes.items() if outcome != ELSEWHERE}, **TOOLS,
        "threat": lambda threat: _shown(a, threat), "nothing": nothing(a),
        "to": lambda element: tables.to(a, element), "money": lambda value: said(a, value),
        "times": times,
        "answer": lambda question: answer(a.system, question),
    }  # fmt: skip


def groups(a: Assessment) -> list[Group]:
    """Open first, then assumed, settled, ruled out by declaration; each worst first."""
    left, found = TOLD, []
    for name, outcomes, means in GROUPS:
        risks = a.of(*outcomes)
        full = foremost(a, risks, left)
        told = {r.id for r in full}
        rest = tuple(r for r in risks if r.id not in told)
        left = max(0, left - len(full))
        most = chart.scale((r.estimates["current"].mean, r.estimates["current"].p95) for r in full)
        lines = tuple((tables.threat(r.id)[1], row(a, r)) for r in rest)
        worth = said(a, sum(r.current for r in risks))
        if risks:
            found.append(Group(name, means, tuple(_threat(a, r, most) for r in full), lines, worth))
    return found


def _threat(a: Assessment, r: Risk, most: float) -> Threat:
    told = row(a, r)
    bar, text = chart.ranged(a, told.current, told.p5, told.p95, most)
    danger = "" if r.danger is None else f"hurts people {times(r.danger)}× as often as tolerable"
    return Threat(told, tables.threat(r.id)[1], bar, text, danger, why(a, r)[1:])


def _todo(a: Assessment, x: Action) -> Todo:
    saves = said(a, x.saves) if x.saves >= 1 else ""
    return Todo(x, tables.to(a, x.at), ROLE[x.owner], said(a, x.cost), saves, tuple(_shown(a, t) for t in x.threats))


def _shown(a: Assessment, id: str) -> tables.Link:
    """A link to a threat that is on the page; the others are named only."""
    return tables.threat(id) if a.outcomes.get(id) != ELSEWHERE else (id, "")


def tally(a: Assessment) -> list[tuple[str, str, int]]:
    """(what the tests said, its tone, of how many threats), bad news first, good news last."""
    found = Counter((s.word, s.tone) for s in (status(a, r) for r in a.threats))
    order = sorted(found, key=lambda k: (STATES.index(k[0]) if k[0] in STATES else len(STATES), k))
    return [(word, tone, found[word, tone]) for word, tone in order]


def survives(a: Assessment) -> str:
    """Whether the order of the worst three depends on expert judgement."""
    words = ("ten times smaller", "ten times larger")
    bad = [w for w, ok in zip(words, a.survives, strict=True) if not ok]
    if not bad:
        return "The worst three stay the worst three with priors ten times smaller and ten times larger."
    return f"The worst three do not stay the worst three with priors {' or '.join(bad)}: judgement decides the order."


def asked(a: Assessment) -> list[tuple[str, list[Any], int]]:
    """The questions by role: those that settle most, and how many more there are."""
    found: dict[str, list[Any]] = {}
    for q in a.questions:
        found.setdefault(q.role, []).append(q)
    return [(ROLE[role], qs[:ASKED], max(0, len(qs) - ASKED)) for role, qs in found.items()]


def _map(a: Assessment, by: Sequence[Engine] | None) -> dict[str, Any]:
    graph = drawing(a)
    found = layout(graph, SECONDS, by)
    there = engines() if by is None else by
    note = "Layout found no way to draw every flow, so there is no picture: one that lacks a flow would lie."
    if not there:
        note = 'No layout engine is installed, so there is no picture; pip install "casemate[diagrams]" brings one.'
    drawn = _by_zone(a, there) if found else ()
    return {"map": draw(graph, found) if found else "", "map_note": note, "whole": whole(a), "zones": drawn}


def _by_zone(a: Assessment, by: Sequence[Engine]) -> tuple[tuple[Picture, str], ...]:
    """The worst zones of a large system, each with its picture; empty where none was found in time."""
    shown = pictures(a)
    found = layouts([p.graph for p in shown], SECONDS, by)
    return tuple((p, draw(p.graph, x) if x else "") for p, x in zip(shown, found, strict=True))
