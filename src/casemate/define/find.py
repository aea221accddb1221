"""Where system files are: `casemate.yaml` and `*.casemate.yaml` below a folder, without following links.

Folders that hold what others made are left out, as are hidden ones: a package may bring a system file of its own.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError, Refused

NAME = "casemate.yaml"
DEEP = 24  # folders in each other
MOST = 500  # system files
SEEN = 1_000_000  # names
SKIPPED = frozenset({"node_modules", "site-packages", "venv", "__pycache__"})
Found = tuple[tuple[Path, ...], tuple[CasemateError, ...]]


def systems(folder: Path) -> Found:
    """System files in the order of their paths, and folders that could not be read. Bounded, whatever is there.

    Raises CasemateError when the folder is none, Refused when it holds too much.
    """
    if files.kind(folder) != "folder":
        raise CasemateError(str(folder), "is no folder that is there", "name the folder that holds the systems")
    found: list[Path] = []
    errors: list[CasemateError] = []
    seen, todo = 0, [(str(folder), 0)]
    while todo:
        here, depth = todo.pop()
        for name, path, kind in _listed(here, errors):
            seen += 1
            if kind == "folder":
                if not name.startswith(".") and name not in SKIPPED:
                    todo += [(path, depth + 1)] if depth < DEEP else []
            elif _named(name) and kind == "file":
                found.append(Path(path))
            if len(found) > MOST or seen > SEEN:
                what = f"{MOST} system files" if len(found) > MOST else f"{SEEN:,} files"
                raise Refused(str(folder), f"holds more than {what}", "name a folder that holds less")
    return tuple(sorted(found)), tuple(errors)


def _named(name: str) -> bool:
    return name == NAME or (name.endswith(f".{NAME}") and not name.startswith("."))


def _listed(folder: str, errors: list[CasemateError]) -> list[tuple[str, str, str]]:
    """(name, path, what it is) of what lies in a folder; links are neither files nor folders."""
    try:
        with os.scandir(folder) as entries:
            return sorted((e.name, e.path, _kind(e)) for e in islice(entries, SEEN + 1))
    except OSError as e:
        errors.append(CasemateError(folder, f"cannot be read ({e.strerror})", "check its permissions"))
        return []


def _kind(e: os.DirEntry[str]) -> str:
    if e.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if e.is_file(follow_symlinks=False) else "other"
