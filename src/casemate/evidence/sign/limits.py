"""Name, digest, version and age of a signature against the policy.

A good signature of another model of the same signer is still a good signature: the name that was signed must be the one
that was asked for, or that of the file or folder. So is that of an old model: without a digest or a version somebody
can put the old one back (a rollback), and the check says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casemate.evidence.sign.manifest import Manifest
from casemate.evidence.sign.tree import shown
from casemate.evidence.sign.trust import Trust
from casemate.evidence.sign.verdict import Finding

ROLLBACK = "that no later version replaced this one: neither a digest nor a version is asked for"


@dataclass(frozen=True, slots=True)
class Limits:
    """What was held against the policy, and what was not asked for."""

    findings: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def limits(
    m: Manifest, sha256: str, trust: Trust, today: date, names: tuple[str, ...], logged: date | None = None
) -> Limits:
    """All four at once. names: what the file or folder is called here, itself and where a link leads.

    logged: the day of signing by a clock that is trusted; it counts before what the signer says.
    """
    unchecked = (ROLLBACK,) if trust.digest is None and trust.version is None else ()
    of_name, nobody_said = _name(m.name, trust, sha256, names)
    each = (
        of_name, _digest(sha256, trust.digest), _version(m.version, trust.version),
        _age(logged or m.signed_on, trust.max_age, today, logged is not None),
    )  # fmt: skip
    findings = tuple(f for f, _ in each if f is not None)
    return Limits(findings, tuple(said for f, said in each if f is None and said), (*nobody_said, *unchecked))


def bare(digest: str) -> str:
    """A digest without the name of its hash."""
    return digest.lower().removeprefix("sha256:")


def _digest(found: str, asked: str | None) -> tuple[Finding | None, str]:
    if asked is None or bare(asked) == found:
        return None, "the digest that was asked for" if asked else ""
    return Finding("other-digest", f"its digest is {found}, and {bare(asked)[:64]} was asked for"), ""


def _name(
    found: str, trust: Trust, sha256: str, names: tuple[str, ...]
) -> tuple[tuple[Finding | None, str], tuple[str, ...]]:
    """The finding or what was checked, and what was not. A digest that was asked for says more than any name."""
    if found in ("", ".") and trust.name is None:
        return (None, ""), ("that it is this model and no other of the same signer: it was signed without a name",)
    asked = (trust.name,) if trust.name is not None else names
    if found in asked:
        return (None, f"the name: it was signed as {shown(found)!r}"), ()
    if trust.name is None and trust.digest is not None and bare(trust.digest) == sha256:
        return (Finding("renamed", f"it was signed as {shown(found)!r} and is {shown(names[0])!r} here"), ""), ()
    here = f"{shown(str(trust.name))!r} was asked for" if trust.name is not None else f"is {shown(names[0])!r} here"
    return (Finding("other-name", f"it was signed as {shown(found)!r}, and {here}"), ""), ()


def _version(found: int | None, asked: int | None) -> tuple[Finding | None, str]:
    if asked is None:
        return None, ""
    if found is None:
        return Finding("no-version", f"the signature gives no version, and {asked} or later was asked for"), ""
    if found < asked:
        return Finding("rollback", f"it is version {found}, and {asked} or later was asked for"), ""
    return None, f"the version: {found}, and {asked} or later was asked for"


def _age(found: date | None, most: int | None, today: date, logged: bool) -> tuple[Finding | None, str]:
    """Where no clock is trusted, the day is the signer's own word; it bounds how long an honest signature is used."""
    if most is None:
        return None, ""
    if found is None:
        return Finding("no-date", f"the signature gives no day, and at most {most} days of age were asked for"), ""
    if not 0 <= (today - found).days <= most:
        return Finding("too-old", f"it was signed on {found}, and at most {most} days before {today} was asked for"), ""
    return None, f"the age: signed on {found} as the {'log' if logged else 'signer'} says, at most {most} days ago"
