"""The packages that are installed in a folder, from their own notes (`*.dist-info`). Nothing of them is imported.

Our own look at the folder instead of `importlib.metadata`, which would wait for ever at a METADATA that is a pipe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.audit.finding import Finding, shown
from casemate.evidence.audit.lock import COMMIT, all_strong
from casemate.evidence.audit.versions import normal

MAX_NOTE = 64_000_000  # bytes of a RECORD; the largest that we know of has 4 MB
MAX_PACKAGES = 20_000
_NAME = re.compile(r"^Name:[ \t]*(\S+)[ \t]*$", re.M | re.I)
_VERSION = re.compile(r"^Version:[ \t]*(\S+)[ \t]*$", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Installed:
    """One package. record: its list of files with digests, None where it has none that can be read."""

    name: str
    version: str | None
    notes: str
    """The name of its folder of notes."""
    record: str | None
    tops: tuple[str, ...] = ()
    """What it brings at the top level, where it says so; asked only when there is no record."""
    direct: Any = None
    """direct_url.json: it came from an address, a repository or a folder, and not from an index."""

    @property
    def editable(self) -> bool:
        """Whether its code is elsewhere and changes without an installation."""
        told = self.direct.get("dir_info") if isinstance(self.direct, dict) else None
        return isinstance(told, dict) and told.get("editable") is True


def installed(site: Path) -> list[Installed]:
    """All packages of a folder, by name. Fails with CasemateError when the folder cannot be read."""
    return sorted(_all(site), key=lambda p: (p.name, p.version or "", p.notes))


def _all(site: Path) -> Iterator[Installed]:
    try:
        names = sorted(p.name for p in site.iterdir())
    except OSError as e:
        raise CasemateError(str(site), f"cannot be read ({e.strerror})", "check its permissions") from None
    notes = [n for n in names if n.endswith((".dist-info", ".egg-info"))]
    if len(notes) > MAX_PACKAGES:
        raise CasemateError(str(site), f"holds more than {MAX_PACKAGES} packages", "name another environment")
    for name in notes:
        yield _package(site / name)


def _package(notes: Path) -> Installed:
    folder = files.kind(notes) == "folder"
    head = _text(notes / ("METADATA" if notes.suffix == ".dist-info" else "PKG-INFO") if folder else notes)
    head = (head or "").replace("\r\n", "\n").split("\n\n", 1)[0]  # what follows is the description
    stem = notes.name.rpartition(".")[0]
    name, version = _NAME.search(head), _VERSION.search(head)
    record = _text(notes / "RECORD") if folder else None
    return Installed(
        normal(name.group(1) if name else stem.partition("-")[0]),
        version.group(1)[:200] if version else None,
        notes.name,
        record,
        tuple((_text(notes / "top_level.txt") or "").split()[:100]) if folder and record is None else (),
        _json(_text(notes / "direct_url.json")) if folder else None,
    )


def _text(path: Path) -> str | None:
    """The text; None when there is none, when it is no regular file, too large or not UTF-8."""
    if files.kind(path) != "file":
        return None
    try:
        data = files.read(path, MAX_NOTE + 1)
        return data.decode("utf-8") if len(data) <= MAX_NOTE else None
    except (CasemateError, UnicodeDecodeError):
        return None


def _json(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def origin(p: Installed) -> Iterator[Finding]:
    """What direct_url.json says of where a package came from, when that is not an index."""
    if p.direct is None:
        return
    told = p.direct if isinstance(p.direct, dict) else {}
    url = shown(str(told.get("url", "")), 100)
    vcs, archive = told.get("vcs_info"), told.get("archive_info")
    if not url:
        yield Finding("low", "direct-url", p.name, "did not come from an index, and its note cannot be read")
    elif p.editable:
        yield Finding("low", "editable", p.name, f"is not installed but linked to {url}: its files are not checked")
    elif isinstance(vcs, dict) and not COMMIT.fullmatch(str(vcs.get("commit_id", ""))):
        yield Finding("medium", "unpinned-vcs", p.name, f"came from {url}, and no whole commit id says what that was")
    elif isinstance(archive, dict) and not _hashed(archive):
        yield Finding("low", "unhashed-url", p.name, f"came from {url} without a digest")
    if url.startswith("http://"):
        yield Finding("high", "plain-http", p.name, f"came from {url} without encryption")


def _hashed(archive: dict[str, Any]) -> bool:
    hashes = archive.get("hashes")
    several = [f"{k}:{v}" for k, v in hashes.items()] if isinstance(hashes, dict) else []
    return any(all_strong([h]) for h in (*several, str(archive.get("hash", "")).replace("=", ":", 1)))
