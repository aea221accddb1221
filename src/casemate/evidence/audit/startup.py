"""Lines of `.pth` files that Python runs at every start, before anything else. Known ones are told by their digest.

A package may list such a file, and it may be just as it was installed: that is how they are planted. So each one that
is not on our list is a finding; `known.txt` says whose the others are.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.audit.finding import Finding

MAX_BYTES = 1_000_000
KNOWN = Path(__file__).parent / "known.txt"


@cache
def known() -> dict[str, str]:
    """sha256 of a file -> whose it is."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: line.partition(" ")[2].strip() for line in lines if line and not line.startswith("#")}


def check(site: Path) -> list[Finding]:
    """What the `.pth` files of a folder of packages do at each start, worst first within a file."""
    out: list[Finding] = []
    for path in sorted(site.glob("*.pth")):
        try:
            data = files.read(path, MAX_BYTES + 1)
        except CasemateError as e:
            out.append(Finding("medium", "startup-unread", path.name, f"may run code at every start; it {e.what}"))
            continue
        if hashlib.sha256(data).hexdigest() not in known():
            out += _lines(path, data, site)
    return out


def _lines(path: Path, data: bytes, site: Path) -> list[Finding]:
    out = []
    if len(data) > MAX_BYTES:
        out.append(Finding("high", "startup-unread", path.name, "is too large to be read, and Python reads all of it"))
    for line in data[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines():
        if line.startswith(("import ", "import\t")):
            shown = " ".join(line.split())[:70]
            out.append(Finding("high", "startup-code", path.name, f"runs at every start of Python: {shown}"))
        elif line.strip() and not line.startswith("#"):
            out += _added(path, line.strip(), site)
    return out


def _added(path: Path, line: str, site: Path) -> list[Finding]:
    """A folder that a line adds to what can be imported; those inside the environment were looked at anyway."""
    where = os.path.normpath(site.absolute() / line) if "\0" not in line else line
    if Path(where).is_relative_to(site.absolute()):
        return []
    return [Finding("info", "startup-path", path.name, f"adds {where[:100]} to what is imported; nobody checked it")]
