"""Files of a follower: written whole or not at all, and known again after they were renamed.

A file is written beside its name, flushed to the disk, and renamed; then the folder is flushed, so that a name never
stands for half a file, also after the power went.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from casemate.core.errors import CasemateError

HEAD = 1024  # bytes by which a file is known again


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step. `CasemateError` if it cannot be; then the old one is as it was."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(path)
        _flush(path.parent)
    except OSError as e:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise unwritable(path, e) from None


def _flush(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a folder cannot be flushed everywhere
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unwritable(path: Path, e: OSError) -> CasemateError:
    """What is said when a disk is full, or a folder is not ours."""
    return CasemateError(str(path), f"cannot be written ({e.strerror})", "make room, or name another place")


def append(path: Path, at: int, data: bytes) -> int:
    """Put data at a place of a file that only grows, whether or not it was put there before; its new end.

    If the file is shorter than that, somebody took it away: then it begins anew.
    """
    try:
        size = path.stat().st_size if path.exists() else 0
        begin = at if size >= at else _after(path, size, data)
        with path.open("r+b" if path.exists() else "w+b") as f:
            f.seek(begin)
            f.write(data)
            f.truncate()
            f.flush()
            os.fsync(f.fileno())
        return begin + len(data)
    except OSError as e:
        raise unwritable(path, e) from None


def _after(path: Path, size: int, data: bytes) -> int:
    """Where data stands in a file that was begun anew, or its end."""
    held = path.read_bytes() if size else b""
    found = held.find(data)
    return found if found >= 0 and found + len(data) == size else size


def head(path: Path, most: int = HEAD) -> tuple[int, str]:
    """How many bytes stand at the beginning, up to `most`, and their digest."""
    with path.open("rb") as f:
        data = f.read(most)
    return len(data), hashlib.blake2b(data, digest_size=16).hexdigest()


def tail(path: Path, end: int, most: int = 256) -> str:
    """The digest of the last bytes before `end`."""
    with path.open("rb") as f:
        f.seek(max(end - most, 0))
        return hashlib.blake2b(f.read(min(end, most)), digest_size=16).hexdigest()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """As long as this lasts nobody else follows with this state. `CasemateError` if somebody does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("ab")
    except OSError as e:
        raise unwritable(folder, e) from None
    with file:
        _lock(file.fileno(), folder)
        yield


def _lock(handle: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # not everywhere; then it is up to whoever starts two
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        todo = "end it, or name another state (--state)"
        raise CasemateError(str(folder), "another process follows with this state", todo) from None
