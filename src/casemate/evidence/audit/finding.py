"""One thing that an audit found, and how bad it is. `info` is told and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("critical", "high", "medium", "low", "info")
RANK = {s: i for i, s in enumerate(SEVERITIES)}
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SECRET = re.compile(r"://[^/\s]*@")
MANY = 200  # findings of one kind; more is one sentence about the rest


@dataclass(frozen=True, slots=True)
class Finding:
    """`id` names the rule, `place` the file and line or the package."""

    severity: str
    id: str
    place: str
    message: str

    def __str__(self) -> str:
        return plain(f"{self.severity} {self.id} {self.place}: {self.message}")


def plain(text: str) -> str:
    """The text without what moves a cursor, turns the direction or is half a character: it is from strangers."""
    return _UNSEEN.sub("?", text)


def shown(url: str, most: int = 80) -> str:
    """An address without the name and password in it: a finding is read by more people than a settings file."""
    return _SECRET.sub("://", url)[:most]


def order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by kind and place; each once."""
    return tuple(sorted(set(found), key=lambda f: (RANK[f.severity], f.id, f.place, f.message)))


def counted(found: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each severity, worst first; severities that do not occur are left out."""
    all_of = [f.severity for f in found]
    return {s: all_of.count(s) for s in SEVERITIES if s in all_of}


def bounded(found: list[Finding]) -> list[Finding]:
    """At most MANY of one kind: a file of a million bad lines is one problem, not a million."""
    by_id: dict[str, list[Finding]] = {}
    for f in found:
        by_id.setdefault(f.id, []).append(f)
    out = []
    for rule, of_kind in by_id.items():
        out += of_kind[:MANY]
        if len(of_kind) > MANY:
            worst = min(of_kind[MANY:], key=lambda f: RANK[f.severity])
            out.append(Finding(worst.severity, rule, "elsewhere", f"and {len(of_kind) - MANY} more of this kind"))
    return out
