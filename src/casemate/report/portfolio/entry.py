"""What a page of many systems says of one: plain words and numbers, so that its assessment need not be kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from casemate.core.day import day as read_day
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.report.view.rows import row, said
from casemate.report.view.sentence import tolerated
from casemate.report.view.story import foremost, story
from casemate.report.view.words import count, day, joined, share
from casemate.validate.assessment import Assessment
from casemate.validate.diff.state import Side
from casemate.validate.due import Due, due
from casemate.validate.signoff.standing import Standing

WORST = 3  # threats of each system
SOON = timedelta(days=90)  # a quarter, as between two reviews
DAY = timedelta(days=1)
NAMED = 3  # records of evidence that end on one day


@dataclass(frozen=True, slots=True)
class Threat:
    """One of the worst threats of a system."""

    id: str
    title: str
    severity: str
    price: str


@dataclass(frozen=True, slots=True)
class Point:
    """An assessment of some day: the expected yearly loss, and how many threats were open."""

    on: date
    loss: float
    open: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a trend needs of a saved assessment; all of it would be too much to keep."""

    name: str
    currency: str
    assessed: str
    loss: float
    open: int


def earlier(s: Side) -> Earlier:
    """The same of an assessment as it was saved."""
    open_ = sum(t.outcome == "open" for t in s.threats.values())
    return Earlier(s.name, s.currency, s.assessed, s.current, open_)


@dataclass(frozen=True, slots=True)
class Entry:
    """One system. Losses in its own currency."""

    path: str
    name: str
    verdict: str
    tone: str
    sentence: str
    gravity: tuple[int, ...]
    """How many open threats there are of each severity, the gravest first."""
    worst: tuple[Threat, ...]
    loss: str
    appetite: str
    chance: str
    tolerated: str
    over: bool
    owned: bool
    measured: int
    threats: int
    trend: tuple[Point, ...]
    change: str
    heading: str
    """Whether the loss went up, down or nowhere since the first of the trend; empty without one."""
    due: tuple[Due, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A system that could not be assessed, and why."""

    path: str
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All systems below a folder, the worst first."""

    name: str
    today: date
    entries: tuple[Entry, ...]
    broken: tuple[Broken, ...]
    notes: tuple[str, ...] = ()

    @property
    def due(self) -> tuple[tuple[Entry, Due], ...]:
        """What is due in all of them first, then what will be, each by day."""
        found = [(e, d) for e in self.entries for d in e.due]
        return tuple(sorted(found, key=lambda x: (not x[1].due, x[1].on, x[0].path, x[1].what)))


def entry(
    a: Assessment, path: str, past: Iterable[Earlier] = (), notes: Iterable[str] = (), signed: Iterable[Standing] = ()
) -> Entry:
    """What is said of one system. past: its saved assessments, in any order; notes: about those that were not read.

    signed: how the roles stand whose sign-off the policy requires.
    """
    told, risks = story(a), a.risks
    above = risks.years["current"].above(risks.appetite)
    points = trend(a, past)
    open_ = a.of("open")
    return Entry(
        path=path,
        name=told.name,
        verdict=told.verdict,
        tone=told.tone,
        sentence=told.sentence,
        gravity=tuple(sum(r.severity == s for r in open_) for s in SEVERITIES),
        worst=tuple(_threat(a, r) for r in foremost(a, a.of("open", "assumed"), WORST)[:WORST]),
        loss=said(a, risks.years["current"].mean),
        appetite=said(a, risks.appetite),
        chance=share(above),
        tolerated=tolerated(a),
        over=above > risks.appetite_chance,
        owned=a.owned,
        measured=a.basis["measured"],
        threats=sum(a.basis.values()),
        trend=points,
        change=_change(a, points),
        heading=_heading(points),
        due=coming(a, signed),
        notes=tuple(notes),
    )


def _threat(a: Assessment, r: Risk) -> Threat:
    x = row(a, r)
    return Threat(x.id, x.title, x.severity, x.shown)


def trend(a: Assessment, past: Iterable[Earlier]) -> tuple[Point, ...]:
    """Earlier assessments of this system in its currency, by day, and today's. Of one day the last one given counts."""
    found = {
        on: Point(on, s.loss, s.open)
        for s in past
        if s.name == a.system.name and s.currency == a.system.currency
        if (on := read_day(s.assessed)) is not None and on < a.today
    }
    now = Point(a.today, a.risks.years["current"].mean, len(a.of("open")))
    return (*(found[on] for on in sorted(found)), now)


def _heading(points: tuple[Point, ...]) -> str:
    first, last = points[0].loss, points[-1].loss
    if len(points) == 1:
        return ""
    return "up" if last > 1.05 * first else "down" if last < 0.95 * first else "level"  # 10,000 years are worth 5 %


def _change(a: Assessment, points: tuple[Point, ...]) -> str:
    first, last = points[0], points[-1]
    if len(points) == 1:
        return "no earlier assessment"
    way = {"up": "up from", "down": "down from", "level": "about as"}[_heading(points)]
    return f"{way} {said(a, first.loss)} on {day(first.on)}; open threats {first.open} → {last.open}"


def coming(a: Assessment, signed: Iterable[Standing] = ()) -> tuple[Due, ...]:
    """What is due and what will be within a quarter, by `validate.due`; evidence that ends on one day is one entry."""
    found = [d for d in due(a, signed) if d.due or d.on <= a.today + SOON]
    ending: dict[date, list[Due]] = {}
    for d in found:
        if d.kind == "evidence":
            ending.setdefault(d.on, []).append(d)
    return tuple(
        d if d.kind != "evidence" else _ends(ending[d.on]) for d in found if d in (ending.get(d.on) or [d])[:1]
    )


def _ends(found: list[Due]) -> Due:
    if len(found) == 1:
        return found[0]
    first = found[0]
    names = joined((d.about.replace("@", " of ") for d in found), NAMED)
    verb = "were" if first.due else "are"
    return replace(first, what=f"{len(found)} records of evidence {verb} good until {first.on - DAY}: {names}")


def portfolio(
    name: str, today: date, found: Iterable[Entry], broken: Iterable[Broken], notes: Iterable[str] = ()
) -> Portfolio:
    """The whole, worst first: what must not be released, then what is above its appetite, then by grave threats."""
    tones = ("fail", "warn", "pass")
    order = sorted(found, key=lambda e: (tones.index(e.tone), not e.over, tuple(-n for n in e.gravity), e.path))
    return Portfolio(name, today, tuple(order), tuple(sorted(broken, key=lambda b: b.path)), tuple(notes))


def sentence(p: Portfolio) -> str:
    """The portfolio in one sentence."""
    tones = [e.tone for e in p.entries]
    unproven = tones.count("warn")
    parts = [
        (tones.count("fail"), "must not be released"),
        (unproven, f"{'rests' if unproven == 1 else 'rest'} on too little proof"),
        (tones.count("pass"), "may be released"),
        (len(p.broken), "cannot be read"),
    ]
    said_of = joined([f"{n} {what}" for n, what in parts if n])
    return (
        f"Of {count(len(p.entries) + len(p.broken), 'system')}, {said_of}." if said_of else "There is no system here."
    )
