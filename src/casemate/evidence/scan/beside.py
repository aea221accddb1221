"""A file of a folder that says nothing of itself, where an ONNX model beside or above it takes its tensors from there.

The model says where its tensors lie, and its runtime reads them as numbers, whatever they are. So such a file is data
if it is as long as the model needs; a pickle or an archive in it is walked all the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.scan.descend import RAW
from casemate.evidence.scan.inspect import inspect
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.report import Scan

ABOVE = 3  # folders between a tensor's file and its model
MODELS = 20  # of one folder that are asked


def accounted(path: str, scan: Scan, allowed: Allow) -> Scan | None:
    """The inspection of a file as data, where a model needs it and it is long enough; None where none does."""
    place = Path(path)
    for folder in list(place.parents)[:ABOVE]:
        name = place.relative_to(folder).as_posix()
        if any(0 < _outside(*model).get(name, 0) <= scan.size for model in _models(folder)):
            found = inspect(path, allowed, RAW)
            return found if found.sha256 == scan.sha256 else None
    return None


def _models(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of change of the first models in a folder."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.path for e in entries if e.name.endswith(".onnx"))[:MODELS]
        for name in names:
            said = os.stat(name)  # noqa: PTH116 (a text from scandir)
            yield name, said.st_size, said.st_mtime_ns
    except OSError:
        return


@lru_cache(MODELS)
def _outside(model: str, size: int, changed: int) -> dict[str, int]:
    """The files that a model takes tensors from, and up to which byte."""
    try:
        scan = inspect(model)
    except CasemateError:
        return {}
    return {os.path.normpath(name): end for name, end in scan.outside} if scan.format == "onnx" else {}
