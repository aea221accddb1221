"""From a file to Results: bounded, by content, with the reader that recognises it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casemate.core import files, shelf
from casemate.core.errors import CasemateError, Refused
from casemate.evidence.results.result import Results, Unreadable

SHELF = "evidence/results/readers"
MAX_BYTES = 64_000_000  # a SARIF file that GitHub takes has at most 10 MB


def load(path: Path) -> Results:
    """The results in a file. Fails with CasemateError."""
    data = files.read(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(str(path), f"is larger than {MAX_BYTES // 1_000_000} MB", "give the results of fewer things")
    return read(data, str(path))


def read(data: bytes, path: str) -> Results:
    """The results in some bytes, by the first reader that recognises them. Fails with CasemateError."""
    doc = _json(data, path)
    for name in shelf.names(SHELF):
        reader = shelf.member(SHELF, name)
        if reader.recognise(doc):
            try:
                found: Results = reader.read(doc)
            except Unreadable as e:
                raise CasemateError(path, str(e), f"run the tool again; it was read as {name}") from None
            return found
    known = ", ".join(shelf.names(SHELF))
    raise CasemateError(path, "holds results of no tool that we know", f"give JSON; there is {known}")


def _json(data: bytes, path: str) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_twins)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise CasemateError(path, "is no JSON", "let the tool write JSON or SARIF") from None


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers take different ones of two equal keys: the flaws of the one are not in the other."""
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError
    return out
