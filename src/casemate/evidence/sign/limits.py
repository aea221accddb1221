"""Digest, version and age of a signature against the policy.

A good signature of an old model is still a good signature: without such a limit somebody can put the old one back (a
rollback), and the check says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casemate.evidence.sign.manifest import Manifest
from casemate.evidence.sign.trust import Trust
from casemate.evidence.sign.verdict import Finding

ROLLBACK = "that no later version replaced this one: neither a digest nor a version is asked for"


@dataclass(frozen=True, slots=True)
class Limits:
    """What was held against the policy, and what was not asked for."""

    findings: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def limits(m: Manifest, sha256: str, trust: Trust, today: date) -> Limits:
    """All three at once."""
    unchecked = (ROLLBACK,) if trust.digest is None and trust.version is None else ()
    each = (_digest(sha256, trust.digest), _version(m.version, trust.version), _age(m.signed_on, trust.max_age, today))
    findings = tuple(f for f, _ in each if f is not None)
    return Limits(findings, tuple(said for f, said in each if f is None and said), unchecked)


def bare(digest: str) -> str:
    """A digest without the name of its hash."""
    return digest.lower().removeprefix("sha256:")


def _digest(found: str, asked: str | None) -> tuple[Finding | None, str]:
    if asked is None or bare(asked) == found:
        return None, "the digest that was asked for" if asked else ""
    return Finding("other-digest", f"its digest is {found}, and {bare(asked)[:64]} was asked for"), ""


def _version(found: int | None, asked: int | None) -> tuple[Finding | None, str]:
    if asked is None:
        return None, ""
    if found is None:
        return Finding("no-version", f"the signature gives no version, and {asked} or later was asked for"), ""
    if found < asked:
        return Finding("rollback", f"it is version {found}, and {asked} or later was asked for"), ""
    return None, f"the version: {found}, and {asked} or later was asked for"


def _age(found: date | None, most: int | None, today: date) -> tuple[Finding | None, str]:
    """The day is the signer's own word; it bounds how long an honest signature is used."""
    if most is None:
        return None, ""
    if found is None:
        return Finding("no-date", f"the signature gives no day, and at most {most} days of age were asked for"), ""
    if not 0 <= (today - found).days <= most:
        return Finding("too-old", f"it was signed on {found}, and at most {most} days before {today} was asked for"), ""
    return None, f"the age: signed on {found} as the signer says, at most {most} days ago"
