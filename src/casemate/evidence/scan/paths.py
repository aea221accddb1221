"""Which files are meant: files, folders with all that is in them, patterns. Nothing is opened and nothing waits.

A link to a file is the file. A link to a folder is not followed: what it leads to is inspected where it really lies
when that was named too, and is a gap when it was not. So no circle of links can hold us. Whatever is no file
stays in the list with the reason why it cannot be inspected: nothing that was named is left out in silence.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePath

MAGIC = "*?["
OUTSIDE = "is a link to a folder outside of what was named; name that folder"


@dataclass(frozen=True, slots=True)
class Target:
    """A path to inspect, and why it cannot be; None when it can. part: it was found in a folder, not named itself."""

    path: str
    why: str | None = None
    part: bool = False


def targets(patterns: Iterable[str], names: Iterable[str] = ()) -> list[Target]:
    """All that is named, each once, sorted by path. patterns: names in which `*`, `?`, `[`, `**` stand for others."""
    given = {*(one for pattern in set(patterns) for one in _expanded(pattern)), *map(_plain, names)}
    roots = _roots(given)
    found: dict[str, Target] = {}
    for name in sorted(given):
        for target in _of(name, roots):
            if target.path not in found or not target.part:
                found[target.path] = target
    return [found[path] for path in sorted(found)]


def _plain(name: str) -> str:
    """`./a//b` is `a/b`; a NUL can be in no name and is told when the file is opened."""
    return str(PurePath(name)) if name else name


def _of(name: str, roots: frozenset[str]) -> Iterator[Target]:
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116 (a str with a NUL is told like any other)
    except (OSError, ValueError) as e:
        yield Target(name, _said(e))
        return
    if not stat.S_ISDIR(mode):
        yield _file(name, mode, part=False)
        return
    empty = True
    for target in _walk(name, roots):
        empty = False
        yield target
    if empty:
        yield Target(name, "is a folder without a file in it")


def _file(path: str, mode: int, part: bool) -> Target:
    return Target(path, None if stat.S_ISREG(mode) else "is no regular file", part)


def _said(e: Exception) -> str:
    if isinstance(e, FileNotFoundError):
        return "is not there"
    return f"cannot be read ({e.strerror if isinstance(e, OSError) else e})"


def _walk(top: str, roots: frozenset[str]) -> Iterator[Target]:
    """All below a folder. A stack, not recursion: folders may nest deeper than calls."""
    todo = [top]
    while todo:
        folder = todo.pop()
        try:
            entries = _entries(folder)
        except OSError as e:
            yield Target(folder, f"cannot be listed ({e.strerror})")
            continue
        for entry in entries:
            path = entry.name if folder == "." else entry.path
            try:  # nearly all are plain files, and that is told without another look at the disk
                mode = stat.S_IFREG if entry.is_file(follow_symlinks=False) else entry.stat().st_mode
            except OSError as e:
                yield Target(path, "is a link that leads nowhere" if entry.is_symlink() else _said(e))
                continue
            if not stat.S_ISDIR(mode):
                yield _file(path, mode, part=True)
            elif not entry.is_symlink():
                todo.append(path)
            elif not _inside(path, roots):
                yield Target(path, OUTSIDE)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return sorted(found, key=lambda e: e.name)


def _roots(names: Iterable[str]) -> frozenset[str]:
    return frozenset(os.path.realpath(n) for n in names if "\0" not in n and os.path.isdir(n))  # noqa: PTH112


def _inside(path: str, roots: frozenset[str]) -> bool:
    """Whether what a link leads to lies in a folder that was named."""
    real = PurePath(os.path.realpath(path))
    return str(real) in roots or any(str(p) in roots for p in real.parents)


# -- patterns


def _expanded(name: str) -> list[str]:
    """What a pattern stands for; itself where it is a name or stands for nothing."""
    if not any(c in name for c in MAGIC) or os.path.lexists(name):
        return [_plain(name)]
    parts = PurePath(name).parts
    first = next(i for i, part in enumerate(parts) if any(c in part for c in MAGIC))
    start = str(PurePath(*parts[:first])) if first else "."
    return sorted(_matching(start, tuple(parts[first:]))) or [_plain(name)]


def _matching(start: str, pattern: tuple[str, ...]) -> set[str]:
    """Every (folder, rest of the pattern) is looked at once, so no pattern takes long."""
    found: set[str] = set()
    todo, seen = [(start, pattern)], set()
    while todo:
        state = folder, rest = todo.pop()
        if state in seen:
            continue
        seen.add(state)
        head, *tail = rest
        if head == "**" and tail:
            todo.append((folder, tuple(tail)))
        try:
            entries = _entries(folder)
        except OSError:
            continue  # it is no folder or cannot be listed: nothing in it matches
        for entry in entries:
            path = entry.name if folder == "." else entry.path
            if head == "**":
                if entry.is_dir(follow_symlinks=False):
                    todo.append((path, rest))
                elif not tail:
                    found.add(path)
            elif fnmatchcase(entry.name, head):
                if not tail:
                    found.add(path)
                elif entry.is_dir():
                    todo.append((path, tuple(tail)))
    return found
