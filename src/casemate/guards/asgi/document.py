"""JSON from strangers: read strictly, looked into by path, written in one way.

The application is shown what was read here, written anew, never the bytes that came: two readers that differ on
repeated keys, on NaN or on the encoding would let a row pass that no guard has seen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn


class Unreadable(ValueError):
    """It is no JSON, or nothing is at the path."""


def read(body: bytes) -> Any:
    """The document. Raises Unreadable for what is no JSON of the standard, or holds a key twice."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_never)
    except (ValueError, RecursionError):
        raise Unreadable("the body is no JSON that we can read") from None


def written(document: Any) -> bytes:
    """The document as ASCII. Raises Unreadable for NaN and for what JSON has not."""
    try:
        return json.dumps(document, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        raise Unreadable("the document cannot be written as JSON") from None


def at(document: Any, path: Sequence[str]) -> Any:
    """What stands at the path. Raises Unreadable where there is nothing."""
    for key in path:
        if not isinstance(document, dict) or key not in document:
            raise Unreadable(f"nothing stands at {'.'.join(path)}")
        document = document[key]
    return document


def put(document: Any, path: Sequence[str], value: Any) -> Any:
    """The document with another value at a path that is there."""
    if not path:
        return value
    return {**document, path[0]: put(document[path[0]], path[1:], value)}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _never(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
