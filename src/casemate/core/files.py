"""Reading so that nothing hangs, writing so that nothing is ever half-written.

Only regular files are read or replaced: a pipe or a device may never end, and renaming over /dev/null takes it away.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from casemate.core.errors import CasemateError

Kind = Literal["file", "folder", "other"]


def kind(path: Path) -> Kind | None:
    """What stands at a path, links followed; None when nothing does or it cannot be told. Opens nothing."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def read(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file. Fails with CasemateError when there is none."""
    shown = str(path)
    found = kind(path)
    if found == "folder":
        raise CasemateError(shown, "is a directory", "name the file in it")
    if found == "other":
        raise CasemateError(shown, "is no regular file", "name a file")
    try:
        with path.open("rb") as f:
            return f.read(most)
    except FileNotFoundError:
        raise CasemateError(shown, "there is no such file", "check the path") from None
    except OSError as e:
        raise CasemateError(shown, f"cannot be read ({e.strerror})", "check the path and its permissions") from None


def write(path: Path, text: str) -> None:
    """Write a text in one step: to a temporary file beside it, then rename. Fails without leaving anything behind."""
    write_all([(path, text)])


def write_all(texts: Iterable[tuple[Path, str | Iterable[str]]]) -> None:
    """Write several texts, whole or in pieces, all or none: every one is complete before the first takes its name."""
    made: list[tuple[str, Path]] = []
    try:
        for path, text in texts:
            made.append((_staged(path, text), path))
        for temporary, path in made:
            try:
                Path(temporary).replace(path)
            except OSError as e:
                raise _unwritable(path, e.strerror) from None
    finally:
        for temporary, _ in made:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _staged(path: Path, text: str | Iterable[str]) -> str:
    """A temporary file beside the path that holds the text and has the rights of any new file."""
    if kind(path) not in ("file", None):
        raise _unwritable(path, "it is no regular file")
    import tempfile  # with what it brings 3 ms, which who only reads never needs

    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        with os.fdopen(handle, "wb") as f:
            for piece in (text,) if isinstance(text, str) else text:
                f.write(piece.encode("utf-8", "backslashreplace"))
        Path(temporary).chmod(0o666 & ~_umask())
    except BaseException as e:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        if isinstance(e, OSError):
            raise _unwritable(path, e.strerror) from None
        raise
    return temporary


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(path: Path, why: str | None) -> CasemateError:
    return CasemateError(str(path), f"cannot be written ({why})", "choose another place")
