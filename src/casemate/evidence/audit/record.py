"""Installed files against the digests that were written down when they were installed (RECORD).

    changed    the digest or the size is another
    missing    the file is listed and not there
    unowned    the file is there and no package lists it
    elsewhere  the list names a file outside the environment, which is not opened

RECORD itself has no signature: whoever changes a file may change the list too. What this finds is what was altered
afterwards without that care; what was bad from the start it does not find.
Bytecode is told apart: installers list it without a digest, and Python makes more of it. Bytecode that Python would
run without comparing it with its source, or that has no source, is a finding; the rest is counted as not compared.
"""

# Paths are text here: a Path object for each of 10,000 files costs as much as hashing them.
# ruff: noqa: PTH100, PTH110, PTH118, PTH119, PTH120, PTH123
from __future__ import annotations

import base64
import csv
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from casemate.evidence.audit.finding import Finding
from casemate.evidence.audit.installed import Installed

CHUNK = 1 << 20
MAX_FILE = 8_000_000_000  # bytes; the largest library of torch has 2 GB, and a sparse file could keep us for days
MAX_FILES = 2_000_000
MAX_DEPTH = 64  # folders
CODE = (".py", ".pyc", ".pyo", ".so", ".pyd", ".dll", ".dylib", ".pth", ".egg-link", ".sh", ".exe")
AT_START = frozenset({"sitecustomize.py", "usercustomize.py"})


@dataclass
class Checked:
    """What the comparison came to."""

    files: int = 0
    bytes: int = 0
    bytecode: int = 0
    """Bytecode files that were not compared with their source."""
    findings: list[Finding] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Listed:
    package: str
    digest: str | None
    size: int


def check(site: Path, prefix: Path, packages: list[Installed], known: frozenset[str]) -> Checked:
    """Compare all files of a folder of packages. known: digests of files that tools put there without a package."""
    out = Checked()
    root, outer = os.path.abspath(site), os.path.abspath(prefix)
    listed = _listed(root, outer, packages, out)
    for path, owners in listed.items():
        _compare(path, owners, root, out)
    loose = {top for p in packages if p.record is None for top in (*p.tops, *(f"{t}.py" for t in p.tops), p.notes)}
    _unowned(root, listed, loose, known, out)
    return out


def _listed(root: str, outer: str, packages: list[Installed], out: Checked) -> dict[str, list[_Listed]]:
    """Every file that a package lists, by its whole path."""
    listed: dict[str, list[_Listed]] = {}
    for p in packages:
        if p.record is None:
            out.unread.append(f"{p.name} has no list of its files that can be read")
            continue
        for name, digest, size in _rows(p, out):
            path = os.path.normpath(os.path.join(root, name)) if "\0" not in name else ""
            if not path.startswith((root + os.sep, outer + os.sep)):
                message = f"lists {name[:80]!r}, which is outside the environment"
                out.findings.append(Finding("medium", "file-elsewhere", p.name, message))
                continue
            listed.setdefault(path, []).append(_Listed(p.name, digest, size))
    return listed


def _rows(p: Installed, out: Checked) -> Iterator[tuple[str, str | None, int]]:
    """(file, digest or None, size or -1). A line that is none ends the list: what follows is unread."""
    try:
        for row in csv.reader((p.record or "").splitlines()):
            if not row or not row[0]:
                continue
            digest = row[1] if len(row) > 1 else ""
            size = int(row[2]) if len(row) > 2 and row[2].isdecimal() and len(row[2]) < 20 else -1
            yield row[0], digest or None, size
    except csv.Error:
        out.unread.append(f"the list of files of {p.name} breaks off")


def _compare(path: str, owners: list[_Listed], root: str, out: Checked) -> None:
    wanted = [o for o in owners if o.digest is not None]
    shown = os.path.relpath(path, root)
    owner = owners[0].package
    if not wanted:  # bytecode of a source, the list itself and its signatures have none
        if path.endswith(CODE) and not (path.endswith(".pyc") and _sourced(path)):
            out.findings.append(Finding("medium", "no-digest", owner, f"{shown} is code and listed without a digest"))
        return
    strong = [o for o in wanted if (o.digest or "").startswith(("sha256=", "sha384=", "sha512="))]
    if not strong:
        out.findings.append(Finding("low", "weak-digest", owner, f"{shown} has no digest that holds"))
        return
    try:
        sizes = frozenset(o.size for o in strong)
        kinds = sorted({(o.digest or "").partition("=")[0] for o in strong})
        found = _digest(path, kinds, out, sizes if -1 not in sizes else frozenset())
    except FileNotFoundError:
        out.findings.append(Finding("medium", "missing-file", owner, f"{shown} was installed and is not there"))
        return
    except OSError as e:
        out.unread.append(f"{shown} cannot be read ({e.strerror or e})")
        return
    if not any((o.digest or "").rstrip("=") in found for o in strong):
        out.findings.append(Finding("high", "changed-file", owner, f"{shown} is not as it was installed"))


