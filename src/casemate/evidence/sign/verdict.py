"""What a check of a signature says: one word of nine, why, and what was checked and what was not. Never a yes or no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, get_args

Verdict: TypeAlias = Literal[
    "valid",
    "unsigned",
    "bad-signature",
    "untrusted-signer",
    "expired",
    "content-mismatch",
    "partial",
    "unsupported",
    "unreadable",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MEANS: dict[Verdict, str] = {
    "valid": "signed by whom the policy names, and every file is as it was signed",
    "unsigned": "there is no signature",
    "bad-signature": "the signature is broken or was made over something else",
    "untrusted-signer": "somebody else signed it, or nobody can tell who",
    "expired": "the certificate, the age or the version of the signature is past what the policy allows",
    "content-mismatch": "it is not what was signed: other files, or another name",
    "partial": "the signer left out files that can hold code, so the signature does not cover what gets loaded",
    "unsupported": "this kind of signature is not verified here",
    "unreadable": "the model, its signature or the key could not be read",
}
UNDECIDED: frozenset[Verdict] = frozenset({"unsupported", "unreadable"})
"""Nothing was found out: exit code 3."""

DECIDES: dict[str, Verdict] = {
    "differs": "content-mismatch",
    "other-digest": "content-mismatch",
    "other-name": "content-mismatch",
    "rollback": "expired",
    "no-version": "expired",
    "too-old": "expired",
    "no-date": "expired",
    "covers-nothing": "partial",
    "ignored-code": "partial",
    "linked-elsewhere": "partial",
}
"""Findings that decide the verdict, the first in this order; all others are notes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know; it decides the verdict when `id` stands in DECIDES."""

    id: str
    message: str


def decided(findings: Iterable[Finding]) -> tuple[Verdict, str]:
    """The verdict of a signature that is the right one's, and its reason."""
    found = {f.id: f for f in findings}
    first = next((name for name in DECIDES if name in found), None)
    return (DECIDES[first], found[first].message) if first else ("valid", MEANS["valid"])


@dataclass(frozen=True, slots=True)
class Difference:
    """Files that are not as they were signed; links and pipes where a file was signed count as changed."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.changed)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed, in words, and what that rests on."""

    payload: bytes
    by: str
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    on: date | None = None
    """The day of signing by a clock that is trusted; None where only the signer's own word says it."""


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome. Digests: `sha256` covers names and contents of what was signed; `root` is that of the signature."""

    verdict: Verdict
    reason: str
    signer: str = ""
    difference: Difference = Difference()
    ignored: tuple[str, ...] = ()
    """Files that are there and that the signature leaves out."""
    findings: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    sha256: str | None = None
    root: str | None = None
    version: int | None = None
    signed_on: date | None = None
    logged: bool = False
    """Whether a clock that is trusted gave that day, and not the signer."""
    files: int = 0


class Not(Exception):
    """The check ends here: the verdict that is not valid, and why."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
