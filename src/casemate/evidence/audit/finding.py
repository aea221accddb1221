"""One thing that an audit found, and how bad it is. `info` is told and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("critical", "high", "medium", "low", "info")
RANK = {s: i for i, s in enumerate(SEVERITIES)}
MANY = 200  # findings of one kind; more is one sentence about the rest


@dataclass(frozen=True, slots=True)
class Finding:
    """`id` names the rule, `place` the file and line or the package."""

    severity: str
    id: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity} {self.id} {self.place}: {self.message}"


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
    for id, of_kind in by_id.items():
        out += of_kind[:MANY]
        if len(of_kind) > MANY:
            worst = min(of_kind[MANY:], key=lambda f: RANK[f.severity])
            out.append(Finding(worst.severity, id, "elsewhere", f"and {len(of_kind) - MANY} more of this kind"))
    return out
