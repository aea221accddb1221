"""Our packed index: what an audit needs of the advisories and no more, in bytes that the same source always gives."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.audit.database import PACKED, Database, row
from casemate.evidence.audit.osv import Advisory, Affected, affects


def pack(found: Database) -> bytes:
    """The index of a database. Listed versions that a range covers anyway are left out."""
    advisories: dict[str, Advisory] = {}
    for entries in found.by_name.values():
        for a, _ in entries:
            advisories[a.id] = a
    rows = [row(replace(a, affected=tuple(map(_smaller, a.affected)))) for _, a in sorted(advisories.items())]
    doc = {
        "form": PACKED,
        "source": found.digest,
        "records": found.records,
        "unread": found.unread,
        "newest": found.newest.isoformat() if found.newest else "",
        "advisories": rows,
    }
    text = json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return gzip.compress(text.encode(), 9, mtime=0)


def _smaller(a: Affected) -> Affected:
    ranges = replace(a, versions=frozenset())
    return replace(a, versions=frozenset(v for v in a.versions if affects(ranges, v) is not True))


def write(found: Database, out: Path) -> int:
    """Write the index in one step; its size in bytes. Fails with CasemateError."""
    data = pack(found)
    temporary = out.with_name(f".{out.name}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(out)
    except OSError as e:
        temporary.unlink(missing_ok=True)
        raise CasemateError(str(out), f"cannot be written ({e.strerror})", "choose another place") from None
    return len(data)
