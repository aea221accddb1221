"""The digests of what a name stands for below a root: sha256 of a file, dirHash of a folder. Nothing outside is read.

dirHash is that of the in-toto specification: the sha256 of the lines that `sha256sum` prints for all files in the
order of their names. So the names count, and the listing of a folder is a file whose sha256 is the folder's digest.
Links to files inside the root are read as files; links to folders could lead in a circle and are refused.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from casemate.evidence.sign import tree

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""In a name: what would start another line of a listing, move a terminal's cursor, or cannot be written."""
MAX_NAME = 1024
FOLLOW = tree.How(follow=True)


class State(StrEnum):
    """What became of one input or output since it was recorded."""

    MATCH = "match"
    CHANGED = "changed"
    MEANWHILE = "changed during the run"
    ABSENT = "absent"
    OUTSIDE = "outside the root"
    UNREADABLE = "unreadable"
    WEAK = "weak digest"
    UNTOUCHED = "not written by the run"


BAD = frozenset({State.CHANGED, State.MEANWHILE})


class Unseen(Exception):
    """Why the bytes of a name cannot be told: a state, and words that follow the name."""

    def __init__(self, state: State, why: str) -> None:
        self.state, self.why = state, why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Print:
    """The sha256 of each file by its name; of a file itself by the name `.`, as evidence/sign/tree.py has it."""

    files: Mapping[str, str]

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.files.keys() != {"."}

    @property
    def digest(self) -> dict[str, str]:
        """The digest set of a resource descriptor."""
        return {"dirHash": dir_hash(self.files)} if self.folder else {"sha256": self.files["."]}

    @property
    def identity(self) -> str:
        """What evidence on it binds to."""
        return tree.identity(dict(self.files))


def listing(files: Mapping[str, str]) -> str:
    """The lines of `sha256sum` for a folder: digest, two spaces, name; in the byte order of the names."""
    return "".join(f"{files[name]}  {name}\n" for name in sorted(files))


def dir_hash(files: Mapping[str, str]) -> str:
    """The dirHash of a folder in hex."""
    return hashlib.sha256(listing(files).encode()).hexdigest()


def unlisted(text: str) -> dict[str, str] | None:
    """The files of a listing; None when it is none."""
    rows = [line.partition("  ") for line in text.split("\n")[:-1]]
    out = {name: digest for digest, _, name in rows}
    return out if rows and listing(out) == text else None


def inside(root: Path, name: str) -> Path:
    """The real path of a name below the root. Raises Unseen when it leads out, or nothing is there."""
    parts = name.split("/")
    if not name or len(name) > MAX_NAME or UNSEEN.search(name) or name.startswith("/") or ".." in parts:
        raise Unseen(State.OUTSIDE, "it is no name below the root")
    try:
        top, real = Path(os.path.realpath(root)), Path(os.path.realpath(root / name))
        if not real.is_relative_to(top):
            raise Unseen(State.OUTSIDE, "a link leads out of the root")
        real.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise Unseen(State.ABSENT, "it is not here") from None
    except (OSError, ValueError) as e:
        raise Unseen(State.UNREADABLE, str(getattr(e, "strerror", None) or e)) from None
    return real


Known: TypeAlias = "dict[tuple[str, Path], Print | Unseen]"
"""What was digested before, by root and real path: one that is named 20,000 times is read once."""


def taken(root: Path, name: str, known: Known | None = None) -> Print:
    """The digests of a file, or of all files of a folder, as they are now. Raises Unseen."""
    path = inside(root, name)
    if known is None:
        return _taken(root, path)
    key = (str(root), path)
    if key not in known:
        try:
            known[key] = _taken(root, path)
        except Unseen as e:
            known[key] = e
    found = known[key]
    if isinstance(found, Unseen):
        raise found
    return found


def _taken(root: Path, path: Path) -> Print:
    try:
        found = tree.listing(path)
        _fit(root, path, found)
        files = tree.digests(path, [*found.files, *found.links], FOLLOW)
    except tree.Unreadable as e:
        raise Unseen(State.UNREADABLE, str(e)) from None
    return Print(files)


def _fit(root: Path, path: Path, found: tree.Listing) -> None:
    """Refuse what cannot be read, or listed, or would be read outside the root."""
    top = Path(os.path.realpath(root))
    if found.others:
        raise Unseen(State.UNREADABLE, f"{tree.shown(found.others[0])} in it is no regular file")
    if not found.files and not found.links:
        raise Unseen(State.UNREADABLE, "there is no file in it")
    for name in (*found.files, *found.links):
        if UNSEEN.search(name):
            raise Unseen(State.UNREADABLE, f"the name {tree.shown(name)} in it holds a character that is none")
    for link in found.links:
        if not Path(os.path.realpath(path / link)).is_relative_to(top):
            raise Unseen(State.OUTSIDE, f"the link {tree.shown(link)} in it leads out of the root")
        if not tree.leads_to_file(path, link):
            raise Unseen(State.UNREADABLE, f"the link {tree.shown(link)} in it leads to no file")


def marks(root: Path, name: str) -> tuple[object, ...] | None:
    """What changes when somebody writes a file, even the same bytes; None when nothing is there."""
    try:
        path = inside(root, name)
        there = tree.listing(path)
        found = [(path if f == "." else path / f).stat() for f in (*there.files, *there.links)]
    except (Unseen, tree.Unreadable, OSError):
        return None
    return tuple((s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for s in found)
