"""An audit in words, for a terminal of 80 columns, and as JSON. What matters most comes first in both."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from casemate.evidence.audit.audit import Audit
from casemate.evidence.audit.finding import SEVERITIES, Finding, counted, plain
from casemate.evidence.audit.known import EVALUATED

WIDTH = 80
SHOWN = 40  # findings of one severity in the text; the JSON has all
FORM = "casemate audit 1"


def text(a: Audit) -> str:
    """The verdict, what is missing, then the findings from the worst to the least."""
    lines = [*_wrap(verdict(a), ""), "", *_scope(a)]
    lines += [""] * bool(a.findings) + list(_findings(a))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def verdict(a: Audit) -> str:
    """One sentence that can stand alone."""
    counts = counted(a.found)
    said = ", ".join(f"{n} {s}" for s, n in counts.items())
    missing = "" if a.flaws.state == EVALUATED else f" Known flaws were {a.flaws.state}."
    if counts:
        total = len(a.found)
        return f"FOUND {total} {'thing' if total == 1 else 'things'}: {said}.{missing}"
    if a.exit:
        return f"NOT EVALUATED: nothing was found, but not everything could be told.{missing}"
    return "CLEAN: no known flaw, nothing altered, nothing careless."


def _scope(a: Audit) -> Iterator[str]:
    db = a.database
    told = f"{_many(db.records, 'advisory', 'advisories')}, newest {db.newest}, sha256 {db.digest[:12]}" if db else ""
    with_what = f"; {_many(a.flaws.compared)} compared with {told}" if db else ": no advisories"
    yield from _row("flaws", a.flaws.state + with_what)
    if a.environment:
        e = a.environment
        compared = f"{_many(e.files, 'file', 'files')} compared with their lists"
        bytecode = f", {_many(e.bytecode, 'file', 'files')} of bytecode not" if e.bytecode else ""
        yield from _row("installed", f"{_many(len(e.packages))} in {e.path}; {compared}{bytecode}")
    for lock in a.locks:
        hashed = sum(p.hashed for p in lock.packages)
        yield from _row("lock", f"{lock.path} ({lock.format}): {_many(len(lock.packages))}, {hashed} by digest")
    for why in (*a.flaws.why, *a.gaps)[:SHOWN]:
        yield from _row("not told", why)
    left = len(a.flaws.why) + len(a.gaps) - SHOWN
    if left > 0:
        yield from _row("not told", f"and {left} more")


def _many(n: int, one: str = "package", more: str = "packages") -> str:
    return f"{n} {one if n == 1 else more}"


def _findings(a: Audit) -> Iterator[str]:
    for severity in SEVERITIES:
        of_kind = [f for f in a.findings if f.severity == severity]
        for f in of_kind[:SHOWN]:
            yield from _finding(f)
        if len(of_kind) > SHOWN:
            yield f"{severity.upper():9}and {len(of_kind) - SHOWN} more; --format json has all"


def _finding(f: Finding) -> Iterator[str]:
    yield from _row(f.severity.upper(), f"{f.id}  {f.place}")
    yield from _row("", f.message)


def _row(name: str, said: str) -> Iterator[str]:
    first, *rest = _wrap(said, " " * 10) or [""]
    yield f"{name:10}{first.strip()}"
    yield from rest


def _wrap(said: str, indent: str) -> list[str]:
    return textwrap.wrap(plain(said), WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def as_json(a: Audit) -> str:
    """The same audit gives the same bytes."""
    return json.dumps(document(a), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def document(a: Audit) -> dict[str, Any]:
    """The audit as plain values."""
    return {
        "form": FORM,
        "exit": a.exit,
        "verdict": verdict(a),
        "today": a.today.isoformat(),
        "facts": facts(a),
        "advisories": _advisories(a),
        "flaws": {"state": a.flaws.state, "compared": a.flaws.compared, "oldest": a.flaws.oldest},
        "environment": _environment(a),
        "locks": [
            {"path": x.path, "format": x.format, "sha256": x.digest, "packages": len(x.packages), "pinned": x.pinned}
            for x in a.locks
        ],
        "gaps": [*a.flaws.why, *a.gaps],
        "severities": counted(a.findings),
        "findings": [{"severity": f.severity, "id": f.id, "place": f.place, "message": f.message} for f in a.findings],
    }


def facts(a: Audit) -> dict[str, Any]:
    """What it settles, in the words of a system file; what it could not tell is left out."""
    said = {"pinned": a.pinned, "sources": a.sources, "patched": a.patched}
    return {k: v for k, v in said.items() if v is not None}


def _advisories(a: Audit) -> dict[str, Any] | None:
    db = a.database
    if db is None:
        return None
    newest = db.newest.isoformat() if db.newest else None
    age = (a.today - db.newest).days if db.newest else None
    return {
        "sha256": db.digest, "form": db.form, "records": db.records, "unread": db.unread,
        "newest": newest, "days old": age, "days allowed": a.max_age,
    }  # fmt: skip


def _environment(a: Audit) -> dict[str, Any] | None:
    e = a.environment
    if e is None:
        return None
    return {
        "path": e.path, "packages": [{"name": p.name, "version": p.version} for p in e.packages],
        "files": e.files, "bytes": e.bytes, "bytecode not compared": e.bytecode,
    }  # fmt: skip
