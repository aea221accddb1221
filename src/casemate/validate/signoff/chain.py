"""The record of sign-offs: lines are added under a lock and never changed; each names the digest of the one before.

A chain shows that a line within it was edited, taken out or put in. It cannot show that its last lines are gone: for
that, keep its `head` elsewhere (a passport holds it, and so does every commit of the repository).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError, Refused, Where
from casemate.evidence.sign.keys import Private, Public
from casemate.validate.review_edit.replace import locked
from casemate.validate.signoff.entry import FIRST, MAX_LINE, Entry, Wrong, line, parsed

__all__ = ["Chain", "Entry", "append", "path_of", "read"]

MAX_BYTES = 20_000_000  # 20,000 sign-offs and more
MOST = 100  # broken links that are named


@dataclass(frozen=True, slots=True)
class Chain:
    """The entries in their order, and what is wrong with it, as `path:line: what; what to do`."""

    entries: tuple[Entry, ...] = ()
    broken: tuple[str, ...] = ()
    head: str = FIRST
    """The sha256 of the last line; 64 zeros of an empty record."""


def path_of(system_file: Path) -> Path:
    """Where the sign-offs of a system file are kept."""
    return system_file.parent / "reviews" / "signoffs.jsonl"


def read(path: Path, keys: Iterable[Public] = ()) -> Chain:
    """The record at a path; an empty one where there is none. Raises CasemateError when it cannot be read at all."""
    if files.kind(path) is None and not path.is_symlink():
        return Chain()
    return chain_of(files.read(path, MAX_BYTES + 1), str(path), keys)


def chain_of(data: bytes, path: str, keys: Iterable[Public] = ()) -> Chain:
    """The record that these bytes hold."""
    if len(data) > MAX_BYTES:
        raise Refused(path, f"is larger than {MAX_BYTES // 1_000_000} MB", "name the record of sign-offs")
    keys = tuple(keys)
    lines = data.split(b"\n")
    cut = lines.pop()
    entries: list[Entry] = []
    broken: list[str] = []
    lost = False  # the line before could not be read, and that is said already
    for number, one in enumerate(lines, 1):
        before = lines[number - 2] if number > 1 else None
        try:
            found = parsed(one, keys)
        except Wrong as e:
            broken.append(_told(path, number, str(e), "restore the line from the repository's history"))
            lost = True
            continue
        link = None if lost else _link(found, before, entries)
        lost = False
        if link:
            broken.append(_told(path, number, *link))
        entries.append(found)
    if cut:
        broken.append(_told(path, len(lines) + 1, "is cut off", "take the unfinished line out, and sign again"))
    return Chain(tuple(entries), tuple(broken[:MOST]), _digest(lines[-1]) if lines else FIRST)


def _told(path: str, number: int, what: str, todo: str) -> str:
    return str(CasemateError(Where(path, number, 1), what, todo))


def _link(e: Entry, before: bytes | None, entries: list[Entry]) -> tuple[str, str] | None:
    """What is wrong between an entry and the line before it."""
    if e.previous == (FIRST if before is None else _digest(before)):
        place = entries[-1].number + 1 if entries else 1
        return None if e.number >= place else ("has a number that was used before", "sign again")
    last = entries[-1].number if entries else 0
    restore = "restore it from the repository's history"
    if any(x.previous == e.previous for x in entries):
        return "follows the same entry as a line above: two signed apart", "take this line out, and sign again"
    if e.number == last + 2:
        return f"follows entry {last + 1}, which is missing", restore
    if e.number > last + 2:
        return f"follows entries {last + 1} to {e.number - 1}, which are missing", restore
    if e.number == last + 1 and before is not None:
        return f"follows another entry {last} than the line before it, which was edited or replaced", restore
    return f"is entry {e.number}, out of its order", restore


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def append(
    path: Path, make: Callable[[Chain], Entry], key: Private | None = None, keys: Iterable[Public] = ()
) -> Entry:
    """Add one entry. Others who sign at the same time wait for the lock, and follow this entry.

    make: the entry, from the record as it is under the lock; its number and link are set here. Raises CasemateError,
    also for a broken record: nobody signs on top of that.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if files.kind(path) not in ("file", None):
            raise CasemateError(str(path), "is no regular file", "move it away")
        with os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0) as f, locked(f):
            f.seek(0)
            found = chain_of(_all(f.fileno()), str(path), keys)
            if found.broken:
                raise CasemateError(
                    Where(str(path)), "is broken, and nobody signs on top of that", "casemate review verify"
                )
            number = found.entries[-1].number + 1 if found.entries else 1
            entry = replace(make(found), number=number, previous=found.head)
            _write(f.fileno(), line(entry, key))
            return entry
    except OSError as e:
        raise CasemateError(str(path), f"cannot be written ({e.strerror})", "check the folder and its rights") from None


def _all(handle: int) -> bytes:
    out = bytearray()
    while len(out) <= MAX_BYTES and (piece := os.read(handle, 1 << 20)):
        out += piece
    return bytes(out)


def _write(handle: int, data: bytes) -> None:
    """The whole line or nothing of it."""
    if len(data) > MAX_LINE:
        raise CasemateError("--note", "is too long", "say it in fewer words")
    size = os.fstat(handle).st_size
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise
