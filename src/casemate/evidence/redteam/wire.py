"""How we talk with the child process: a line of JSON, then the bytes of its arrays. Nothing is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

LONGEST = 16_000_000  # bytes of a header
LARGEST = 4_000_000_000  # bytes of one array
TYPES = {"<f8": np.dtype("<f8"), "<i8": np.dtype("<i8")}


class Broken(Exception):
    """The other side ended or said what is no message."""


def send(to: BinaryIO, head: Mapping[str, Any], *arrays: NDArray[Any]) -> None:
    """Write one message: its words, and arrays of float64 or int64."""
    kept = [np.ascontiguousarray(a, dtype="<f8" if a.dtype.kind == "f" else "<i8") for a in arrays]
    shapes = [[a.dtype.str, *a.shape] for a in kept]
    to.write(json.dumps({**head, "arrays": shapes}, ensure_ascii=True).encode() + b"\n")
    for a in kept:
        to.write(a.tobytes())
    to.flush()


def receive(frm: BinaryIO) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Read one message. Raises Broken."""
    line = frm.readline(LONGEST)
    if not line.endswith(b"\n"):
        raise Broken("ended")
    try:
        head = json.loads(line)
        return head, [_array(frm, *shape) for shape in head.pop("arrays")]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
        raise Broken(f"sent what is no message ({type(e).__name__})") from None


def _array(frm: BinaryIO, kind: str, *shape: int) -> NDArray[Any]:
    if any(not isinstance(n, int) or n < 0 for n in shape):
        raise ValueError(shape)
    size = TYPES[kind].itemsize
    for n in shape:
        size *= n
    if size > LARGEST:
        raise ValueError(size)
    data = frm.read(size)
    if len(data) != size:
        raise Broken("ended in the middle of an answer")
    return np.frombuffer(data, TYPES[kind]).reshape(shape).copy()
