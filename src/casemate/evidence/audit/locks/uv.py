"""uv.lock: a universal lock of uv. Each package has a source and the digests of all its files."""

from __future__ import annotations

from typing import Any

from casemate.core.errors import CasemateError, Where
from casemate.evidence.audit.lock import COMMIT, Lock, Package, Text, all_strong, lock
from casemate.evidence.audit.versions import normal

OWN = ("virtual", "editable", "directory", "path")


def recognise(text: Text) -> bool:
    """A version, and packages with a source table."""
    doc = text.toml or {}
    entries = doc.get("package")
    first = entries[0] if isinstance(entries, list) and entries else None
    return isinstance(doc.get("version"), int) and isinstance(first, dict) and isinstance(first.get("source"), dict)


def read(text: Text) -> Lock:
    """All packages, for all platforms and groups."""
    entries = (text.toml or {}).get("package", [])
    lines = text.lines("[[package]]")
    places = lines if len(lines) == len(entries) else [0] * len(entries)
    found = [_package(e, Where(text.path, n, 1)) for e, n in zip(entries, places, strict=True)]
    return lock(text, "uv", found, complete=True)


def _package(entry: Any, at: Where) -> Package:
    name, source = (entry.get("name"), entry.get("source")) if isinstance(entry, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(source, dict) or len(source) == 0:
        raise CasemateError(at, "is a package without a name or a source", "lock again with uv")
    version = entry.get("version")
    version = version if isinstance(version, str) else None
    kind = next((k for k in ("registry", "git", "url", *OWN) if k in source), "")
    url = str(source.get(kind, ""))
    if kind in OWN:
        own = "self" if url in (".", "") else "path"
        return Package(normal(name), version, at, own, url, editable=kind == "editable" and own != "self")
    if kind == "git":
        return Package(normal(name), version, at, "vcs", url, COMMIT.fullmatch(url.rpartition("#")[2]) is not None)
    hashed = all_strong(_digests(entry))
    return Package(normal(name), version, at, "url" if kind == "url" else "index", url, hashed)


def _digests(entry: dict[str, Any]) -> list[Any]:
    wheels = entry.get("wheels", [])
    parts = [*(wheels if isinstance(wheels, list) else [None]), *([entry["sdist"]] if "sdist" in entry else [])]
    return [p.get("hash") if isinstance(p, dict) else None for p in parts]
