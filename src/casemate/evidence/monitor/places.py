"""Where a follower stands in each file of a folder: how far it was read, and how the file is known again.

A file is the one that we know if it begins with the same bytes, has the same ones where it ended, and has the same
name, or else the same number on its disk (it was renamed). Whatever else turns up is new and is read from its
beginning; so is one that was cut back. A file that did not change is not opened. Rotation by copying and cutting back
loses what was written between our last look and the cut, which nobody can see from the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.monitor import store

GONE = 1000  # files that are no longer there and are remembered, at most
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """name: within the folder. mark: where to go on, as the reader gave it. size, changed: at the last look.

    number: of the file on its disk. begins, head: so many first bytes, and their digest. tail: that of the last ones.
    """

    name: str
    mark: int
    size: int
    changed: int
    number: int
    begins: int
    head: str
    tail: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read now, from where it is known. was: the name under which it was known, None for a new one."""

    path: Path
    place: Place
    was: str | None


def listed(folder: Path) -> list[Path]:
    """The files below a folder, oldest change first, hidden ones left out. Raises CasemateError."""
    try:
        every = [p for p in folder.rglob("*") if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
        some = [(p.stat().st_mtime_ns, str(p), p) for p in every if files.kind(p) == "file"]
    except FileNotFoundError:
        if files.kind(folder) == "folder":
            return listed(folder)  # one went away while we looked
        raise CasemateError(str(folder), "there is no such folder", "check the path") from None
    except OSError as e:
        raise CasemateError(str(folder), f"cannot be listed ({e.strerror})", "check its permissions") from None
    if len(some) > MOST:
        raise CasemateError(str(folder), f"has more than {MOST:,} files", "move old ones away")
    return [p for _, _, p in sorted(some)]


def to_read(folder: Path, known: Iterable[Place]) -> list[Found]:
    """The files that are new or have grown."""
    by_name = {p.name: p for p in known}
    by_number: dict[int, list[Place]] = {}
    for p in by_name.values():
        by_number.setdefault(p.number, []).append(p)
    out = []
    for path in listed(folder):
        try:
            found = _found(path, path.relative_to(folder).as_posix(), by_name, by_number)
        except OSError:
            continue  # it went away; when it is back it is looked at again
        if found is not None:
            out.append(found)
    return out


def _found(path: Path, name: str, by_name: dict[str, Place], by_number: dict[int, list[Place]]) -> Found | None:
    now = path.stat()
    same = by_name.get(name)
    if same is not None and (same.size, same.changed, same.number) == (now.st_size, now.st_mtime_ns, now.st_ino):
        return None
    for place in ([same] if same is not None else []) + by_number.get(now.st_ino, []):
        if now.st_size >= place.size and _same(path, place):
            return Found(path, _at(path, name, place.mark), place.name)
    return Found(path, _at(path, name, 0), None)


def _same(path: Path, place: Place) -> bool:
    return store.head(path, place.begins)[1] == place.head and store.tail(path, place.size) == place.tail


def _at(path: Path, name: str, mark: int) -> Place:
    now = path.stat()
    begins, head = store.head(path)
    tail = store.tail(path, now.st_size)
    return Place(name, mark, now.st_size, now.st_mtime_ns, now.st_ino, begins, head, tail)


def unmoved(found: Found) -> bool:
    """Whether the path still leads to the file that was found: else what was read may be of another."""
    try:
        return found.path.stat().st_ino == found.place.number and _same(found.path, found.place)
    except OSError:
        return False


def with_read(known: tuple[Place, ...], found: Found, mark: int, there: frozenset[str]) -> tuple[Place, ...]:
    """The places after a file was read up to `mark`. there: names that the folder has now."""
    new = replace(found.place, mark=mark)
    kept = {p.name: p for p in known}
    if found.was is not None and found.was in kept and kept[found.was].number == new.number:
        del kept[found.was]  # it has another name now
    kept[new.name] = new
    gone = sorted((p for p in kept.values() if p.name not in there), key=lambda p: (-p.changed, p.name))
    for p in gone[GONE:]:
        del kept[p.name]
    return tuple(sorted(kept.values(), key=lambda p: p.name))
