"""All that one scan has found, at every depth. Bounded: an import is kept at its first place, findings to a number."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from casemate.evidence.scan.budget import MAX_FINDINGS, Budget
from casemate.evidence.scan.lists import Allow, denial, judge
from casemate.evidence.scan.notes import MAX_IMPORTS
from casemate.evidence.scan.report import Coverage, Finding, Import, Walk


@dataclass(slots=True)
class Pad:
    """Notes of one file. `missing` counts bytes that nobody vouches for, `total` the file's and the unpacked ones."""

    budget: Budget
    allowed: Allow
    total: int
    missing: int = 0
    entered: int = 0
    unread: int = 0
    imports: dict[tuple[str | None, str | None], Import] = field(default_factory=dict)
    findings: dict[Finding, None] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)  # files beside it that it takes bytes from: up to where
    inside: dict[str, dict[str, int]] = field(
        default_factory=dict
    )  # the same of parts of an archive, by where they are
    more: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Keep a finding; of very many, the first of each kind."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings[finding] = None
        else:
            self.more.setdefault((finding.id, finding.severity), finding)

    def take(self, walk: Walk, where: str, doubted: bool) -> None:
        """What one walk saw at a place. A doubted one came to no end and may be no such format: what is denied counts.

        Imports behind what a walk vouches for are doubted as well.
        """
        for seen in walk.imports:
            sure = seen.offset < walk.walked and not doubted
            if sure or denial(seen.module, seen.name):
                self._import(replace(seen, where=where) if where else seen)
        if not doubted:
            for finding in walk.findings:
                self.add(replace(finding, where=where) if where else finding)

    def _import(self, seen: Import) -> None:
        pair = (seen.module, seen.name)
        if len(self.imports) < MAX_IMPORTS:
            self.imports.setdefault(pair, seen)
        elif pair not in self.imports:
            self.add(Finding("limit", "inconclusive", f"asks for more than {MAX_IMPORTS:,} different names", 0))
        finding = judge(seen, self.allowed)
        if finding is not None:
            self.add(replace(finding, where=seen.where))

    def coverage(self) -> Coverage:
        """The bytes of all levels that were vouched for."""
        return Coverage(max(self.total - self.missing, 0), self.total, self.entered, self.unread)
