"""A shelf: a folder whose members are found by listing it. There is no list to edit.

A third party names a package (a folder) in an entry-point group such as `casemate.catalog.threats`;
it is read only when that shelf is used, through the same door as our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from casemate.core.errors import CasemateError, did_you_mean

HERE = Path(__file__).parent.parent


def folders(shelf: str) -> Iterator[tuple[str, Path]]:
    """(package, folder): the shelf's own, then those of installed packages in the order of their names."""
    dotted = shelf.replace("/", ".")
    yield f"casemate.{dotted}", HERE / shelf
    for point in sorted(entry_points(group=f"casemate.{dotted}"), key=lambda p: p.name):
        yield point.value, Path(next(iter(import_module(point.value).__path__)))


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
