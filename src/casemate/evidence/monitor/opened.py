"""What somebody named, opened: the files of a log, sketches among them, and a reference in any of its three forms.

A folder stands for the files in it, sorted by name, hidden ones left out. A file that begins with our mark is a sketch
or a reference that was kept; everything else is a log or a table, told by its content.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.monitor import log, reference, sketch_file
from casemate.evidence.monitor.codec import LARGEST, MAGIC
from casemate.evidence.monitor.mapping import Mapping_
from casemate.evidence.monitor.reference import Reference
from casemate.evidence.monitor.run import learnt
from casemate.evidence.monitor.sketch import Sketch
from casemate.evidence.monitor.sketch_spec import NumericSpec, Spec

MOST = 100_000  # files of a log


@dataclass(frozen=True, slots=True)
class How:
    """How logs are read, and what a reference that is learnt now calls low, its windows in hours, and its seed."""

    mapping: Mapping_ | None = None
    reader: str | None = None
    below: float = 0.6
    hours: int = 24
    seed: int = 0


def numbers_of(how: Spec) -> frozenset[str]:
    """Columns that a reference counts as numbers, as a log names them: some words of garbage change nothing there."""
    spec = {name for name, column in how.columns if isinstance(column, NumericSpec)}
    found = {name.removeprefix("f.") for name in spec if name.startswith("f.")} - {"prediction", "label"}
    return frozenset(
        found | ({"prediction", "label"} if "prediction" in spec and "f.prediction" not in spec else set())
    )


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant. `CasemateError` for what is not there, and for more than `MOST`."""
    out: list[Path] = []
    for path in paths:
        out += _below(path) if files.kind(path) == "folder" else [path]
    if len(out) > MOST:
        raise CasemateError("log", f"{len(out):,} files are too many for one run", "give fewer, or merge sketches")
    return out


def _below(folder: Path) -> list[Path]:
    try:
        found = [p for p in sorted(folder.rglob("*")) if not _hidden(p.relative_to(folder)) and files.kind(p) == "file"]
    except OSError as e:
        raise CasemateError(str(folder), f"cannot be listed ({e.strerror})", "check its permissions") from None
    if not found:
        raise CasemateError(str(folder), "has no files", "name the files of the log")
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def parted(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Logs and sketches."""
    logs: list[Path] = []
    sketches: list[Path] = []
    for path in paths:
        (sketches if ours(path) else logs).append(path)
    return logs, sketches


def ours(path: Path) -> bool:
    """Whether a file is one that the monitor wrote."""
    return files.kind(path) == "file" and files.read(path, len(MAGIC)) == MAGIC


def sketch_of(path: Path) -> Sketch:
    """The sketch that a file holds. Raises CasemateError."""
    return sketch_file.from_bytes(files.read(path, LARGEST + 1), str(path))


def reference_of(path: Path, how: How) -> Reference:
    """A reference that was kept, or one learnt now from a log, a folder of logs or a table. Raises CasemateError."""
    if ours(path):
        return reference.from_bytes(files.read(path, LARGEST + 1), str(path))
    chunks = log.open_log(files_of([path]), how.mapping, how.reader)
    return learnt(chunks, str(path), how.below, how.hours, how.seed)
