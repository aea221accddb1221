"""File modes and owners of a component's path, as they are on this machine.

Whoever may write to a folder above, up to that of the system file, may put something else in its place. Links are not
followed: who may change what they lead to is a doubt.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from casemate.evidence.access.posix import Node, rights
from casemate.evidence.access.right import Rights

MAX_FILES = 10_000  # as in evidence.digests
_LISTS = "system.posix_acl_access"


def of_path(root: Path, path: str) -> Rights:
    """Who may do what to it. root: the folder of the system file; folders above it say nothing of the real place."""
    doubts: list[str] = []
    nodes = list(_nodes(root, path, doubts))
    found = tuple(r for r in rights(nodes) if r.who != "other" or _enterable(root, path))
    return Rights(found, whole=bool(nodes), doubts=tuple(dict.fromkeys(doubts)))


def _nodes(root: Path, path: str, doubts: list[str]) -> Iterator[Node]:
    top = root / path
    try:
        first = top.stat()
    except (OSError, ValueError) as e:
        doubts.append(f"{path}: cannot be looked at ({getattr(e, 'strerror', None) or e})")
        return
    yield _node(top, path, first, doubts)
    if stat.S_ISDIR(first.st_mode):
        yield from _inside(top, path, doubts)
    yield from _above(root, path, doubts)


def _above(root: Path, path: str, doubts: list[str]) -> Iterator[Node]:
    """The folders around it, for who may write to them alone: the sticky bit keeps others from what is not theirs."""
    for shown in (p.as_posix() for p in (Path(path), *Path(path).parents)):
        where = root / shown
        if shown != "." and where.is_symlink():
            doubts.append(f"{shown}: is a link; who may change what it leads to was not looked at")
        if shown != path:
            found = _node(where, shown, where.stat(), doubts)
            if not found.sticky:
                yield replace(found, bits=(found.bits[0] & ~4, found.bits[1] & ~4, found.bits[2] & ~4))


def _inside(top: Path, path: str, doubts: list[str]) -> Iterator[Node]:
    count = 0
    failed: Callable[[OSError], None] = lambda e: doubts.append(f"{path}: cannot be read ({e.strerror})")  # noqa: E731
    for here, folders, files in os.walk(top, onerror=failed):
        folders.sort()
        for name in sorted([*folders, *files]):
            count += 1
            if count > MAX_FILES:
                doubts.append(f"{path}: has more than {MAX_FILES:,} files; only the first ones were looked at")
                return
            found = Path(here) / name
            try:
                s = found.lstat()
            except OSError as e:
                doubts.append(f"{path}: cannot be looked at ({e.strerror})")
                continue
            if stat.S_ISLNK(s.st_mode):  # it has no mode of its own
                doubts.append(f"{path}: holds links; who may change what they lead to was not looked at")
            else:
                yield _node(found, (Path(path) / found.relative_to(top)).as_posix(), s, doubts)


def _node(where: Path, shown: str, s: os.stat_result, doubts: list[str]) -> Node:
    if _has_list(where):
        doubts.append(f"{shown}: has an access control list; export it with getfacl -R and name the file")
    m = s.st_mode
    return Node(
        shown, shown, _user(s.st_uid), _group(s.st_gid), (m >> 6 & 7, m >> 3 & 7, m & 7),
        stat.S_ISDIR(m), bool(m & stat.S_ISVTX),
    )  # fmt: skip


def _has_list(where: Path) -> bool:
    listed = getattr(os, "listxattr", None)
    try:
        return bool(listed and _LISTS in listed(where, follow_symlinks=False))
    except OSError:
        return False


def _enterable(root: Path, path: str) -> bool:
    """Whether others get through the folders between the system file and the path."""
    above = [root.joinpath(*Path(path).parts[:i]) for i in range(1, len(Path(path).parts))]
    try:
        return all(p.stat().st_mode & stat.S_IXOTH for p in above)
    except OSError:
        return True


def _user(uid: int) -> str:
    try:
        import pwd  # not on Windows

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return str(uid)


def _group(gid: int) -> str:
    try:
        import grp

        return grp.getgrgid(gid).gr_name
    except (ImportError, KeyError):
        return str(gid)
