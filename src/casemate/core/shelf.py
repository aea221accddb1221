"""A shelf: a folder whose members are found by listing it. There is no list to edit.

A third party names a package (a folder) in an entry-point group such as `casemate.catalog.threats`;
it is read only when that shelf is used, through the same door as our own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from casemate.core.errors import CasemateError, did_you_mean

HERE = Path(__file__).parent.parent


def folders(shelf: str) -> Iterator[tuple[str, Path]]:
    """(package, folder): the shelf's own, then those of installed packages in the order of their names."""
    dotted = shelf.replace("/", ".")
    yield f"casemate.{dotted}", HERE / shelf
    if not _named(tuple(sys.path)):
        return
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=f"casemate.{dotted}"), key=lambda p: p.name):
        yield point.value, Path(next(iter(import_module(point.value).__path__)))


@cache
def _named(paths: tuple[str, ...]) -> bool:
    """Whether an installed package may name a shelf of ours: some say so, or are packed so that only Python can tell.

    To import importlib.metadata and ask it takes 15 ms, a tenth of scanning a thousand files.
    """
    if any(hasattr(f, "find_distributions") and f is not PathFinder for f in sys.meta_path):
        return True
    return any(Path(p).is_file() for p in paths) or any(b"[casemate." in _read(f) for p in paths for f in _told(p))


def _told(folder: str) -> Iterator[str]:
    """Where the packages in a folder say what they name."""
    with suppress(OSError):
        for name in os.listdir(folder or "."):  # noqa: PTH208
            if name.endswith((".dist-info", ".egg-info")):
                yield f"{folder or '.'}/{name}/entry_points.txt"
            elif name.endswith(".egg"):
                yield f"{folder or '.'}/{name}/EGG-INFO/entry_points.txt"


def _read(path: str) -> bytes:
    with suppress(OSError), open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()
    return b""


def files(shelf: str, suffix: str = ".yaml") -> list[Path]:
    """The member files of a shelf, sorted by name within each folder."""
    return [p for _, folder in folders(shelf) for p in sorted(folder.glob(f"*{suffix}"))]


def members(shelf: str) -> dict[str, str]:
    """The Python members: id (file name with hyphens) and dotted module. The first of a name wins: ours."""
    found: dict[str, str] = {}
    for package, folder in folders(shelf):
        for path in sorted(folder.glob("[!_]*.py")):
            found.setdefault(path.stem.replace("_", "-"), f"{package}.{path.stem}")
    return dict(sorted(found.items()))


def names(shelf: str) -> list[str]:
    """The ids of the Python members of a shelf."""
    return list(members(shelf))


def member(shelf: str, name: str) -> ModuleType:
    """One Python member, imported now."""
    known = members(shelf)
    if name not in known:
        raise CasemateError(shelf, f"there is no {name!r}", did_you_mean(name, known))
    return import_module(known[name])
