"""Which known flaws the packages have, and whether that could be told at all.

    evaluated      the advisories are there, whole and fresh, and every version could be compared
    partly         some packages or records could not be compared; what was found holds
    not evaluated  no advisories, or older than the age that was asked for, or from after the day of the audit
Nothing found is good news only where the state is `evaluated`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from casemate.core.money import days
from casemate.evidence.audit.database import Database
from casemate.evidence.audit.finding import RANK, Finding
from casemate.evidence.audit.osv import Advisory, Affected, affects

EVALUATED, PARTLY, NOT = "evaluated", "partly evaluated", "not evaluated"
MAX_AGE = 7  # days


def age(text: str) -> int | None:
    """`7d`, `2w`, `7 days`, `1 quarter` in days."""
    short = re.fullmatch(r"(\d{1,5}) ?([dw])", text.strip(), re.ASCII)
    return days(f"{short[1]} {'day' if short[2] == 'd' else 'week'}s" if short else text)


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A package at a version, and where it is: installed, or at a line of a lock file. None: no version is known."""

    name: str
    version: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Known:
    """The answer about known flaws. why: what is missing where the state is not `evaluated`."""

    state: str
    why: tuple[str, ...]
    compared: int
    findings: tuple[Finding, ...] = ()
    oldest: str = ""
    """The day on which the first of the open flaws was published; empty where there is none."""


def known(found: Database | None, packages: Iterable[Named], today: date, max_age: int = MAX_AGE) -> Known:
    """The flaws of the packages. A stale copy still tells bad news; without any copy there is none to tell."""
    if found is None:
        return Known(NOT, ("there is no copy of the advisories; name one with --advisories",), 0)
    stale = _stale(found, today, max_age)
    gaps: list[str] = []
    if not found.whole:
        gaps.append(f"{found.unread} of {found.records} advisories could not be read")
    findings: list[Finding] = []
    oldest: list[str] = []
    compared = 0
    for package, places in _grouped(packages):
        name, version = package
        if version is None or not name:
            gaps.append(f"{name or places} has no version that can be compared")
            continue
        told = _flaws(found.by_name.get(name, []), name, version, places)
        compared += told.clear
        findings += told.findings
        oldest += told.days
        gaps += [] if told.clear else [f"{name} {version} cannot be compared with an advisory"]
    state = NOT if stale else PARTLY if gaps else EVALUATED
    return Known(state, (*stale, *gaps), compared, tuple(findings), min(oldest, default=""))


def _stale(found: Database, today: date, max_age: int) -> tuple[str, ...]:
    if found.newest is None:
        return ("no advisory says when it was changed",)
    if found.newest > today + timedelta(days=1):  # a day, because zones differ
        return (f"the newest advisory is of {found.newest}, after the day of the audit",)
    age = (today - found.newest).days
    return (f"the newest advisory is {age} days old, {max_age} are allowed",) if age > max_age else ()


def _grouped(packages: Iterable[Named]) -> list[tuple[tuple[str, str | None], str]]:
    """Each package and version once, with all its places in words."""
    places: dict[tuple[str, str | None], list[str]] = {}
    for p in sorted(set(packages), key=lambda p: (p.name, p.version or "", p.place)):
        places.setdefault((p.name, p.version), []).append(p.place)
    return [(key, ", ".join(at[:3]) + (" ..." if len(at) > 3 else "")) for key, at in places.items()]


@dataclass(frozen=True, slots=True)
class _Told:
    findings: tuple[Finding, ...]
    days: tuple[str, ...]
    clear: bool


def _flaws(entries: list[tuple[Advisory, Affected]], name: str, version: str, places: str) -> _Told:
    hits: list[tuple[Advisory, Affected]] = []
    clear = True
    for a, affected in entries:
        answer = affects(affected, version)
        clear = clear and answer is not None
        if answer:
            hits.append((a, affected))
    groups = _one_each(hits)
    findings = tuple(_finding(group, name, version, places) for group in groups)
    return _Told(findings, tuple(a.published or a.modified for a, _ in hits), clear)


def _one_each(hits: list[tuple[Advisory, Affected]]) -> list[list[tuple[Advisory, Affected]]]:
    """Records of one flaw together: they share an id or an alias."""
    groups: list[tuple[set[str], list[tuple[Advisory, Affected]]]] = []
    for hit in hits:
        ids, members = {hit[0].id, *hit[0].aliases}, [hit]
        for other in [g for g in groups if g[0] & ids]:
            groups.remove(other)
            ids |= other[0]
            members = other[1] + members
        groups.append((ids, members))
    return [members for _, members in groups]


def _finding(group: list[tuple[Advisory, Affected]], name: str, version: str, places: str) -> Finding:
    first, *rest = sorted({a.id: a for a, _ in group}.values(), key=lambda a: a.id)
    severity = min((a.severity for a in (first, *rest)), key=RANK.__getitem__)
    fixed = sorted({at for _, x in group for r in x.ranges for kind, at in r if kind == "fixed"})
    others = sorted({a.id for a in rest} | {x for a in (first, *rest) for x in a.aliases} - {first.id})
    also = f" ({', '.join(others[:4])})" if others else ""
    mend = f"; mended in {', '.join(fixed[:4])}" if fixed else "; no mended version is named"
    summary = next((a.summary for a in (first, *rest) if a.summary), "a known flaw")
    return Finding(severity, "known-flaw", f"{name} {version} ({places})", f"{first.id}{also}: {summary}{mend}")
