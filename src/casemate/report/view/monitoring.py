"""The monitor's page: what it shows, worded and drawn; templates/monitor.html sets it.

One self-contained file without a script; everything that came from a log is escaped.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from casemate.evidence.monitor import coverage, show
from casemate.evidence.monitor.alarm import Alarm, Reading
from casemate.evidence.monitor.batch import NO_TIME
from casemate.evidence.monitor.course import Moment
from casemate.evidence.monitor.detectors import drift, low_confidence
from casemate.evidence.monitor.facts import Client, Facts, Verdict
from casemate.evidence.monitor.tell import number, percent, plain, when
from casemate.report.html import environment
from casemate.report.svg.clients import Dot, clients
from casemate.report.svg.confidence import Point, confidence
from casemate.report.svg.effects import effect
from casemate.report.svg.plot import NARROW, RULES, WIDE

MOVED, PEOPLE, AT_ONCE = 40, 40, 12  # rows of the tables; of clients, so many stand beside their chart at once
TONE = {Verdict.ALARM: "fail", Verdict.QUIET: "pass", Verdict.UNMEASURED: "warn"}


def page(f: Facts, name: str) -> str:
    """The page as HTML. name: of the log or of the system."""
    return environment().get_template("monitor.html").render(contents(f, name))


def contents(f: Facts, name: str) -> dict[str, Any]:
    """What the template sets."""
    groups = show.grouped(f)
    return {
        "name": name,
        "f": f,
        "rules": Markup(RULES),  # noqa: S704  our own style sheet
        "said": show.SAID[f.verdict].capitalize(),
        "tone": TONE[f.verdict],
        "headline": show.headline(f),
        "held": show.held(f),
        "period": f"{when(f.first)} to {when(f.last)}" if f.first != NO_TIME else "",
        "alarms": [_alarm(g) for g in groups[:MOVED]],
        "more_alarms": max(len(groups) - MOVED, 0),
        "few": (len(f.confidence) - len(_drawn(f)), show.FEW),
        "over_time": [_over_time(f, w) for w in (WIDE, NARROW)] if f.confidence else [],
        "usual": percent(f.watch.usual) if f.watch.usual is not None else "",
        "moved": _moved(f),
        "more_moved": max(len([r for r in f.moved if r.value is not None]) - MOVED, 0),
        "map_of_clients": [_people(f, w) for w in (560.0, NARROW)] if _dots(f) else [],
        "clients": (people := [_client(c) for c in show.worst(f, PEOPLE)])[:AT_ONCE],
        "more_clients": people[AT_ONCE:],
        "log": [line.strip() for line in coverage.tell(f.log)] if f.log else [],
        "has": [(k, percent(n / f.log.rows)) for k, n in _has(f.log)] if f.log and f.log.rows else [],
        "joint": [r for r in (*f.joint, *f.labelled) if r.value is not None],
    }


def _has(log: coverage.Coverage) -> tuple[tuple[str, int], ...]:
    return ("have a confidence", log.with_confidence), ("name a client", log.with_client)


def _alarm(found: tuple[Alarm, ...]) -> dict[str, str]:
    first = found[0]
    known = [a for a in found if a.since != NO_TIME]
    since = when(min(a.since for a in known)) if known else "-"
    return {"by": first.detector, "said": show.sentence(found), "since": since}


def _drawn(f: Facts) -> tuple[Moment, ...]:
    """The stretches with rows enough; all where none has them."""
    return tuple(m for m in f.confidence if m.rows >= show.FEW) or f.confidence


def _over_time(f: Facts, wide: float) -> Markup:
    drawn = _drawn(f)
    points = [Point(m.begin, m.low, m.least, m.median) for m in drawn]
    spans = [(a.since, a.at) for a in f.alarms if a.detector == low_confidence.NAME and a.since != NO_TIME]
    worst = max(drawn, key=lambda m: m.low)
    label = f"Share of low confidence over time: at most {percent(worst.low)}, from {when(worst.begin)}"
    return Markup(confidence(points, f.step, label, f.watch.tolerated, f.watch.usual, spans, wide))  # noqa: S704


def _moved(f: Facts) -> list[dict[str, Any]]:
    known = [r for r in f.moved if r.value is not None]
    shown = sorted(known[:MOVED], key=lambda r: r.subject not in f.beyond)
    effects = [_effect(f, r) for r in shown]
    most = max([*(number for pair in effects for number in pair), 1e-6]) * 1.02
    return [_column(r, pair, most, r.subject in f.beyond) for r, pair in zip(shown, effects, strict=True)]


def _effect(f: Facts, r: Reading) -> tuple[float, float]:
    """Effect, and where it is an alarm: of the worst window that raised one, else of all rows."""
    worst = max((a for a in f.alarms if a.detector == drift.NAME and a.subject == r.subject), default=None,
                key=lambda a: a.value)  # fmt: skip
    return (worst.value, worst.threshold) if worst else (r.value or 0.0, r.threshold or 0.0)


def _column(r: Reading, effects: tuple[float, float], most: float, alarm: bool) -> dict[str, Any]:
    (value, line), d = effects, dict(r.details)
    label = f"{r.subject}: effect {value:.3f}, an alarm at {line:.3f}"
    means = f"{number(d['mean before'])} to {number(d['mean'])}" if "mean" in d else ""
    by = f"{d['wasserstein in deviations']:.2f} sd" if "wasserstein in deviations" in d else ""
    bar = Markup(effect(value, line, most, label, alarm))  # noqa: S704
    psi = f"{d.get('psi', 0):.3f}"
    limit = f"{line:.3f}"
    name = plain(r.subject)
    return {"name": name, "bar": bar, "value": f"{value:.3f}", "limit": limit, "psi": psi, "by": by, "means": means,
            "alarm": alarm, "missing": r.missing}  # fmt: skip


def _dots(f: Facts) -> list[Dot]:
    every = [*f.people.clients, *f.people.pools]
    some = [(c, c.low) for c in every if c.low is not None and c.queries]
    return [Dot(c.name, c.queries, low, bool(set(c.why) - {"volume"}), c.members) for c, low in some]


def _people(f: Facts, wide: float) -> Markup:
    limit = f.people.limits.low if f.people.limits else None
    label = f"{f.people.many} clients by queries and share of low confidence"
    return Markup(clients(_dots(f), label, limit, f.people.budget, wide))  # noqa: S704


def _client(c: Client) -> dict[str, str]:
    share = {k: "-" if v is None else percent(v) for k, v in (("low", c.low), ("outside", c.outside))}
    normal = "-" if c.normal is None else f"{c.normal:.3f}"
    return {"name": plain(c.name), "queries": f"{c.queries:,}" if c.queries else "-", **share, "normal": normal,
            "why": ", ".join(c.why)}  # fmt: skip
