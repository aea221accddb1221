"""The digest of a file or a folder that stands for one element: what evidence of it binds to, whoever measured."""

from __future__ import annotations

import json
import os
import re
from itertools import islice
from pathlib import Path

from casemate.core import files
from casemate.core.digest import canonical, of_file, of_value

MAX_FILES = 10_000  # and folders, of a folder that stands for one element
MAX_LISTING = 64_000_000  # bytes: names and digests of as many files, with names of some kilobytes
_END = f':"{"0" * 64}"}}'
_SHA256 = re.compile("[0-9a-f]{64}")


def digest_of(path: Path) -> str | None:
    """The sha256 of a file, or of a folder's names and digests; None when it is not there or cannot be read.

    None as well for a file whose text is what a folder's digest is taken of: it would share that folder's evidence.
    """
    found = files.kind(path)
    if found == "file":
        return None if _poses(path) else of_file(path)
    return _folder(path) if found == "folder" else None  # a device or a pipe may never end


def _folder(path: Path) -> str | None:
    """None as well for a folder without files, or with something in it that we do not read: it could change unseen.

    Links to files are followed: a model cache is made of nothing else.
    """
    try:
        inside = [p for p in islice(path.rglob("*"), MAX_FILES + 1) if p.is_symlink() or not p.is_dir()]
    except OSError:
        return None
    if not inside or len(inside) > MAX_FILES or any(files.kind(p) != "file" for p in inside):
        return None
    found = {p.relative_to(path).as_posix(): of_file(p) for p in inside}
    return None if None in found.values() else of_value(found)


def _poses(path: Path) -> bool:
    """Whether a file holds the canonical text of names and digests, as `_folder` makes it."""
    try:
        with path.open("rb") as f:
            if f.read(2) != b'{"' or f.seek(-len(_END), os.SEEK_END) > MAX_LISTING or f.read()[-2:] != b'"}':
                return False
            f.seek(0)
            text = f.read().decode("utf-8", "surrogatepass")
        doc = json.loads(text)
        return all(isinstance(d, str) and _SHA256.fullmatch(d) for d in doc.values()) and canonical(doc) == text
    except (OSError, ValueError, RecursionError):
        return False
