"""What a recipe depends on: its code, the settings beside it and the libraries that it uses, as one digest.

A cache that did not look at these handed one model's shadows to another (research on membership tools): whatever
changes here makes the shadow models anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from casemate.core import files
from casemate.core.digest import of_file, of_value

SUFFIXES = frozenset({".py", ".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".lock", ".txt"})
MOST_FILES = 2_000
LARGEST = 4_000_000  # bytes; code and settings are smaller, data have a digest of their own


def digest(recipe: str, folder: Path, versions: Mapping[str, str]) -> str:
    """Of a recipe `module:function` that lies in a folder. versions: of the libraries that it has loaded."""
    there = {p.relative_to(folder).as_posix(): of_file(p) for p in islice(_texts(folder, recipe), MOST_FILES)}
    return of_value({"recipe": recipe, "files": there, "versions": dict(versions)})


def _texts(folder: Path, recipe: str) -> Iterator[Path]:
    """Code and settings beside the module, and in its package."""
    module = recipe.partition(":")[0].split(".")
    beside = [folder.joinpath(*module[:n]) for n in range(len(module) + 1)]
    for place in beside:
        found = sorted(place.glob("*")) if files.kind(place) == "folder" else []
        yield from (p for p in found if p.suffix in SUFFIXES and files.kind(p) == "file" and _small(p))


def _small(path: Path) -> bool:
    return path.stat().st_size <= LARGEST
