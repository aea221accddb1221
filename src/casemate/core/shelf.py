"""A shelf: a folder whose members are found by listing it. There is no list to edit.

A third party names a folder in the entry-point group `casemate.<shelf>`; it is read only when that shelf is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent.parent


def folders(shelf: str) -> Iterator[Path]:
    """The shelf's own folder (`evidence/scan/formats`), then those of installed packages, in order of their names."""
    yield HERE / shelf
    for point in sorted(entry_points(group="casemate." + shelf.replace("/", ".")), key=lambda p: p.name):
        found = import_module(point.value).__path__
        yield Path(next(iter(found)))


def files(shelf: str, suffix: str = ".yaml") -> list[Path]:
    """The member files of a shelf, sorted by name within each folder."""
    return [p for folder in folders(shelf) for p in sorted(folder.glob(f"*{suffix}"))]


def names(shelf: str) -> list[str]:
    """The ids of the Python members of a shelf: file names with hyphens."""
    return sorted(p.stem.replace("_", "-") for p in files(shelf, ".py") if not p.stem.startswith("_"))


def member(shelf: str, name: str) -> ModuleType:
    """One Python member, imported now. Its id must come from `names`."""
    return import_module("casemate." + shelf.replace("/", ".") + "." + name.replace("-", "_"))
