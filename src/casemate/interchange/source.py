"""From the bytes of a stranger's file to dicts, lists and text. Bounded; JSON or YAML by how it begins.

Every scalar stays text, whatever JSON thinks of it (`true`, `1.50`): the field decides the type, as in our own files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError, Refused, Where
from casemate.core.yamltree import MAX_BYTES, decode
from casemate.interchange import anchored

TODO = "export the model again as JSON or YAML"


def read(path: Path) -> bytes:
    """The file's bytes. Fails with CasemateError when there is none or it is too large."""
    data = files.read(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(str(path), f"is larger than {MAX_BYTES // 1_000_000} MB", "split the model")
    return data


def parse(data: bytes, path: str) -> Any:
    """The document. Fails with CasemateError when it is neither JSON nor YAML, too deep or too large."""
    text = decode(data, path)
    if text.lstrip()[:1] in ("{", "["):
        return _json(text, path)
    return anchored.parse(text, path)


def _json(text: str, path: str) -> Any:
    try:
        doc = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=lambda p: _no_twins(p, path)
        )
    except json.JSONDecodeError as e:
        raise CasemateError(Where(path, e.lineno, e.colno), f"is not JSON: {e.msg}", TODO) from None
    except RecursionError:
        raise Refused(path, "is nested too deep", "flatten it") from None
    return _plain(doc, path)


def _no_twins(pairs: list[tuple[str, Any]], path: str) -> dict[str, Any]:
    """Two readers take different ones of two equal keys."""
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()
        twin = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        raise CasemateError(path, f"gives {twin[:60]!r} twice in one object", "keep one of the two")
    return out


def _plain(doc: Any, path: str) -> Any:
    """The same with true and false as text. Level by level: no nesting exhausts the stack."""
    root, nodes = [doc], 0
    level: list[Any] = [root]
    for _ in range(anchored.MAX_DEPTH + 1):
        if not level:
            return root[0]
        inner: list[Any] = []
        for box in level:
            nodes += len(box)
            for key, value in list(box.items() if isinstance(box, dict) else enumerate(box)):
                if isinstance(value, bool):
                    box[key] = "true" if value else "false"
                elif isinstance(value, dict | list):
                    inner.append(value)
        if nodes > anchored.MAX_NODES:
            raise Refused(path, f"holds more than {anchored.MAX_NODES:,} values", "split the model")
        level = inner
    raise Refused(path, f"is nested deeper than {anchored.MAX_DEPTH}", "flatten it")
