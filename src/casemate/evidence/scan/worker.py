"""The process that inspects: chunks of paths come in, one line for each goes out. It dies alone when a file kills it.

First comes a line with the orders and goes `ready`. Then each line is a JSON list of [path, whether it is a part of
a folder]. The end of the input is the end of the process.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import time
from contextlib import suppress
from typing import IO

from casemate.evidence.scan.descend import formats
from casemate.evidence.scan.record import of_path, packed

PAUSE = 0.02  # seconds


def main() -> None:
    """Inspect until nothing more comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us decides when to stop
    source, out = os.fdopen(0, "rb"), _Out(os.fdopen(1, "wb"))  # a copy of another process may have read ahead
    orders = json.loads(source.readline())
    allowed = frozenset((module, name) for module, name in orders["allowed"])
    gc.disable()
    formats()
    gc.freeze()  # what is loaded by now stays; looking through it again and again finds nothing
    gc.enable()
    with suppress(BrokenPipeError):
        out.say("ready")
        for chunk in source:
            for path, part in json.loads(chunk):
                out.say(packed(of_path(path, allowed, orders["strict"], part)))
            out.flush()
    os._exit(0)  # the end of Python would flush into a pipe that may be gone


class _Out:
    """Lines on stdout, passed on when a few milliseconds' worth have come: a pipe costs more than a small file."""

    def __init__(self, to: IO[bytes]) -> None:
        self.to = to
        self.kept: list[str] = []
        self.last = 0.0

    def say(self, text: str) -> None:
        """One line."""
        self.kept.append(text)
        if time.monotonic() - self.last > PAUSE:
            self.flush()

    def flush(self) -> None:
        """Pass on all that was said."""
        self.to.write("".join(f"{text}\n" for text in self.kept).encode("ascii"))
        self.to.flush()
        self.kept, self.last = [], time.monotonic()
