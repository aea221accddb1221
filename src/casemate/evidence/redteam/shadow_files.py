"""Answers of shadow models on disk, each in a file named by the digest of all that it depends on.

A name is a promise that nobody keeps unasked: a file is used only if it repeats its whole key, and its numbers their
digest. Otherwise the model is fitted again. Files hold one line of JSON and plain float64, so reading runs no code.
They are no defence against somebody who may write into the folder; keep it where the training data may lie.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casemate.core import files
from casemate.core.digest import canonical, of_value
from casemate.core.errors import CasemateError
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Sample

FORMAT = "casemate shadow answers 1"
MOST = 64_000_000
"""Bytes of answers in one file; larger ones are not kept."""
FILES = 1024
"""Files in one folder; beyond that nothing is added, and what is there stays."""

Key = Mapping[str, str | int]


def key(recipe: str, sample: Sample, kept: NDArray[np.bool_], seed: int, number: int, classes: int) -> Key:
    """All that the answers of one shadow model depend on."""
    return {
        "format": FORMAT,
        "recipe": recipe,
        "rows": _digest(sample.rows, "<f8"),
        "labels": _digest(sample.labels, "<i8"),
        "kept": _digest(kept, "|b1"),
        "seed": seed,
        "number": number,
        "classes": classes,
    }


def load(folder: Path, key: Key, shape: tuple[int, int]) -> Array | None:
    """The answers of this shape (n, classes); None where there are none, or none that keep their promise."""
    size = 8 * shape[0] * shape[1]
    try:
        held = files.read(_path(folder, key), 2 * min(size, MOST) + 10_000)
    except CasemateError:
        return None
    head, _, body = held.partition(b"\n")
    try:
        numbers = base64.b64decode(body.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(numbers) != size or head.decode("utf-8", "replace") != _head(key, numbers):
        return None
    found = np.frombuffer(numbers, dtype="<f8").reshape(shape).astype(np.float64)
    return None if np.isinf(found).any() else found


def save(folder: Path, key: Key, answers: Array) -> None:
    """Keep answers (n, classes), in one step. Does nothing beyond the bounds. Fails with CasemateError."""
    numbers = np.ascontiguousarray(answers, dtype="<f8").tobytes()
    path = _path(folder, key)
    if len(numbers) > MOST or (files.kind(path) is None and _full(folder)):
        return
    files.write(path, f"{_head(key, numbers)}\n{base64.b64encode(numbers).decode('ascii')}\n")


def _head(key: Key, numbers: bytes) -> str:
    return json.dumps({**key, "answers": hashlib.sha256(numbers).hexdigest()}, sort_keys=True)


def _path(folder: Path, key: Key) -> Path:
    return folder / f"{of_value(key)}.shadow"


def _full(folder: Path) -> bool:
    return sum(1 for _ in folder.glob("*.shadow")) >= FILES


def _digest(values: NDArray[np.generic], kind: str) -> str:
    """Of shape and content; every NaN counts as the same."""
    held = np.ascontiguousarray(values.astype(kind))
    if held.dtype.kind == "f":
        held[np.isnan(held)] = np.nan
    return hashlib.sha256(canonical(list(held.shape)).encode() + held.tobytes()).hexdigest()
