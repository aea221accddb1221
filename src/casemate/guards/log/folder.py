"""The files of a log: appended to by whole lines, closed when they are large or old, never opened again.

A file is `predictions-<time>-<process>-<number>.jsonl`. What a full disk took only in part is cut off again.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path


class Folder:
    """Where lines go. Every method may raise `OSError`; then no part of a line is left behind, if the disk allows."""

    def __init__(self, folder: Path, most_bytes: int, most_seconds: float) -> None:
        self.folder, self.most_bytes, self.most_seconds = folder, most_bytes, most_seconds
        self._handle: int | None = None
        self._size, self._since, self._number = 0, 0.0, 0

    def append(self, lines: bytes, now: float) -> None:
        """Add whole lines. now: seconds since 1970."""
        if self._handle is not None and (
            self._size >= self.most_bytes or not 0 <= now - self._since < self.most_seconds
        ):
            self.close()
        if self._handle is None:
            self._open(now)
        handle = self._handle
        assert handle is not None  # noqa: S101  just opened
        try:
            written = 0
            while written < len(lines):
                written += os.write(handle, lines[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, self._size)
            raise
        self._size += len(lines)

    def keep(self) -> None:
        """Make sure that what was appended outlives the machine's fall."""
        if self._handle is not None:
            os.fsync(self._handle)

    def close(self) -> None:
        """Finish the current file."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _open(self, now: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        while True:
            self._number += 1
            name = (
                f"predictions-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}-{self._number:04}.jsonl"
            )
            try:
                self._handle = os.open(self.folder / name, flags, 0o640)
                break
            except FileExistsError:
                continue
        self._size, self._since = 0, now
