"""How a process for the inspection begins: as a new Python, or as a copy of this one where that is safe.

A copy has imported everything already, so it costs a millisecond where a new Python costs as much as inspecting some
hundred small files. It is safe on Linux while there is one thread: a lock that another thread holds would be held in
the copy for ever. The pool has a thread for each process that lives, so one that stands alone is a copy.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import IO, Protocol

HOME = str(Path(__file__).parents[3])
# -P and no `-m`: the folder that we stand in, which may be the hostile one, is no place to import from.
WORKER = (
    sys.executable, "-P", "-c",
    "import sys; sys.path.append(sys.argv[1]); from casemate.evidence.scan.worker import main; main()", HOME,
)  # fmt: skip
LAST = 1 << 20  # no file that is open has a number above


class Child(Protocol):
    """A process: what subprocess.Popen says of one, as far as it matters here."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where it listens."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Where it speaks."""

    def kill(self) -> None:
        """End it now."""

    def wait(self) -> int:
        """How it ended: its exit code, or a signal as a number below zero."""


def begin(command: Sequence[str]) -> Child:
    """Start a process; a copy of this one where our own worker is asked for and a copy is safe."""
    if command is WORKER and _safe():
        with suppress(OSError):  # no room for a copy: a new Python says better what is wrong
            return _Copy()
    import subprocess  # seldom needed, and some milliseconds

    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=none)  # noqa: S603


def _safe() -> bool:
    """One thread, and the three standard files are open, so that no pipe gets one of their numbers."""
    standard = None not in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    return sys.platform == "linux" and standard and threading.active_count() == 1


class _Copy:
    """A copy of this process that inspects."""

    def __init__(self) -> None:
        there, into = os.pipe()
        out, back = os.pipe()
        try:
            self.pid = os.fork()
        except OSError:
            for end in (there, into, out, back):
                os.close(end)
            raise
        if not self.pid:
            _work(there, back)
        os.close(there)
        os.close(back)
        self.stdin: IO[bytes] | None = os.fdopen(into, "wb")
        self.stdout: IO[bytes] | None = os.fdopen(out, "rb")
        self.code: int | None = None

    def kill(self) -> None:
        """End it now."""
        if self.code is None:
            os.kill(self.pid, SIGKILL)

    def wait(self) -> int:
        """How it ended."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code


def _work(there: int, back: int) -> None:
    """In the copy: inspect, with nothing open but the two pipes, and never come back."""
    try:
        os.dup2(there, 0)
        os.dup2(back, 1)
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        os.closerange(3, LAST)
        from casemate.evidence.scan.worker import main

        main()
    finally:
        os._exit(1)
