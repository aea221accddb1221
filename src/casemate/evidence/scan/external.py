"""Tensors that ONNX keeps in other files: where they may lie, and what an entry about them may say.

The location is relative to the model and stays beside or below it. A runtime that follows anything else reads or maps
whatever file the model names (CVE-2022-25882, CVE-2024-27318, CVE-2025-51480). Whether the file there is a link is
not in the model's bytes; `beside` looks at the folder of the model.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from casemate.evidence.scan.report import Finding

KEYS = frozenset(("location", "offset", "length", "checksum", "basepath"))
MOST = 1 << 50  # bytes; no file is longer
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # and the drives of Windows
_NUMBER = re.compile(r"\d{1,20}")
_HOME = re.compile(r"~|\$|%\w+%")


def wrong(pairs: Sequence[tuple[str, str]], size: int | None) -> Iterator[tuple[str, str]]:
    """The rules that an entry breaks: id and what it does. size: what shape and type give, in bytes."""
    said = dict(pairs)
    unknown = sorted(said.keys() - KEYS)
    if unknown:
        yield "external-key", f"says {unknown[0][:100]!a} of a tensor in another file, which the format does not know"
    if len(said) < len(pairs):
        yield "external-key", "says a thing twice of a tensor in another file, and readers differ in which counts"
    yield from _location(said.get("location"))
    yield from _place(said, size)


def _location(said: str | None) -> Iterator[tuple[str, str]]:
    if not said:
        yield "external-location", "has a tensor in another file and does not say in which"
        return
    if said != said.strip() or not said.isprintable() or _HOME.match(said) or _URL.match(said) or leads_out(said):
        yield "external-location", f"takes a tensor from {said[:200]!a}, which is not a file beside the model"


def leads_out(path: str) -> bool:
    """Whether a path is absolute, or goes above where it began at any of its steps."""
    depth = 0
    for step in re.split(r"[/\\]", path):
        depth += -1 if step == ".." else step not in ("", ".")
        if depth < 0:
            return True
    return path[:1] in ("/", "\\")


def _place(said: Mapping[str, str], size: int | None) -> Iterator[tuple[str, str]]:
    numbers = {key: said[key] for key in ("offset", "length") if key in said}
    for key, value in numbers.items():
        if not _NUMBER.fullmatch(value) or int(value) > MOST:
            yield "external-place", f"takes a tensor from another file at the {key} {value[:40]!a}"
            return
    if size is not None and int(numbers.get("length", size)) != size:
        more = f"takes {numbers['length']} bytes from another file for a tensor that has {size:,}"
        yield "external-size", more


def needs(pairs: Sequence[tuple[str, str]], size: int | None) -> tuple[str, int]:
    """The file that an entry takes its tensor from, and up to which byte."""
    said = dict(pairs)
    numbers = [int(n) if _NUMBER.fullmatch(n := said.get(key, "0")) else 0 for key in ("offset", "length")]
    return said.get("location", ""), numbers[0] + (numbers[1] or size or 0)


def beside(model: Path, outside: Mapping[str, int]) -> Iterator[Finding]:
    """What is wrong with the files that a model needs. Places that lead out of its folder were told before."""
    for name, end in outside.items():
        if name and not leads_out(name):
            found = _wrong_file(model.parent, name, end)
            if found:
                yield Finding("external-file", *found, 0)


def _wrong_file(folder: Path, name: str, end: int) -> tuple[Literal["suspicious", "inconclusive"], str] | None:
    place = folder
    try:
        for part in Path(name).parts:
            place /= part
            found = place.lstat()
            if stat.S_ISLNK(found.st_mode):
                return "suspicious", f"takes tensors from {name[:200]!a}, which is a link to another file"
    except (OSError, ValueError):
        return "inconclusive", f"takes tensors from {name[:200]!a}, which is not there"
    if not stat.S_ISREG(found.st_mode):
        return "suspicious", f"takes tensors from {name[:200]!a}, which is no file"
    if found.st_nlink > 1:
        return "suspicious", f"takes tensors from {name[:200]!a}, which is another file as well (a hard link)"
    if found.st_size < end:
        return "inconclusive", f"takes {end:,} bytes from {name[:200]!a}, which has {found.st_size:,}"
    return None
