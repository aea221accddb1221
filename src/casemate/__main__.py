"""`python -m casemate` is `casemate`. Checking a passport goes past what draws the command line: it must be quick."""

from __future__ import annotations

import gc
import os
import sys


def entry() -> None:
    """Do what the command line asks for, and leave."""
    if sys.argv[1:3] == ["passport", "verify"]:
        gc.disable()
        from casemate.evidence.passport import quick

        code = quick.main(sys.argv[3:])
        if code is not None:
            os._exit(code)  # all is written, and taking the process apart takes as long as the check
    from casemate.cli import entry as door

    door()


if __name__ == "__main__":
    entry()
