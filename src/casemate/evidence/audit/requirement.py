"""One requirement as PEP 508 and pip write it: a name with versions, an address, a repository or a folder."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urldefrag

from packaging.requirements import InvalidRequirement, Requirement

from casemate.core.errors import Where
from casemate.evidence.audit.finding import Finding, shown
from casemate.evidence.audit.lock import COMMIT, Package, strong
from casemate.evidence.audit.versions import normal

LONGEST = 10_000
_ADDRESS = re.compile(r"(?:git|hg|svn|bzr)\+[a-z+.-]+:|(?:https?|ftp|file|ssh)://|git@", re.ASCII)
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+|git@|ssh://", re.ASCII)
_FILE = re.compile(r"\.{0,2}/|~/|[A-Za-z]:\\|[^\s@]*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$")
_WHEEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._]*)-([0-9][A-Za-z0-9.!+_]*)(?:-|\.tar|\.zip)")


def requirement(said: str, at: Where, hashes: tuple[str, ...] = (), editable: bool = False) -> Package | Finding:
    """The package; a Finding when it cannot be read, because then nobody knows what would be installed."""
    if len(said) > LONGEST:
        return _unread(at, "is too long")
    if _ADDRESS.match(said):
        return _address("", said, at, hashes, editable)
    if _FILE.match(said.split(";")[0].split("[")[0].strip()) or editable:
        return Package(_name_in(said), None, at, "path", said, _hashed(hashes), editable=editable)
    try:
        found = Requirement(said)
    except (InvalidRequirement, ValueError, RecursionError):
        return _unread(at, f"{shown(said, 60)!r} is no requirement")
    if found.url:
        return _address(normal(found.name), found.url, at, hashes, editable)
    exact = [s.version for s in found.specifier if s.operator in ("==", "===") and not s.version.endswith(".*")]
    version = exact[0] if exact else None
    return Package(normal(found.name), version, at, hashed=_hashed(hashes), said=str(found.specifier))


def _address(name: str, url: str, at: Where, hashes: tuple[str, ...], editable: bool) -> Package:
    where, fragment = urldefrag(url)
    told = parse_qs(fragment)
    name = name or normal(told.get("egg", [""])[0].split("[")[0]) or _name_in(where)
    if _VCS.match(url):
        _, _, rest = where.partition("://")
        reference = rest.rpartition("@")[2] if "@" in rest.partition("/")[2] else ""
        return Package(name, None, at, "vcs", url, COMMIT.fullmatch(reference) is not None, editable=editable)
    given = (*hashes, *(f"{k}:{v[0]}" for k, v in told.items()))
    wheel = _WHEEL.match(where.rpartition("/")[2])
    version = wheel.group(2) if wheel else None
    return Package(name, version, at, "path" if url.startswith("file:") else "url", url, _hashed(given))


def _hashed(hashes: tuple[str, ...]) -> bool:
    return any(strong(h) for h in hashes)


def _name_in(address: str) -> str:
    """The name in a file's or folder's name; empty when there is none."""
    last = address.split(";")[0].split("[")[0].split("#")[0].rstrip("/ ").rpartition("/")[2]
    wheel = _WHEEL.match(last)
    plain = wheel.group(1) if wheel else last.removesuffix(".git")
    return normal(plain) if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", plain) else ""


def _unread(at: Where, why: str) -> Finding:
    return Finding("medium", "unread-requirement", str(at), f"{why}; nobody can say what it installs")
