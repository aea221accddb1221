"""Requirements that let somebody else decide what is installed. Rules over lock files; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from casemate.evidence.audit.finding import Finding, shown
from casemate.evidence.audit.installed import Installed
from casemate.evidence.audit.lock import Lock, Package
from casemate.evidence.audit.names import looks_like
from casemate.evidence.audit.versions import same, version

TOOLS = frozenset({"pip", "setuptools", "wheel", "uv", "distribute", "virtualenv"})
"""What makes an environment and stands in no lock file."""


def rules(lock: Lock, alone: bool) -> Iterator[Finding]:
    """What is careless in a lock file. alone: no lock stands behind it, so that its ranges decide."""
    yield from lock.findings
    for p in lock.packages:
        yield from _package(p, lock.format != "pyproject" or alone)
    yield from _digests(lock)
    if lock.mixed and not any(f.id == "extra-index" for f in lock.findings):
        severity = "low" if lock.pinned else "medium"
        many = ", ".join(shown(i) or "the public index" for i in lock.indexes[:4]) or "several places"
        yield Finding(severity, "mixed-sources", lock.path, f"packages come by name from more than one place: {many}")


def _package(p: Package, decides: bool) -> Iterator[Finding]:
    """decides: no lock says what is installed; where one does, what it takes in counts and not what was asked for."""
    at = str(p.at)
    if p.source == "index" and p.version is None and decides:
        if ".*" in p.said:
            yield Finding("medium", "wildcard-pin", at, f"{p.name}{p.said} leaves the last part of the version open")
        else:
            yield Finding("medium", "unpinned", at, f"{p.name}{p.said} takes whatever version is newest that day")
    if p.source == "vcs" and not p.hashed and decides:
        yield Finding("high", "unpinned-vcs", at, f"{_named(p)} is a branch or a tag, which its owners can move")
    if p.source == "url" and not p.hashed and decides:
        yield Finding("medium", "unhashed-url", at, f"{_named(p)} is taken without a digest")
    if "http://" in p.url[:12]:
        yield Finding("high", "plain-http", at, f"{_named(p)} comes without encryption")
    if p.editable:
        yield Finding("low", "editable", at, f"{_named(p)} is linked and not installed: it changes with its folder")
    found = version(p.version) if p.version else None
    if found is not None and found.is_prerelease:
        yield Finding("low", "pre-release", at, f"{p.name} {p.version} is not a released version")
    yield from look_alike(p.name, at)


def _named(p: Package) -> str:
    return f"{p.name or 'a package'} ({shown(p.url)})" if p.url else p.name


def look_alike(name: str, at: str) -> Iterator[Finding]:
    """Whether a name looks like that of a well-known package."""
    like = looks_like(name) if name else None
    if like:
        yield Finding("medium", "look-alike", at, f"{name} is not {like[0]}: {like[1]}")


def _digests(lock: Lock) -> Iterator[Finding]:
    taken = [p for p in lock.packages if p.source == "index"]
    bare = [p for p in taken if not p.hashed]
    if bare and lock.format != "pyproject":
        names = ", ".join(p.name for p in bare[:3]) + (" ..." if len(bare) > 3 else "")
        message = f"{len(bare)} of {len(taken)} packages have no digest ({names}): other bytes would not be noticed"
        yield Finding("medium", "no-hashes", lock.path, message)


def drift(locks: Iterable[Lock], packages: Iterable[Installed]) -> Iterator[Finding]:
    """What is installed at another version than the locks say, or is in none of them."""
    whole = [lock for lock in locks if lock.format != "pyproject"]
    locked: dict[str, list[Package]] = {}
    for lock in whole:
        for p in lock.packages:
            locked.setdefault(p.name, []).append(p)
    if not locked:
        return
    complete = any(lock.complete for lock in whole)
    for found in packages:
        wanted = locked.get(found.name, [])
        versions = sorted({p.version for p in wanted if p.version})
        if not wanted:
            if complete and found.name not in TOOLS and not found.editable:
                yield Finding(
                    "low", "not-locked", found.name, f"{found.version} is installed and stands in no lock file"
                )
        elif found.version and versions and not any(same(found.version, v) for v in versions):
            at = str(wanted[0].at)
            yield Finding(
                "medium", "lock-drift", at, f"{found.name} {found.version} is installed, not {', '.join(versions)}"
            )
