"""What a lock file says: packages with versions, digests and sources. Reading one is left to `locks/`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from casemate.core import files, shelf
from casemate.core.digest import of_text
from casemate.core.errors import CasemateError, Refused, Where
from casemate.evidence.audit.finding import Finding

SHELF = "evidence/audit/locks"
MAX_BYTES = 32_000_000  # the largest uv.lock that we know of has 4 MB
MAX_PACKAGES = 100_000
MAX_DOTS = 64  # parts of a dotted key; tomllib takes quadratic time over them
_DOTTED = re.compile(rf"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{MAX_DOTS}}}")
STRONG = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-fA-F]+")
COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Package:
    """One entry. version is None where the file leaves it open."""

    name: str
    version: str | None
    at: Where
    source: str = "index"
    """Where it comes from: `index`, `vcs`, `url`, `path` or `self` (the project itself)."""
    url: str = ""
    hashed: bool = False
    """Every file that may be installed has a strong digest; for a repository, a whole commit id."""
    said: str = ""
    """How the file puts its version, where that is no version: `>=1`, `==2.*`."""
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file as read. complete: it lists everything that would be installed, not only what was asked for."""

    path: str
    format: str
    digest: str
    packages: tuple[Package, ...] = ()
    indexes: tuple[str, ...] = ()
    mixed: bool = False
    """Packages come by name from more than one place."""
    complete: bool = False
    findings: tuple[Finding, ...] = ()
    gaps: tuple[str, ...] = ()
    """Parts that were not read."""

    @property
    def pinned(self) -> bool:
        """Everything that would be installed is named by its bytes, and nothing was left unread."""
        taken = [p for p in self.packages if p.source not in ("self", "path")]
        return self.complete and not self.gaps and bool(taken) and all(p.hashed and not p.editable for p in taken)


@dataclass(frozen=True)
class Text:
    """A file to read. follow: opens a file that this one includes, by the name it gives."""

    path: str
    text: str
    follow: Callable[[str, Where], Text] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rsplit("/", 1)[-1]

    @cached_property
    def toml(self) -> dict[str, Any] | None:
        """The file as TOML, None when it is none."""
        if _DOTTED.search(self.text):
            return None
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def lines(self, pattern: str) -> list[int]:
        """Numbers of the lines that begin so."""
        return [i for i, line in enumerate(self.text.split("\n"), 1) if line.startswith(pattern)]


def load(path: Path, root: Path) -> Lock:
    """The lock file. root: nothing outside this folder is opened. Fails with CasemateError."""
    return read(_opened(path, root, _shown(path, root)))


def read(text: Text) -> Lock:
    """The lock in a text, by the reader that recognises it. Fails with CasemateError."""
    for name in shelf.names(SHELF):
        reader = shelf.member(SHELF, name)
        if reader.recognise(text):
            try:
                found: Lock = reader.read(text)
            except RecursionError:
                raise Refused(text.path, "is nested too deep", "write the file anew") from None
            if len(found.packages) > MAX_PACKAGES:
                raise Refused(text.path, f"lists more than {MAX_PACKAGES} packages", "split the file")
            return found
    raise CasemateError(text.path, "is in no lock format that we read", f"there is {', '.join(shelf.names(SHELF))}")


def _opened(path: Path, root: Path, shown: str) -> Text:
    data = files.read(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(shown, f"is larger than {MAX_BYTES // 1_000_000} MB", "name a smaller file")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        raise CasemateError(shown, f"is not UTF-8 at byte {e.start}", "save it as UTF-8") from None

    def follow(name: str, at: Where) -> Text:
        inner = path.parent / name
        if not inside(inner, root):
            raise CasemateError(at, f"includes {name[:80]!r}, outside the project", "include files of the project only")
        if files.kind(inner) is None:
            raise CasemateError(at, f"includes {name[:80]!r}, which is not there", "check the path")
        return _opened(inner, root, _shown(inner, root))

    return Text(shown, text, follow)


def inside(path: Path, root: Path) -> bool:
    """Whether a path, links followed, lies in the folder."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a loop of links
        return False


def _shown(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError, RuntimeError):
        return path.as_posix()


def strong(digest: Any) -> bool:
    """Whether `sha256:...` is a whole digest of a kind that nobody can forge."""
    kind, sign, value = digest.partition(":") if isinstance(digest, str) else ("", "", "")
    return bool(sign) and len(value) == STRONG.get(kind) and _HEX.fullmatch(value) is not None


def all_strong(digests: Iterable[Any]) -> bool:
    """Whether there is one and all are strong."""
    found = list(digests)
    return bool(found) and all(strong(d) for d in found)


def lock(text: Text, format: str, packages: Iterable[Package], **rest: Any) -> Lock:
    """A Lock with the text's path and digest. One index more than one makes it mixed."""
    kept = tuple(packages)
    indexes = tuple(sorted({p.url for p in kept if p.source == "index" and p.url}))
    given: dict[str, Any] = {"indexes": indexes, "mixed": len(indexes) > 1} | rest
    return Lock(text.path, format, of_text(text.text), kept, **given)
