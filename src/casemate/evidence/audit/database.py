"""The advisories on disk: `all.zip` as osv.dev exports it, a folder of OSV records, or our packed index.

A record that cannot be read might speak of any package, so one of them is enough for `whole` to be no. The digest is
that of the bytes: of the file, or of a folder's names and contents. How old the copy is, its newest record says.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.day import day
from casemate.core.digest import of_file
from casemate.core.errors import CasemateError, Refused
from casemate.core.yamltree import parse
from casemate.evidence.audit.osv import Advisory, Affected, NoRecord, advisory

MAX_RECORD = 8_000_000  # bytes; the largest of the public ones has 2 MB
MAX_RECORDS = 500_000
MAX_TOTAL = 2_000_000_000  # bytes unpacked
MAX_PACKED = 400_000_000
MAX_DEPTH = 12  # folders
PACKED = "casemate advisories 1"
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, KeyError)


@dataclass(frozen=True)
class Database:
    """Advisories that hold, by package. newest: the day of the last change in any record."""

    digest: str
    form: str
    records: int
    unread: int
    newest: date | None
    by_name: dict[str, list[tuple[Advisory, Affected]]] = field(default_factory=dict, repr=False)

    @property
    def whole(self) -> bool:
        """Whether every record was read."""
        return self.unread == 0


def load(path: Path) -> Database:
    """The advisories at a path. Fails with CasemateError when there are none."""
    found = files.kind(path)
    if found == "folder":
        return _database(path, "folder", *_folder(path))
    head = files.read(path, 4)
    digest = of_file(path) or ""
    if head[:2] == b"PK":
        return _database(path, "zip", _records(_zipped(path)), digest)
    if head[:2] == b"\x1f\x8b":
        return _packed(path, digest)
    raise CasemateError(
        str(path), "holds no advisories", "name OSV's all.zip, a folder of OSV records or our own index"
    )


def _database(path: Path, form: str, records: Iterator[Advisory | None], digest: str | list[str]) -> Database:
    by_name: dict[str, list[tuple[Advisory, Affected]]] = {}
    total = unread = 0
    newest = ""
    for found in records:
        total += 1
        if found is None:
            unread += 1
            continue
        newest = max(newest, found.modified)
        for affected in () if found.withdrawn else found.affected:
            by_name.setdefault(affected.name, []).append((found, affected))
    if total == unread:
        raise CasemateError(str(path), "holds no advisory that can be read", "copy the advisories again")
    whole = digest if isinstance(digest, str) else hashlib.sha256("".join(sorted(digest)).encode()).hexdigest()
    return Database(whole, form, total, unread, day(newest), by_name)


def _records(contents: Iterator[tuple[str, bytes | None]]) -> Iterator[Advisory | None]:
    """One for each file; None for what cannot be read. A file that is well-formed and no record is passed over."""
    for name, data in contents:
        if data is None:
            yield None
            continue
        try:
            doc = _doc(name, data)
            if not isinstance(doc, dict) or "id" not in doc or "modified" not in doc:
                continue
            yield advisory(doc)
        except (ValueError, RecursionError, CasemateError):  # NoRecord is a ValueError
            yield None


def _doc(name: str, data: bytes) -> Any:
    """YAML is read as text alone: `versions: [1.10]` stays 1.10."""
    text = data.decode("utf-8")
    return json.loads(text) if name.endswith(".json") else parse(text, name)


def _zipped(path: Path) -> Iterator[tuple[str, bytes | None]]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if e.filename.endswith((".json", ".yaml", ".yml"))]
            _bound(path, len(entries), 0)
            total = 0
            for entry in entries:
                data = _member(archive, entry)
                total += MAX_RECORD if data is None else len(data)  # as much may have been unpacked for nothing
                _bound(path, 0, total)
                yield entry.filename, data
    except BROKEN as e:
        if isinstance(e, NoRecord):
            raise
        raise CasemateError(str(path), f"is a broken zip file ({_said(e)})", "copy it again") from None


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    """The bytes of one entry, None when it is broken or too large. What the headers say of its size is not believed."""
    try:
        with archive.open(entry) as f:
            data = f.read(MAX_RECORD + 1)
    except BROKEN:
        return None
    return data if len(data) <= MAX_RECORD else None


def _bound(path: Path, count: int, total: int) -> None:
    if count > MAX_RECORDS:
        raise Refused(str(path), f"holds more than {MAX_RECORDS} records", "name one ecosystem's copy")
    if total > MAX_TOTAL:
        raise Refused(str(path), f"unpacks to more than {MAX_TOTAL // 10**9} GB", "copy it again")


def _folder(path: Path) -> tuple[Iterator[Advisory | None], list[str]]:
    """The records below a folder, links and hidden folders left out; the digests fill up while they are read."""
    digests: list[str] = []

    def contents() -> Iterator[tuple[str, bytes | None]]:
        count = total = 0
        for name in _below(path):
            data = _bytes(path / name)
            count, total = count + 1, total + (MAX_RECORD if data is None else len(data))
            _bound(path, count, total)
            digests.append(f"{name}\0{hashlib.sha256(data or b'').hexdigest()}\n")
            yield name, data

    return _records(contents()), digests


def _below(path: Path) -> Iterator[str]:
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(n for n in inner if not n.startswith("."))
        here = Path(folder).relative_to(path)
        if len(here.parts) >= MAX_DEPTH:
            inner.clear()
        for name in sorted(names):
            if name.endswith((".json", ".yaml", ".yml")) and not name.startswith("."):
                yield (here / name).as_posix()


def _bytes(path: Path) -> bytes | None:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        data = files.read(path, MAX_RECORD + 1)
    except (OSError, CasemateError):
        return None
    return data if len(data) <= MAX_RECORD else None


def _packed(path: Path, digest: str) -> Database:
    try:
        with gzip.open(path) as f:
            data = f.read(MAX_PACKED + 1)
        if len(data) > MAX_PACKED:
            raise Refused(str(path), "unpacks to more than 400 MB", "pack it again")
        doc = json.loads(data)
        if doc["form"] != PACKED:
            raise ValueError("another form")
        rows = (_unpacked(row) for row in doc["advisories"])
        found = _database(path, "packed", iter(rows), digest)
        counts = (int(doc["records"]), int(doc["unread"]), day(doc["newest"]))
    except (*BROKEN, TypeError, AttributeError, RecursionError) as e:
        raise CasemateError(str(path), f"is no index of ours ({_said(e)})", "pack it again") from None
    return Database(digest, "packed", *counts, found.by_name)


def row(a: Advisory) -> list[Any]:
    """An advisory as the index keeps it. Read back by `_unpacked`."""
    affected = [[x.name, sorted(x.versions), x.ranges, x.vague] for x in a.affected]
    return [a.id, a.modified, a.published, a.aliases, a.severity, a.summary, affected]


def _unpacked(row: Any) -> Advisory:
    key, modified, published, aliases, severity, summary, affected = row
    texts = (key, modified, published, severity, summary, *aliases)
    if not all(isinstance(t, str) for t in texts) or severity not in ("critical", "high", "medium", "low"):
        raise ValueError("a row of another form")
    return Advisory(key, modified, published, tuple(aliases), severity, summary, False, tuple(map(_part, affected)))


def _part(row: Any) -> Affected:
    name, versions, ranges, vague = row
    events = tuple(tuple((str(kind), str(at)) for kind, at in r) for r in ranges)
    if not isinstance(name, str) or any(
        kind not in ("introduced", "fixed", "last_affected", "limit") for r in events for kind, _ in r
    ):
        raise ValueError("a row of another form")
    return Affected(name, frozenset(map(str, versions)), events, bool(vague))


def _said(e: Exception) -> str:
    return " ".join(str(e).split())[:80] or type(e).__name__
