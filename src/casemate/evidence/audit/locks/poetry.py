"""poetry.lock, and pdm.lock, which has the same packages: name, version, files with digests, sometimes a source."""

from __future__ import annotations

from typing import Any

from casemate.core.errors import CasemateError, Where
from casemate.evidence.audit.lock import COMMIT, Lock, Package, Text, all_strong, lock
from casemate.evidence.audit.versions import normal

KINDS = {"git": "vcs", "url": "url", "file": "path", "directory": "path", "legacy": "index", "hg": "vcs"}


def recognise(text: Text) -> bool:
    """Packages, and metadata with the digest of what was asked for."""
    doc = text.toml or {}
    metadata = doc.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(doc.get("package", []), list):
        return False
    return "content-hash" in metadata or "content_hash" in metadata


def read(text: Text) -> Lock:
    """All packages. Old files keep the digests apart, in `metadata.files`."""
    doc = text.toml or {}
    entries = doc.get("package", [])
    apart = doc["metadata"].get("files", {})
    lines = text.lines("[[package]]")
    places = lines if len(lines) == len(entries) else [0] * len(entries)
    found = [_package(e, apart, Where(text.path, n, 1)) for e, n in zip(entries, places, strict=True)]
    return lock(text, "poetry", found, complete=True, mixed=_mixed(found))


def _mixed(found: list[Package]) -> bool:
    """The public index has no source of its own, so one named index beside unnamed ones is two."""
    indexes = {p.url for p in found if p.source == "index"}
    return len(indexes) > 1


def _package(entry: Any, apart: Any, at: Where) -> Package:
    name, version = (entry.get("name"), entry.get("version")) if isinstance(entry, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(version, str):
        raise CasemateError(at, "is a package without a name or a version", "lock again")
    source = entry.get("source")
    source = source if isinstance(source, dict) else {}
    kind = KINDS.get(str(source.get("type", "legacy")), "url")
    url = str(source.get("url", ""))
    if "git" in entry:  # as pdm writes it
        kind, url, source = "vcs", str(entry["git"]), {"resolved_reference": entry.get("revision")}
    if kind == "vcs":
        commit = str(source.get("resolved_reference", ""))
        return Package(normal(name), version, at, kind, url, COMMIT.fullmatch(commit) is not None)
    listed = entry.get("files", apart.get(name) if isinstance(apart, dict) else None)
    digests = [f.get("hash") if isinstance(f, dict) else None for f in listed] if isinstance(listed, list) else []
    editable = entry.get("develop") is True
    return Package(normal(name), version, at, kind, url, all_strong(digests), editable=editable)
