"""A scan as SARIF: what was found as results, what could not be inspected as results and as notes of the run.

A fingerprint is made of the rule, the file's bytes and what was found in them, so a file that moves stays known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import PurePath
from typing import Any

from casemate.core import sarif
from casemate.core.digest import of_value
from casemate.evidence.scan.lists import HERE
from casemate.evidence.scan.record import Record
from casemate.evidence.scan.report import ORDER, Finding, Severity
from casemate.evidence.scan.tell import said

LEVELS: Mapping[Severity, str] = {"unsafe": "error", "suspicious": "warning", "inconclusive": "note"}
HOW_BAD: Mapping[Severity, float] = {"unsafe": 9.3, "suspicious": 6.0, "inconclusive": 3.0, "info": 0.0}
BAD = ("external/cwe/cwe-502", "external/mitre-atlas/AML.T0011.000")
TAGS: Mapping[Severity, tuple[str, ...]] = {"unsafe": BAD, "suspicious": BAD, "inconclusive": (), "info": ()}
OTHERWISE: Mapping[Severity, str] = {
    "unsafe": "Loading the file can run code or commands. Do not load it.",
    "suspicious": "The file holds something that nobody vouches for. Review it before it is loaded.",
    "inconclusive": "A part of the file could not be inspected, so nothing vouches for it.",
}
NOTES = 1_000  # of files that could not be inspected; their number is always told


@cache
def means() -> dict[str, str]:
    """What each finding means, by id."""
    rows = (HERE / "rules.txt").read_text(encoding="utf-8").splitlines()
    return dict(row.split(" ", 1) for row in rows if not row.startswith("#"))


class Sarif:
    """Takes records and gives the document. Keeps the worst results when there are too many."""

    def __init__(self, named: Iterable[str], here: PurePath, most: int = sarif.MOST) -> None:
        self.named, self.here, self.most = tuple(named), here, most
        self.kept: dict[Severity, list[dict[str, Any]]] = {s: [] for s in reversed(ORDER) if s in LEVELS}
        self.seen: Counter[Severity] = Counter()
        self.rules: dict[str, Severity] = {}
        self.notes: list[dict[str, Any]] = []
        self.unsettled = 0

    def add(self, r: Record) -> None:
        """Take one record."""
        uri = sarif.address(r.path, self.named, self.here)
        for f in r.findings:
            if f.severity in LEVELS:
                self._result(r, f, uri)
        if r.verdict == "inconclusive" or any(f.severity == "inconclusive" for f in r.findings):
            self.unsettled += 1
            if len(self.notes) < NOTES:
                why = next((said(f) for f in r.findings if f.severity == "inconclusive"), "was not read to its end")
                self.notes.append(sarif.note(f"{uri} {why}", "warning", sarif.place(uri)))

    def _result(self, r: Record, f: Finding, uri: str) -> None:
        self.rules[f.id] = max(self.rules.get(f.id, "info"), f.severity, key=ORDER.index)
        self.seen[f.severity] += 1
        if len(self.kept[f.severity]) >= self.most:
            return
        mark = of_value([f.id, r.sha256 or uri, f.message, f.where])
        offset = f.offset if r.sha256 and not f.where else None
        where = sarif.place(uri, offset=offset, part=f.where)
        self.kept[f.severity].append(sarif.result(f.id, LEVELS[f.severity], f"{uri} {said(f)}", where, mark))

    def text(self) -> str:
        """The document."""
        results = [x for kept in self.kept.values() for x in kept][: self.most]
        notes = list(self.notes)
        if self.unsettled > NOTES:
            notes.append(sarif.note(f"{self.unsettled:,} files in all could not be settled"))
        if self.seen.total() > self.most:
            notes.append(sarif.note(f"{self.seen.total() - self.most:,} results were left out, the least grave"))
        rules = [
            sarif.rule(name, means().get(name, OTHERWISE[severity]), HOW_BAD[severity], TAGS[severity])
            for name, severity in sorted(self.rules.items())
        ]
        return sarif.text(sarif.log("scan", rules, results, notes, not self.unsettled))
