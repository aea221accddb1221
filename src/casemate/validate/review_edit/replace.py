"""A changed file in the place of the old one: whole or not at all, and only while nobody else has changed it."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.core.yamltree import MAX_BYTES


class Changed(CasemateError):
    """Somebody else changed the file since it was read; nothing was written."""


def read(path: Path) -> bytes:
    """The bytes of a file, for `replace` to compare with. Fails with CasemateError."""
    return files.read(path, MAX_BYTES + 1)


def replace(path: Path, before: bytes, after: bytes, check: Callable[[Path], None]) -> None:
    """Replace the file by `after`, if it still holds `before`.

    check: reads the new file, which stands complete beside the old one, and raises when it is not right; then the old
    one stays. Rights are kept, and a link goes on pointing at the file. Raises Changed, or CasemateError.
    """
    real = _real(path)
    try:
        with _held(real) as old:
            temporary = _staged(real, after)
            try:
                check(temporary)
                if not _same(real, old, before):
                    raise Changed(str(path), "was changed by somebody else meanwhile; nothing was written", "go on")
                temporary.replace(real)
            finally:
                with contextlib.suppress(OSError):
                    temporary.unlink()
    except OSError as e:
        raise CasemateError(str(path), f"cannot be written ({e.strerror})", "check its permissions") from None


def _real(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as e:
        why = getattr(e, "strerror", None) or "a loop of links"
        raise CasemateError(str(path), f"cannot be read ({why})", "check the path") from None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[os.stat_result]:
    """Which file it is, while a lock on it is held. Not on Windows, where an open file cannot be replaced."""
    if sys.platform == "win32":
        yield path.stat()
    else:
        with path.open("rb") as f, locked(f):
            yield os.fstat(f.fileno())


def _same(path: Path, old: os.stat_result, before: bytes) -> bool:
    """Whether the path still leads to the file that was opened, and that still holds what was read before."""
    return os.path.samestat(path.stat(), old) and files.read(path, MAX_BYTES + 1) == before


def _staged(path: Path, data: bytes) -> Path:
    """The new file beside the old one, with its rights."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        temporary.chmod(stat.S_IMODE(path.stat().st_mode))
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    return temporary


@contextlib.contextmanager
def locked(f: BinaryIO) -> Iterator[None]:
    """Hold a lock on an open file. Others who ask for it wait; it ends with the process, whatever happens."""
    if sys.platform == "win32":
        import msvcrt

        f.seek(0)
        msvcrt.locking(f.fileno(), msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            f.seek(0)
            msvcrt.locking(f.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(f, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(f, fcntl.LOCK_UN)
