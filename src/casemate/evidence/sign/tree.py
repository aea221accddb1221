"""The files of a model, and their digests. Links are never followed unless asked to, and nothing can make us wait.

A file that is its own model has the name `.`, as in OpenSSF Model Signing. Names are in the order of their parts, as
that specification sorts them. Small files are read one after the other, because a pool costs more than it gives;
threads share the large ones.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from casemate.core.digest import of_value

MAX_FILES = 1_000_000
MAX_DEPTH = 64  # folders in folders; model trees have fewer than 10
SMALL = 1 << 20  # bytes; below it a thread costs more than it gives
CHUNK = 1 << 20
NEW: dict[str, Callable[..., Any]] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b}
Digests: TypeAlias = "dict[str, str]"


class Unreadable(Exception):
    """Why the files of a model could not be read, with the name of the one."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies under a path, by kind; names are relative and POSIX."""

    files: tuple[str, ...]
    links: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Pipes, devices and sockets: never opened."""


@dataclass(frozen=True, slots=True)
class How:
    """How contents become digests. `shard`: every so many bytes of a file have a digest of their own."""

    algorithm: str = "sha256"
    shard: int | None = None
    follow: bool = False
    """Whether links to files are read as files."""


def parts(name: str) -> list[str]:
    """The key of the order."""
    return name.split("/")


def listing(root: Path) -> Listing:
    """Everything below a folder, or the file itself as `.`. Raises Unreadable."""
    try:
        mode = root.stat().st_mode
        if stat.S_ISREG(mode):
            return Listing((".",))
        if not stat.S_ISDIR(mode):
            raise Unreadable("it is neither a file nor a folder")
        found = list(_below(str(root)))
    except FileNotFoundError:
        raise Unreadable("there is no such file or folder") from None
    except (OSError, ValueError) as e:
        raise Unreadable(str(getattr(e, "strerror", None) or e)) from None
    by_kind: dict[str, list[str]] = {"file": [], "link": [], "other": []}
    for kind, name in found:
        by_kind[kind].append(name)
    return Listing(*(tuple(sorted(by_kind[kind], key=parts)) for kind in ("file", "link", "other")))


def _below(root: str) -> Iterator[tuple[str, str]]:
    """Kind and name of all that is no folder."""
    count, todo = 0, [("", 0)]
    while todo:
        folder, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise Unreadable(f"it has folders more than {MAX_DEPTH} deep")
        with os.scandir(f"{root}/{folder}" if folder else root) as inside:
            for e in inside:
                name = f"{folder}/{e.name}" if folder else e.name
                count += 1
                if count > MAX_FILES:
                    raise Unreadable(f"it has more than {MAX_FILES:,} files")
                if e.is_file(follow_symlinks=False):
                    yield "file", name
                elif e.is_dir(follow_symlinks=False):
                    todo.append((name, depth + 1))
                else:
                    yield ("link" if e.is_symlink() else "other"), name


def leads_to_file(root: Path, link: str) -> bool:
    """Whether a link ends at a regular file."""
    try:
        return stat.S_ISREG((root / link).stat().st_mode)
    except (OSError, ValueError):
        return False


def digests(root: Path, names: Iterable[str], how: How | None = None) -> Digests:
    """The digest in hex of each file, or of each shard (`file:start:end`), in the order given. Raises Unreadable."""
    how, names = how or How(), tuple(names)
    out: dict[str, list[tuple[str, str]]] = {}
    large, at = [], str(root)
    for name in names:
        got = _digest(at, name, how, SMALL)
        if got is None:
            large.append(name)
        else:
            out[name] = got
    out |= zip(large, _large(at, large, how), strict=True)
    return {resource: digest for name in names for resource, digest in out[name]}


def _large(root: str, names: list[str], how: How) -> Iterable[list[tuple[str, str]]]:
    def one(name: str) -> list[tuple[str, str]]:
        return _digest(root, name, how, None) or []

    workers = min(len(names), os.cpu_count() or 1, 8)
    if workers < 2:
        return [one(name) for name in names]
    from concurrent.futures import ThreadPoolExecutor  # 5 ms, which most models never need

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, names))


def _digest(root: str, name: str, how: How, below: int | None) -> list[tuple[str, str]] | None:
    """Resource names and digests of one file; None when it has `below` bytes or more."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if not how.follow and name != ".":
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        fd = os.open(root if name == "." else f"{root}/{name}", flags)
    except (OSError, ValueError) as e:
        raise Unreadable(f"{name}: {getattr(e, 'strerror', None) or e}") from None
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable(f"{name}: it is no regular file")
        if below is not None and before.st_size >= below:
            return None
        made = _read(fd, name, before.st_size, how)
        after = os.fstat(fd)
    except OSError as e:
        raise Unreadable(f"{name}: {e.strerror}") from None
    finally:
        os.close(fd)
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise Unreadable(f"{name}: it changed while it was read")
    return made


def _read(fd: int, name: str, size: int, how: How) -> list[tuple[str, str]]:
    new = NEW[how.algorithm]
    if how.shard is not None:
        return [
            (f"{name}:{start}:{min(start + how.shard, size)}", _part(fd, start, min(start + how.shard, size), new))
            for start in range(0, size, how.shard)
        ]
    if size < SMALL:
        data = os.read(fd, size + 1)  # a buffer of the largest size for each file costs more than hashing it
        if len(data) == size:
            return [(name, new_of(how.algorithm, data))]
        os.lseek(fd, 0, os.SEEK_SET)
    with open(fd, "rb", buffering=0, closefd=False) as f:
        return [(name, hashlib.file_digest(f, new).hexdigest())]


def new_of(algorithm: str, data: bytes) -> str:
    """The digest of bytes in hand, in hex."""
    made: str = NEW[algorithm](data).hexdigest()
    return made


def _part(fd: int, start: int, end: int, new: Callable[..., Any]) -> str:
    made = new()
    while start < end:
        data = os.pread(fd, min(CHUNK, end - start), start)
        if not data:
            break  # it became shorter; the caller sees that
        made.update(data)
        start += len(data)
    return str(made.hexdigest())


def identity(found: Digests) -> str:
    """One sha256 for a whole model: a file's own, or that of all names and digests, as evidence binds to it."""
    return found["."] if found.keys() == {"."} else of_value(found)


def shown(name: str) -> str:
    """A name as it may be printed: what is unseen or no text is escaped, and it is cut at 200 characters."""
    text = name if name.isprintable() else name.encode("unicode_escape", "surrogatepass").decode("ascii")
    return text if len(text) <= 200 else f"{text[:197]}..."
