"""What other tools say went into a run: names and roles, and digests that we hold against the files but never rely on.

A digest of theirs that does not fit shows that a file changed since their run. One that fits shows nothing, because
md5 and digests of some rows can be made to fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.lineage.prints import Unseen, inside
from casemate.evidence.sign.tree import shown

MAX_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class Named:
    """An input or output by the name that the tool gives. `md5` of a file's bytes and its size, where it says them."""

    role: str
    name: str
    md5: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool's file says of one run: made, inputs, and what of it cannot be used, in words."""

    made: tuple[Named, ...]
    inputs: tuple[Named, ...]
    left_out: tuple[str, ...] = ()


def told(path: Path, stage: str | None = None) -> Told:
    """What a dvc.lock, a folder of an MLflow run or its exported JSON says. Fails with CasemateError."""
    from casemate.evidence.lineage.names import dvc, mlflow

    if files.kind(path) == "folder":
        return mlflow.of_folder(path)
    reader: Callable[[], Told] = (
        (lambda: mlflow.of_json(path)) if path.suffix == ".json" else (lambda: dvc.of_lock(path, stage))
    )
    return reader()


def below(root: Path, folder: Path, of: Told) -> Told:
    """The same with names below the root, for names that start from a folder. Those that lead out are left out."""
    kept: dict[bool, list[Named]] = {True: [], False: []}
    out = list(of.left_out)
    top = root.resolve()
    for made, things in ((True, of.made), (False, of.inputs)):
        for n in things[:MAX_NAMES]:
            path = _real(folder / n.name)
            if path is None:
                out.append(f"{shown(n.name)}: it is no name of a file")
            elif path.is_relative_to(top) and path != top:
                kept[made].append(Named(n.role, path.relative_to(top).as_posix(), n.md5, n.size))
            else:
                out.append(f"{n.name[:200]}: it lies outside the root")
    return Told(tuple(kept[True]), tuple(kept[False]), tuple(out))


def _real(path: Path) -> Path | None:
    """Where a name leads; None where it is none: a NUL, half a character, a circle of links."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # UnicodeEncodeError is a ValueError
        return None


def moved_on(root: Path, named: Iterable[Named]) -> list[str]:
    """Which files are no longer what the tool saw, by its own weak digest: bad news counts, good news does not."""
    return [n.name for n in named if _differs(root, n)]


def _differs(root: Path, n: Named) -> bool:
    try:
        path = inside(root, n.name)
        if files.kind(path) != "file":
            return False
        if n.size is not None and path.stat().st_size != n.size:
            return True
        if n.md5 is None:
            return False
        with path.open("rb") as f:
            return hashlib.file_digest(f, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() != n.md5
    except (Unseen, OSError):
        return False


def bad(path: Path, what: str, todo: str) -> CasemateError:
    """The error of a file that is not what it should be."""
    return CasemateError(str(path), what, todo)
