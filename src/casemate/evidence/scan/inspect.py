"""Inspect one file: digest, format by content, imports, verdict. Nothing in it is executed.

A format is chosen by what it recognises in the bytes, never by the file's name. When several recognise a file, all of
them walk it and everything that any of them finds counts. What nobody recognises is inconclusive. Containers hand
their parts to descend.py, which inspects each in the same way.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from dataclasses import replace
from io import FileIO
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import PART, Descend, Role, inspect_part
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.report import Scan, in_order, verdict

WHOLE = 32_000_000  # bytes; up to here a file is read in one go, above it is mapped


def inspect(path: Path | str, allowed: Allow = frozenset(), role: Role = PART) -> Scan:
    """What a file would import if it were loaded, and whether that is known to be harmless.

    allowed: pairs of module and dotted name that are harmless beside the built-in list; exact, and never what
    denied.txt names. role: how whoever names the file reads it. Fails with CasemateError when there is no such file or
    it cannot be read; whatever is in it, there is a Scan. Time is linear in the size; memory stays below some 150 MB.
    """
    try:
        with FileIO(path, opener=_opener) as file:
            scan = _scan(path, file, frozenset(allowed), role)
        return _with_files(Path(path), scan) if scan.outside else scan
    except IsADirectoryError:
        raise CasemateError(str(path), "is a directory", "name the file in it") from None
    except FileNotFoundError:
        raise CasemateError(str(path), "there is no such file", "check the path") from None
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) else str(e)
        raise CasemateError(str(path), f"cannot be read ({why})", "check the path and its permissions") from None


def _with_files(path: Path, scan: Scan) -> Scan:
    """A scan with what is wrong with the files beside it that it needs."""
    from casemate.evidence.scan import external

    findings = in_order((*scan.findings, *external.beside(path, dict(scan.outside))))
    return replace(scan, findings=findings, verdict=verdict(findings, scan.coverage))


def _opener(path: str, flags: int) -> int:
    """Open without waiting: a pipe that nobody writes to must not hold us."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _scan(path: Path | str, file: FileIO, also: Allow, role: Role) -> Scan:
    before = os.fstat(file.fileno())
    if not stat.S_ISREG(before.st_mode):
        raise CasemateError(str(path), "is no regular file", "name a file")
    sha256 = hashlib.file_digest(file, "sha256").hexdigest() if before.st_size > WHOLE else None
    data = _bytes(file, before.st_size)
    scan = scan_bytes(data, sha256 or hashlib.sha256(data).hexdigest(), also, role)
    if sha256 is None:
        return scan  # its bytes were read once
    now = os.fstat(file.fileno())
    if (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        return scan
    raise CasemateError(str(path), "changed while it was read", "inspect it when nobody writes it")


def _bytes(file: FileIO, size: int) -> Data:
    """The whole of a small file in memory, a large one mapped."""
    if size <= WHOLE:
        return _read(file, size)
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # goes with the last window on it


def _read(file: FileIO, size: int) -> bytes:
    """So many bytes, or all that there are."""
    read = file.read(size)
    while len(read) < size and (more := file.read(size - len(read))):
        read += more
    return read


def scan_bytes(data: Data, sha256: str, also: Allow = frozenset(), role: Role = PART) -> Scan:
    """The inspection of bytes in hand; sha256 is their digest in hex."""
    top = Descend.top(data, also)
    pad = top.pad
    format = inspect_part(top, data, role)  # noqa: A001 (the shelf's word)
    coverage = pad.coverage()
    findings = in_order((*pad.findings, *pad.more.values()))
    imports = sorted(pad.imports.values(), key=lambda i: (i.where, i.offset, str(i)))
    outside = tuple(sorted(pad.outside.items()))
    return Scan(verdict(findings, coverage), format, sha256, len(data), tuple(imports), findings, coverage, outside)
