"""pylock.toml (PEP 751): the lock that all installers can read. Checked by `packaging`, which wrote it down first."""

from __future__ import annotations

from typing import Any

from packaging.pylock import Package as Entry
from packaging.pylock import Pylock

from casemate.core.errors import CasemateError, Where
from casemate.evidence.audit.lock import COMMIT, Lock, Package, Text, all_strong, lock
from casemate.evidence.audit.versions import normal


def recognise(text: Text) -> bool:
    """It says which version of the format it has and who made it."""
    doc = text.toml or {}
    return "lock-version" in doc and "created-by" in doc


def read(text: Text) -> Lock:
    """All packages, with the index that each one names."""
    try:
        found = Pylock.from_dict(text.toml or {})
    except Exception as e:  # its own error, and whatever a strange value meets in there
        raise CasemateError(text.path, f"is no valid pylock ({_said(e)})", "lock again") from None
    lines = text.lines("[[packages]]")
    places = lines if len(lines) == len(found.packages) else [0] * len(found.packages)
    packages = [_package(e, Where(text.path, n, 1)) for e, n in zip(found.packages, places, strict=True)]
    return lock(text, "pylock", packages, complete=True)


def _said(e: Exception) -> str:
    return " ".join(str(e).split())[:120] or type(e).__name__


def _package(entry: Entry, at: Where) -> Package:
    name, version = normal(str(entry.name)), str(entry.version) if entry.version is not None else None
    if entry.directory is not None:
        return Package(name, version, at, "path", entry.directory.path, editable=bool(entry.directory.editable))
    if entry.vcs is not None:
        return Package(name, version, at, "vcs", entry.vcs.url or "", COMMIT.fullmatch(entry.vcs.commit_id) is not None)
    if entry.archive is not None:
        return Package(name, version, at, "url", entry.archive.url or "", _strong(entry.archive.hashes))
    parts: list[Any] = [*(entry.wheels or ()), *((entry.sdist,) if entry.sdist else ())]
    return Package(name, version, at, "index", entry.index or "", bool(parts) and all(_strong(p.hashes) for p in parts))


def _strong(hashes: Any) -> bool:
    """One strong digest is enough: an installer checks all that are given."""
    return any(all_strong([f"{kind}:{value}"]) for kind, value in hashes.items())
