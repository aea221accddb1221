"""New files, never over others: all are complete before the first takes its name; one name that is taken stops all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from casemate.core.errors import CasemateError


def write(texts: Mapping[Path, str]) -> None:
    """Write each text to a file that is not there yet; all or none. Fails with CasemateError."""
    for path in texts:
        if os.path.lexists(path):
            raise _taken(path)
    staged: list[tuple[str, Path]] = []
    made: list[Path] = []
    try:
        for path, text in texts.items():
            staged.append((_staged(path, text), path))
        for temporary, path in staged:
            _name(temporary, path)
            made.append(path)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
    finally:
        for temporary, _ in staged:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _staged(path: Path, text: str) -> str:
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        with os.fdopen(handle, "wb") as f:
            f.write(text.encode("utf-8", "backslashreplace"))
        mask = os.umask(0o077)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
    except OSError as e:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise CasemateError(str(path), f"cannot be written ({e.strerror})", "choose another place") from None
    return temporary


def _name(temporary: str, path: Path) -> None:
    """Give a finished file its name; a link, unlike a rename, fails where somebody was faster."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as e:
        raise CasemateError(str(path), f"cannot be written ({e.strerror})", "choose another place") from None


def _taken(path: Path) -> CasemateError:
    return CasemateError(str(path), "is there already", "choose another name, or move it away; nothing is overwritten")
