"""The audit: what an environment and its lock files hold, compared with advisories, digests and rules.

`audit` reads at its beginning and then only compares. What could not be read is a gap, never a pass.

    exit 1  something was found         3  nothing was found, but not everything could be told
    exit 0  nothing was found, and everything was evaluated
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.audit import database as advisories
from casemate.evidence.audit import hygiene, record, startup
from casemate.evidence.audit.database import Database
from casemate.evidence.audit.finding import Finding, bounded, order, shown
from casemate.evidence.audit.installed import Installed, installed, origin
from casemate.evidence.audit.known import EVALUATED, MAX_AGE, NOT, Known, Named, known
from casemate.evidence.audit.lock import Lock, load
from casemate.evidence.audit.places import Places, places
from casemate.evidence.sign.bundle import there

LOCKS = ("requirements.txt", "requirements.lock", "requirements-lock.txt", "pylock.toml", "uv.lock", "poetry.lock",
         "pdm.lock", "pyproject.toml")  # fmt: skip
TAMPERED = frozenset(
    {"changed-file", "missing-file", "unowned-file", "unchecked-bytecode", "runs-at-start", "weak-digest", "no-digest"}
)
NOT_CLEAN = TAMPERED | {"lock-drift", "not-locked"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be audited. root: no lock file outside this folder is opened."""

    root: Path
    locks: tuple[Path, ...] = ()
    env: Path | None = None
    advisories: Path | None = None
    max_age: int = MAX_AGE


@dataclass(frozen=True, slots=True)
class Environment:
    """What is installed, and how much of it could be compared with its own list of files."""

    path: str
    packages: tuple[Installed, ...]
    files: int
    bytes: int
    bytecode: int
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Audit:
    """The result. gaps: what was asked for and could not be told."""

    today: date
    max_age: int
    database: Database | None
    flaws: Known
    locks: tuple[Lock, ...]
    environment: Environment | None
    findings: tuple[Finding, ...]
    gaps: tuple[str, ...]

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that decide; `info` does not."""
        return tuple(f for f in self.findings if f.severity != "info")

    @property
    def exit(self) -> int:
        """0, 1 or 3, the same for every format."""
        return 1 if self.found else 3 if self.flaws.state != EVALUATED or self.gaps else 0

    @property
    def real_locks(self) -> tuple[Lock, ...]:
        """The files that decide what is installed; a pyproject.toml only where nothing else does."""
        return tuple(x for x in self.locks if x.format != "pyproject") or self.locks

    @property
    def pinned(self) -> bool | None:
        """Whether all that the locks take in is named by its bytes; None without a lock."""
        return all(x.pinned for x in self.real_locks) if self.real_locks else None

    @property
    def sources(self) -> str | None:
        """`mixed`, or `single` where a lock names the one index; None where pip's own settings would decide."""
        if any(x.mixed for x in self.real_locks) or (self.environment and self.environment.mixed):
            return "mixed"
        named = {i for x in self.real_locks for i in x.indexes if i}
        if len(named) > 1:
            return "mixed"
        return "single" if named and all(x.indexes and not x.gaps for x in self.real_locks) else None

    @property
    def patched(self) -> bool | None:
        """No where a known flaw is open; yes only where all was evaluated with fresh advisories and none is."""
        if self.flaws.findings:
            return False
        whole = self.environment is not None or any(x.complete for x in self.real_locks)
        return True if whole and self.flaws.state == EVALUATED and self.flaws.compared and not self.gaps else None

    @property
    def as_locked(self) -> bool | None:
        """Whether what is installed is what the locks say, file by file; None where one of the two is missing."""
        if self.environment is None or self.pinned is None:
            return None
        return not self.gaps and not any(f.id in NOT_CLEAN for f in self.found)


def audit(asked: Asked, today: date) -> Audit:
    """Read everything that was asked for and compare it. CasemateError: a lock or the environment is not there."""
    gaps: list[str] = []
    locks = tuple(_locks(asked, gaps))
    where = places(asked.env) if asked.env else None
    found = _database(asked, gaps)
    findings: list[Finding] = []
    environment = _environment(asked, where, findings, gaps) if where else None
    packages = environment.packages if environment else ()
    flaws = known(found, (*_installed(packages), *_locked(locks)), today, asked.max_age)
    if found is None and asked.advisories is not None:
        flaws = replace(flaws, why=())  # why it could not be read is among the gaps
    if not packages and not any(x.packages for x in locks):
        gaps.append("there is no package in what was named")
    alone = not any(x.format != "pyproject" for x in locks)
    for lock in locks:
        findings += hygiene.rules(lock, alone)
        gaps += lock.gaps
    findings += [*hygiene.drift(locks, packages), *flaws.findings]
    kept = order(bounded(list(order(findings))))
    return Audit(today, asked.max_age, found, flaws, locks, environment, kept, tuple(dict.fromkeys(gaps)))


def _locks(asked: Asked, gaps: list[str]) -> Iterator[Lock]:
    for path in dict.fromkeys(asked.locks):
        try:
            yield load(path, asked.root)
        except CasemateError as e:
            if not there(path):
                raise
            gaps.append(f"{e.at} was not read: it {e.what}")


def _database(asked: Asked, gaps: list[str]) -> Database | None:
    if asked.advisories is None:
        return None
    try:
        return advisories.load(asked.advisories)
    except CasemateError as e:  # also when there are none: everything else is told all the same
        gaps.append(f"the advisories were not read: {e.at}: {e.what}")
        return None


def _environment(asked: Asked, where: Places, findings: list[Finding], gaps: list[str]) -> Environment:
    packages: list[Installed] = []
    counts = [0, 0, 0]
    encoded = frozenset(f"sha256={_base64(d)}" for d in startup.known())
    for site in where.sites:
        here = installed(site)
        checked = record.check(site, where.prefix, here, encoded)
        packages += here
        counts = [a + b for a, b in zip(counts, (checked.files, checked.bytes, checked.bytecode), strict=True)]
        findings += [*checked.findings, *startup.check(site)]
        gaps += checked.unread
    for p in packages:
        findings += [*origin(p), *hygiene.look_alike(p.name, "installed")]
    findings += _settings(where)
    if where.system:
        gaps.append("packages of the machine are visible in this environment and were not audited")
    return Environment(str(asked.env), tuple(packages), counts[0], counts[1], counts[2], bool(where.extra))


def _settings(where: Places) -> Iterator[Finding]:
    """What pip's settings in the environment do to every installation."""
    for url in where.extra:
        yield Finding("high", "extra-index", "pip.conf", f"packages come from {shown(url)} too")
    for host in where.trusted:
        yield Finding("high", "trusted-host", "pip.conf", f"{host[:80]} is believed without its certificate")
    for url in (*where.indexes, *where.extra):
        if url.startswith("http://"):
            yield Finding("high", "plain-http", "pip.conf", f"{shown(url)} is read without encryption")


def _base64(digest: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")


def _installed(packages: Iterable[Installed]) -> Iterator[Named]:
    """Our own linked code has no advisories; everything else is compared, with a version or as a gap."""
    return (Named(p.name, p.version, "installed") for p in packages if not p.editable)


def _locked(locks: Iterable[Lock]) -> Iterator[Named]:
    """What a project only asks for has no version; its lock or the environment has."""
    for lock in locks:
        for p in lock.packages:
            if p.source not in ("self", "path") and (p.version or lock.format != "pyproject"):
                yield Named(p.name, p.version, str(p.at))


__all__ = ["EVALUATED", "LOCKS", "MAX_AGE", "NOT", "Asked", "Audit", "Environment", "audit"]