def _digest(path: str, kinds: list[str], out: Checked, sizes: frozenset[int] = frozenset()) -> set[str]:
    """`sha256=...` as RECORD writes it. Raises OSError; a pipe or a device is opened without waiting and not read."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode):
            raise OSError("it is no regular file")
        if sizes and told.st_size not in sizes:
            return set()  # another size is another file; so that it need not be read, however large it was made
        if told.st_size > MAX_FILE:
            raise OSError("it is too large")
        made = [hashlib.new(kind, usedforsecurity=False) for kind in kinds]
        while chunk := os.read(handle, CHUNK):
            for digest in made:
                digest.update(chunk)
            out.bytes += len(chunk)
    finally:
        os.close(handle)
    out.files += 1
    return {f"{d.name}={base64.urlsafe_b64encode(d.digest()).decode().rstrip('=')}" for d in made}


def _unowned(root: str, listed: dict[str, list[_Listed]], loose: set[str], known: frozenset[str], out: Checked) -> None:
    """Files that no package lists, told once for each folder at the top."""
    groups: dict[str, list[str]] = {}
    for path, entry in _files(root, out):
        inside = path[len(root) + 1 :]
        top = inside.partition(os.sep)[0]
        if path in listed or top in loose:
            if inside.endswith(".pyc"):
                _bytecode(path, inside, out)
            continue
        if inside.endswith(".pyc") and _bytecode(path, inside, out):
            continue
        if not stat.S_ISREG(entry):
            message = "is neither a file nor a folder" if not stat.S_ISLNK(entry) else "is a link that no package lists"
            out.findings.append(Finding("medium", "odd-file", inside, message))
            continue
        if inside == top and _known(path, known, out):
            continue
        groups.setdefault(top, []).append(inside)
    for top, names in groups.items():
        out.findings.append(_ownerless(top, sorted(names)))


def _ownerless(top: str, names: list[str]) -> Finding:
    code = [n for n in names if n.endswith(CODE)]
    first = (code or names)[0]
    if top in AT_START:
        return Finding("high", "runs-at-start", top, "runs at every start of Python, and no package owns it")
    rest = f" and {len(names) - 1} more files here" if len(names) > 1 else ""
    sorts = "that can be imported" if code else "without code"
    severity = "medium" if code else "info"
    return Finding(severity, "unowned-file", top, f"no package owns {first}{rest} {sorts}")


def _files(root: str, out: Checked) -> Iterator[tuple[str, int]]:
    """All that is below a folder, with its kind; links are not followed, so that none can lead round in a circle."""
    stack, count = [(root, 0)], 0
    while stack:
        folder, depth = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as e:
            out.unread.append(f"{os.path.relpath(folder, root)} cannot be read ({e.strerror})")
            continue
        for entry in entries:
            count += 1
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    stack.append((entry.path, depth + 1))
                else:
                    out.unread.append(f"{os.path.relpath(entry.path, root)[:80]} is too deep")
            elif entry.is_file(follow_symlinks=False):
                yield entry.path, stat.S_IFREG
            else:
                yield entry.path, stat.S_IFLNK if entry.is_symlink() else stat.S_IFIFO
        if count > MAX_FILES:
            out.unread.append(f"there are more than {MAX_FILES} files")
            return


def _sourced(path: str) -> bool:
    """Whether bytecode is of a source: in __pycache__, where Python runs none without one, or beside it."""
    return os.path.basename(os.path.dirname(path)) == "__pycache__" or os.path.exists(path[:-1])


def _bytecode(path: str, inside: str, out: Checked) -> bool:
    """Whether this is bytecode beside its source, as Python makes it. Says so when Python would not compare the two."""
    folder, name = os.path.split(path)
    cached = os.path.basename(folder) == "__pycache__"
    source = os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py") if cached else path[:-1]
    if not os.path.exists(source):
        # Python never runs what is in __pycache__ without its source; beside it, it would.
        return cached
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as f:
            flags = f.read(16)[4:8]
    except OSError:
        return False
    if flags == b"\x01\0\0\0":  # PEP 552: by digest, and not compared
        out.findings.append(Finding("medium", "unchecked-bytecode", inside, "runs without a look at its source"))
    out.bytecode += 1
    return True


def _known(path: str, known: frozenset[str], out: Checked) -> bool:
    try:
        before = out.files, out.bytes
        found = _digest(path, ["sha256"], out)
        out.files, out.bytes = before
    except OSError:
        return False
    return bool(known & found)
