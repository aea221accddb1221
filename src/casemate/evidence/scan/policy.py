"""The names that a project allows in its system file: why, by whom, until when. What is denied nobody can allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from casemate.core.errors import CasemateError, Problems
from casemate.evidence.scan.lists import denial

if TYPE_CHECKING:  # a scan without a system file needs neither
    from datetime import date

    from casemate.define.system import System


def check(system: System) -> None:
    """Nothing that is denied may be allowed, and nothing twice. Raises CasemateError with all that is wrong."""
    errors = list(_errors(system))
    if errors:
        raise Problems(errors)


def _errors(system: System) -> Iterator[CasemateError]:
    seen: set[tuple[str, str]] = set()
    for a in system.allow:
        if why := denial(*a.pair):
            yield CasemateError(a.at, f"{a.shown!r} cannot be allowed: it {why}", "have the file written without it")
        if a.pair in seen:
            yield CasemateError(a.at, f"{a.shown!r} is allowed twice", "keep one entry for each name")
        seen.add(a.pair)


def allowed(system: System, today: date) -> frozenset[tuple[str, str]]:
    """The names that count today, the last day included."""
    return frozenset(a.pair for a in system.allow if today <= a.until)


def expired(system: System, today: date) -> list[str]:
    """What is said of each entry that no longer counts."""
    gone = [a for a in system.allow if today > a.until]
    return [f"{a.at}: {a.shown!r} is no longer allowed: the entry ended on {a.until}; ask {a.by}" for a in gone]
