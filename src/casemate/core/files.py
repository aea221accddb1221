"""Writing so that nothing is ever half-written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from casemate.core.errors import CasemateError


def write(path: Path, text: str) -> None:
    """Write a text in one step: to a temporary file beside it, then rename. Fails without leaving anything behind."""
    made = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as f:
            f.write(text)
        Path(made).chmod(0o644)
        Path(made).replace(path)
    except OSError as e:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise CasemateError(str(path), f"cannot be written ({e.strerror})", "choose another place") from None
