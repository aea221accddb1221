"""The key of pseudonyms, from a file that only its owner may read."""

from __future__ import annotations

from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.guards._pseudonym import Pseudonym

__all__ = ["Pseudonym", "from_file"]
MOST = 4096


def from_file(path: Path) -> Pseudonym:
    """With the bytes of a file as the key. `CasemateError` if it is short, or if others may read it."""
    key = files.read(path, MOST)
    if path.stat().st_mode & 0o077:
        raise CasemateError(str(path), "others than its owner may use this key", "chmod 600")
    try:
        return Pseudonym(key)
    except CasemateError as e:
        raise CasemateError(str(path), e.what, "head -c 32 /dev/urandom") from None
