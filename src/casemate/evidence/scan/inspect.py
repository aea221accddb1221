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
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import PART, Descend, Role, inspect_part
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.report import Import, Scan, in_order, verdict

WHOLE = 32_000_000  # bytes; up to here a file is read in one go, above it is mapped
# A pipe that nobody writes to must not hold us, and no program that is started meanwhile inherits the file.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def inspect(path: Path | str, allowed: Allow = frozenset(), role: Role = PART) -> Scan:
    """What a file would import if it were loaded, and whether that is known to be harmless.

    allowed: pairs of module and dotted name that are harmless beside the built-in list; exact, and never what
    denied.txt names. role: how whoever names the file reads it. Fails with CasemateError when there is no such file or
    it cannot be read; whatever is in it, there is a Scan. Time is linear in the size; memory stays below some 150 MB.
    """
    try:
        number = os.open(path, _FLAGS)
        try:
            scan = _scan(path, number, frozenset(allowed), role)
        finally:
            os.close(number)
        return _with_files(Path(path), scan) if scan.outside else scan
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


def _scan(path: Path | str, number: int, also: Allow, role: Role) -> Scan:
    """The scan of an open file, by its number."""
    before = os.fstat(number)
    if stat.S_ISDIR(before.st_mode):
        raise CasemateError(str(path), "is a directory", "name the file in it")
    if not stat.S_ISREG(before.st_mode):
        raise CasemateError(str(path), "is no regular file", "name a file")
    if before.st_size <= WHOLE:
        data = _read(number, before.st_size)
        return scan_bytes(data, hashlib.sha256(data).hexdigest(), also, role)  # its bytes were read once
    scan = _mapped(number, also, role)
    now = os.fstat(number)
    if (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        return scan
    raise CasemateError(str(path), "changed while it was read", "inspect it when nobody writes it")


def _mapped(number: int, also: Allow, role: Role) -> Scan:
    """The scan of a large file: its digest from what is read, the rest from what is mapped."""
    with open(number, "rb", buffering=0, closefd=False) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return scan_bytes(
        mmap.mmap(number, 0, access=mmap.ACCESS_READ), sha256, also, role
    )  # goes with the last window on it


def _read(number: int, size: int) -> bytes:
    """So many bytes, or all that there are."""
    read = os.read(number, size)
    while len(read) < size and (more := os.read(number, size - len(read))):
        read += more
    return read


def scan_bytes(data: Data, sha256: str, also: Allow = frozenset(), role: Role = PART) -> Scan:
    """The inspection of bytes in hand; sha256 is their digest in hex."""
    top = Descend.top(data, also)
    pad = top.pad
    format = inspect_part(top, data, role)  # noqa: A001 (the shelf's word)
    coverage = pad.coverage()
    findings = in_order((*pad.findings, *pad.more.values())) if pad.findings else ()
    imports = tuple(sorted(pad.imports.values(), key=_place))
    outside = tuple(sorted(pad.outside.items())) if pad.outside else ()
    return Scan(verdict(findings, coverage), format, sha256, len(data), imports, findings, coverage, outside)


def _place(i: Import) -> tuple[str, int, str, str]:
    return i.where, i.offset, i.module or "", i.name or ""
