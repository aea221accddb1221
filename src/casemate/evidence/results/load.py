"""From a file to Results: bounded, by content, with the reader that recognises it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casemate.core import files, shelf
from casemate.core.errors import CasemateError, Refused, Where
from casemate.evidence.results.result import MOST, Results, Unreadable

SHELF = "evidence/results/readers"
MAX_BYTES = 64_000_000  # a SARIF file that GitHub takes has at most 10 MB
MAX_PARTS = 5_000_000  # lists, mappings and commas; 64 MB of empty lists would take 1.5 GB


def load(path: Path) -> Results:
    """The results in a file. Fails with CasemateError."""
    data = files.read(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(str(path), f"is larger than {MAX_BYTES // 1_000_000} MB", "give the results of fewer things")
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise Refused(str(path), f"has more than {MAX_PARTS:,} parts", "give the results of fewer things")
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
    """One JSON value, or a list of those that stand on a line each."""
    no_json = CasemateError(path, "is no JSON", "let the tool write JSON or SARIF")
    try:
        text = data.decode("utf-8-sig")
    except ValueError:
        raise no_json from None
    try:
        return _value(text)
    except (ValueError, RecursionError):
        first, _, rest = text.partition("\n")
    if not rest.strip() or not first.startswith("{") or first.strip() == "{":
        raise no_json
    return [_line(line, number, path) for number, line in enumerate(_lines(text, path), 1) if line.strip()]


def _lines(text: str, path: str) -> list[str]:
    if text.count("\n") > MOST:
        raise Refused(path, f"has more than {MOST} lines", "give the results of fewer things")
    return text.split("\n")


def _line(line: str, number: int, path: str) -> Any:
    try:
        return _value(line)
    except (ValueError, RecursionError):
        todo = "the run may have been cut short: run the tool again"
        raise CasemateError(Where(path, number, 1), "is no JSON", todo) from None


def _value(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_no_twins)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers take different ones of two equal keys: the flaws of the one are not in the other."""
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError
    return out
