"""What an inspection says: imports, findings, coverage, verdict.

The algebra: unsafe > suspicious > inconclusive > clean. The worst finding decides, so a finding beats an error; `info`
decides nothing; and without full coverage nothing is clean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["clean", "inconclusive", "suspicious", "unsafe"]
Severity: TypeAlias = Literal["info", "inconclusive", "suspicious", "unsafe"]

ORDER: tuple[Severity, ...] = ("info", "inconclusive", "suspicious", "unsafe")
VERDICTS: dict[Severity, Verdict] = {
    "info": "clean",
    "inconclusive": "inconclusive",
    "suspicious": "suspicious",
    "unsafe": "unsafe",
}


@dataclass(frozen=True, slots=True)
class Import:
    """A module and a dotted name in it that the file asks for, first seen at an offset in bytes.

    None is a part that cannot be told without running the file.
    """

    module: str | None
    name: str | None
    offset: int
    where: str = ""  # the parts that lead to it, outermost first; empty in the file itself

    def __str__(self) -> str:
        return f"{_part(self.module)} {_part(self.name)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know. `id` names the rule; several findings may share it."""

    id: str
    severity: Severity
    message: str
    offset: int
    where: str = ""  # as for an import; the offset counts from the beginning of that part

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{self.where} at {self.offset}" if self.where else f"at {self.offset}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many bytes the walk vouches for, of how many: those of the file, and those that were unpacked from it.

    Payload that was passed over by its length counts as walked.
    """

    walked: int
    total: int
    entered: int = 0  # containers: archives and compressed streams, at any depth
    unread: int = 0  # parts that nobody understood

    @property
    def full(self) -> bool:
        """Whether nothing was left out."""
        return self.walked == self.total


@dataclass(frozen=True, slots=True)
class Walk:
    """What one format saw. Imports at or behind `walked` are guesses from bytes that may be data.

    walked: how many bytes it vouches for. format: its word where the file's format is told only by walking it.
    sure: False when the bytes may as well be something else that only happens to read as this format.
    """

    imports: tuple[Import, ...] = ()
    findings: tuple[Finding, ...] = ()
    walked: int = 0
    format: str | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Scan:
    """The inspection of one file. `format` is None when no format recognised it.

    outside: files beside it that it takes bytes from, and up to which byte.
    """

    verdict: Verdict
    format: str | None
    sha256: str
    size: int
    imports: tuple[Import, ...]
    findings: tuple[Finding, ...]
    coverage: Coverage
    outside: tuple[tuple[str, int], ...] = ()


def verdict(findings: Iterable[Finding], coverage: Coverage) -> Verdict:
    """The worst finding's verdict; at least `inconclusive` when a byte was left out."""
    severities: list[Severity] = ["info" if coverage.full else "inconclusive", *(f.severity for f in findings)]
    return VERDICTS[max(severities, key=ORDER.index)]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, then by place."""
    return tuple(sorted(findings, key=lambda f: (-ORDER.index(f.severity), f.where, f.offset, f.id, f.message)))


def shown(text: str) -> str:
    """A name as it may be printed: control characters and lone surrogates escaped."""
    return text if text.isascii() and text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _part(text: str | None) -> str:
    return "?" if text is None else shown(text)
