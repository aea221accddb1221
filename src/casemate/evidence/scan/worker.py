"""The process that inspects: chunks of paths come in, one line for each goes out. It dies alone when a file kills it.

First comes a line with the orders and goes `ready`. Then each line is a JSON list of
[path, whether it is a part of a folder]. The end of the input is
the end of the process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress

from casemate.evidence.scan.record import line, of_path


def main() -> None:
    """Inspect until nothing more comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us decides when to stop
    orders = json.loads(sys.stdin.buffer.readline())
    allowed = frozenset((module, name) for module, name in orders["allowed"])
    with suppress(BrokenPipeError):
        _say("ready")
        for chunk in sys.stdin.buffer:
            for path, part in json.loads(chunk):
                _say(line(of_path(path, allowed, orders["strict"], part)))
    os._exit(0)  # the end of Python would flush into a pipe that may be gone


def _say(text: str) -> None:
    sys.stdout.buffer.write(text.encode("ascii") + b"\n")
    sys.stdout.buffer.flush()
