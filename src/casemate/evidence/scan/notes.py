"""What a format notes while it walks. Bounded: equal imports and equal findings are kept once, at their first place."""

from __future__ import annotations

from dataclasses import dataclass

from casemate.evidence.scan.report import Finding, Import, Severity, Walk

MAX_IMPORTS = 10_000  # distinct ones; the largest honest files that we know ask for fewer than 100
MAX_STEPS = 3_000_000  # opcodes that cost a step in Python: some seconds; the rest is passed at C speed
MAX_OPS = 25_000_000  # opcodes that machine.py follows: some seconds; 100 MB of dense records have 23 million
MAX_NAME = 1_000  # bytes; the longest name in allowed.txt has 60


class Enough(Exception):
    """A limit was reached; what is behind it was not looked at."""


@dataclass(slots=True)
class Work:
    """What a file has cost so far: one count for all of its parts, or many small ones would cost as much as a large."""

    steps: int = 0
    ops: int = 0

    def follow(self, count: int) -> None:
        """Count opcodes that machine.py follows. Fails with Enough."""
        self.ops += count
        if self.ops > MAX_OPS:
            raise Enough(f"needs more than {MAX_OPS:,} operations to follow its opcodes")


class Notes:
    """A pad for one part. `step` counts work, `seen` an import, `add` a finding; `walk` hands all of it in.

    work: that of the file; without it the part is counted alone.
    """

    def __init__(self, work: Work | None = None) -> None:
        self.work = Work() if work is None else work
        self.imports: dict[tuple[str | None, str | None], int] = {}
        self.findings: dict[str, tuple[Severity, str, int]] = {}

    def step(self) -> None:
        """Count one step in Python."""
        self.work.steps += 1
        if self.work.steps > MAX_STEPS:
            raise Enough(f"needs more than {MAX_STEPS:,} steps")

    def seen(self, module: str | None, name: str | None, at: int) -> None:
        """Keep an import; the first place wins."""
        key = (module, name)
        first = self.imports.get(key)
        if first is None and len(self.imports) >= MAX_IMPORTS:
            raise Enough(f"asks for more than {MAX_IMPORTS:,} different names")
        self.imports[key] = at if first is None else min(at, first)

    def add(self, id: str, severity: Severity, message: str, at: int) -> None:
        """Keep a finding of the format; only the first of each id."""
        self.findings.setdefault(id, (severity, message, at))

    def walk(self, walked: int, format: str | None = None, sure: bool = True) -> Walk:
        """All that was noted, in order of place."""
        imports = tuple([Import(m, n, at) for (m, n), at in sorted(self.imports.items(), key=_place)])
        findings = self.findings.items()
        told = tuple([Finding(id, severity, message, at) for id, (severity, message, at) in findings])  # noqa: A001
        return Walk(imports, told, walked, format, sure)


def _place(seen: tuple[tuple[str | None, str | None], int]) -> tuple[int, str, str]:
    (module, name), at = seen
    return at, module or "", name or ""
