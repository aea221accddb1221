"""What a tool's results say, in one form: its findings, what it looked at, what it skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casemate.core.day import day
from casemate.evidence.audit.finding import Finding
from casemate.evidence.statement import Trial

MOST = 200_000  # findings or packages in one file
BANDS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "info"))


class Unreadable(Exception):
    """Why these results cannot be used, in words that follow on the file's name."""


@dataclass(frozen=True, slots=True)
class Results:
    """flaws: the findings are known flaws of packages, and all packages of the results were compared.

    patched and pinned are what the results alone can tell: no where they show it, yes never without `flaws`.
    """

    tool: str
    findings: tuple[Finding, ...] = ()
    covered: int = 0
    skipped: tuple[str, ...] = ()
    taken: date | None = None
    """The day of the tool's run, where the results say so."""
    flaws: bool = False
    patched: bool | None = None
    pinned: bool | None = None
    trials: tuple[Trial, ...] = ()
    """What an attack tool tried, for each threat; `tally` makes them."""
    attacked: bool = False
    """The results are of a tool that attacks; a flaw of a package or a build is not what it looks for."""
    corpus: bool = False
    """The tries are prompts: of an injection into a language model their failures say nothing."""
    target: str = ""
    """What the tool says that it attacked."""
    unmapped: tuple[str, ...] = ()
    """What was tried that speaks of no threat of ours."""


def entries(doc: Any, key: str) -> list[Mapping[str, Any]]:
    """A list of mappings, empty where the key is missing. Raises Unreadable."""
    found = doc.get(key) if isinstance(doc, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > MOST or not all(isinstance(e, Mapping) for e in found):
        raise Unreadable(f"has {key!r} in a form that we do not know")
    return found


def text(doc: Mapping[str, Any], key: str, most: int = 200) -> str:
    """A text in one line; empty where it is missing. Raises Unreadable when it is something else."""
    found = doc.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(f"has a {key!r} that is no text")
    return " ".join(found[: 4 * most].split())[:most]


def texts(doc: Mapping[str, Any], key: str) -> list[str]:
    """A list of short texts; whatever else is in it is left out."""
    found = doc.get(key)
    return [" ".join(x.split())[:100] for x in found[:100] if isinstance(x, str)] if isinstance(found, list) else []


def score(value: Any) -> str | None:
    """The band of a CVSS score, given as a number or a text."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return next((band for least, band in BANDS if number >= least), None) if 0 <= number <= 10 else None


def moment(value: Any) -> date | None:
    """The day of `2026-10-02T10:00:00Z`."""
    return day(value[:10]) if isinstance(value, str) else None


def flaw(severity: str, package: str, ids: Iterable[str], summary: str, fixed: Iterable[str]) -> Finding:
    """A known flaw in the words that our own audit uses."""
    first, *others = ids
    also = f" ({', '.join(sorted(set(others))[:4])})" if others else ""
    mend = ", ".join(dict.fromkeys(fixed))
    told = f"; mended in {mend[:100]}" if mend else "; no mended version is named"
    return Finding(severity, "known-flaw", package[:120], f"{first}{also}: {summary or 'a known flaw'}{told}")


def named(doc: Mapping[str, Any]) -> tuple[str, str]:
    """Name and version of a package. Raises Unreadable when it has no name."""
    name = text(doc, "name", 100)
    if not name:
        raise Unreadable("has a package without a name")
    return name, text(doc, "version", 100)


def once(found: Iterable[Finding]) -> Iterator[Finding]:
    """Each finding once, in the order of the file."""
    return iter(dict.fromkeys(found))
