"""Inspect one file: digest, format by content, imports, verdict. Nothing in it is executed.

A format is chosen by what it recognises in the bytes, never by the file's name. When several recognise a file, all of
them walk it and everything that any of them finds counts. What nobody recognises is inconclusive.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.lists import Allow, denial, judge
from casemate.evidence.scan.report import Coverage, Finding, Scan, Walk, in_order, verdict

SHELF = "evidence/scan/formats"
WHOLE = 32_000_000  # bytes; up to here a file is read in one go, above it is mapped


def inspect(path: Path, allowed: Allow = frozenset()) -> Scan:
    """What a file would import if it were loaded, and whether that is known to be harmless.

    allowed: pairs of module and dotted name that are harmless beside the built-in list; exact, and never what
    denied.txt names. Fails with CasemateError when there is no such file or it cannot be read; whatever is in it,
    there is a Scan. Time is linear in the size; memory stays below some 150 MB.
    """
    try:
        with open(path, "rb", opener=_opener) as file:
            return _scan(path, file, frozenset(allowed))
    except IsADirectoryError:
        raise CasemateError(str(path), "is a directory", "name the file in it") from None
    except FileNotFoundError:
        raise CasemateError(str(path), "there is no such file", "check the path") from None
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) else str(e)
        raise CasemateError(str(path), f"cannot be read ({why})", "check the path and its permissions") from None


def _opener(path: str, flags: int) -> int:
    """Open without waiting: a pipe that nobody writes to must not hold us."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _scan(path: Path, file: BufferedReader, also: Allow) -> Scan:
    before = os.fstat(file.fileno())
    if not stat.S_ISREG(before.st_mode):
        raise CasemateError(str(path), "is no regular file", "name a file")
    sha256 = hashlib.file_digest(file, "sha256").hexdigest() if before.st_size > WHOLE else None
    with _bytes(file, before.st_size) as data:
        scan = scan_bytes(data, sha256 or hashlib.sha256(data).hexdigest(), also)
    now = os.fstat(file.fileno())
    if sha256 is None or (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        return scan
    raise CasemateError(str(path), "changed while it was read", "inspect it when nobody writes it")


@contextmanager
def _bytes(file: BufferedReader, size: int) -> Iterator[Data]:
    """The whole of a small file in memory, a large one mapped."""
    if size <= WHOLE:
        yield file.read(size)
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped


def scan_bytes(data: Data, sha256: str, also: Allow = frozenset()) -> Scan:
    """The inspection of bytes in hand; sha256 is their digest in hex."""
    walks = {name: walk for name in shelf.names(SHELF) if (walk := _walk(name, data)) is not None}
    coverage = Coverage(max((w.walked for w in walks.values()), default=0), len(data))
    findings = {f for w in walks.values() for f in (*w.findings, *_judged(w, also))}
    if not walks:
        findings.add(_unrecognised(data))
    imports = sorted({i for w in walks.values() for i in w.imports}, key=lambda i: (i.offset, str(i)))
    return Scan(
        verdict(findings, coverage),
        "+".join(walks) or None,
        sha256,
        len(data),
        tuple(imports),
        in_order(findings),
        coverage,
    )


def _walk(name: str, data: Data) -> Walk | None:
    """What one format sees in the bytes; None when it does not recognise them. Its own failure is a finding."""
    format = shelf.member(SHELF, name)  # noqa: A001 (the shelf's word)
    try:
        walk: Walk | None = format.walk(data) if format.recognise(data) else None
    except Exception as e:  # whatever breaks in a member, the file was not read
        failed = Finding("failed", "inconclusive", f"made our {name} reader fail ({type(e).__name__}); report this", 0)
        return Walk((), (failed,), 0)
    return walk


def _judged(walk: Walk, also: Allow) -> Iterator[Finding]:
    """The findings that its imports are; where the walk vouches for nothing, only what is denied counts."""
    for found in walk.imports:
        if found.offset < walk.walked or denial(found.module, found.name):
            finding = judge(found, also)
            if finding is not None:
                yield finding


def _unrecognised(data: Data) -> Finding:
    what = "is of no format that we can read" if len(data) else "is empty"
    return Finding("unrecognised", "inconclusive", what, 0)
