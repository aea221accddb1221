"""Notebooks of Jupyter as Python: the code of their cells, each line where it stands in the file. Outputs are not read.

Commands of the notebook itself (`%matplotlib`, `!pip install`) are left out, and so are cells of other languages and
cells that are not Python. Source: nbformat 4, https://nbformat.readthedocs.io, section "The Notebook file format".
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from casemate.discover.repository import Repository
from casemate.discover.sighting import Unread

MOST = 8_000_000  # bytes; most of a large one are pictures
MOST_CELLS = 2_000
COMMAND = re.compile(r"^([ \t]*)[%!?].*", re.MULTILINE)
OTHER = re.compile(r"\s*%%(?!time|capture|prun)")


def text(repo: Repository, path: str) -> str | Unread:
    """The code of a notebook, with empty lines in the place of all else, so that a line of it is a line of the file."""
    if repo.files[path].size > MOST:
        return Unread(path, f"is larger than {MOST // 1_000_000} MB")
    data = repo.whole(path)
    if isinstance(data, Unread):
        return data
    try:
        whole = bytes(data).decode("utf-8-sig")
        cells = list(_cells(json.loads(whole)))
    except (ValueError, RecursionError):
        return Unread(path, "is no notebook that we read")
    return _placed(whole.split("\n"), [c for c in cells if _python("".join(c))])


def _cells(doc: Any) -> Iterator[list[str]]:
    """The lines of each cell of code, in their order."""
    found = doc.get("cells") if isinstance(doc, dict) else None
    for cell in found[:MOST_CELLS] if isinstance(found, list) else ():
        source = cell.get("source") if isinstance(cell, dict) and cell.get("cell_type") == "code" else None
        lines = source.splitlines(keepends=True) if isinstance(source, str) else source
        if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            yield lines


def _python(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("" if OTHER.match(code) else _plain(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not OTHER.match(code)


def _plain(code: str) -> str:
    return COMMAND.sub(r"\1pass", code)


def _placed(file: list[str], cells: list[list[str]]) -> str:
    """Each line of code on the line of the file that holds it; behind the one before where none does."""
    places: dict[str, list[int]] = {}
    for i, written in enumerate(file):
        places.setdefault(written.strip().removesuffix(","), []).append(i)
    out: list[str] = []
    for line in (line for cell in cells for line in cell):
        found = min((i for form in _written(line) if (i := _after(places.get(form, []), len(out))) >= 0), default=-1)
        out += [""] * (found - len(out))
        out.append(_plain(line.rstrip("\n")).replace("\n", " "))
    return "\n".join(out) + "\n"


def _written(line: str) -> tuple[str, str]:
    """How a line of code may stand in the file."""
    return json.dumps(line), json.dumps(line, ensure_ascii=False)


def _after(places: list[int], at: int) -> int:
    """The first place that is not before another; -1 where there is none."""
    i = bisect_left(places, at)
    return places[i] if i < len(places) else -1
