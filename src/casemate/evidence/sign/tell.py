"""A Check in words for a person, 80 columns wide, and as JSON for a machine. The same check gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from casemate.evidence.sign.join import Join
from casemate.evidence.sign.tree import shown
from casemate.evidence.sign.verdict import MEANS, UNDECIDED, Check

WIDTH = 80


def exit_code(check: Check, joined: Join | None) -> int:
    """0 valid and joined; 3 nothing was found out; 1 everything else."""
    if check.verdict in UNDECIDED:
        return 3
    return 0 if check.verdict == "valid" and (joined is None or joined.holds) else 1


def text(path: Path, check: Check, joined: Join | None = None) -> str:
    """For a person: the verdict first, then why, then what was checked and what was not."""
    return "".join(f"{line}\n" for line in _lines(path, check, joined))


def _lines(path: Path, check: Check, joined: Join | None) -> Iterator[str]:
    yield from _wrapped(f"{check.verdict.upper()}  {shown(str(path))}")
    yield from _wrapped(MEANS[check.verdict])
    if check.reason != MEANS[check.verdict]:
        yield from _wrapped(check.reason)
    for word, value in _facts(check):
        yield f"{word:<10}{value}" if len(value) <= WIDTH - 10 else f"{word}\n  {value}"
    yield from _list("Runs, was signed, passed the assessment", _joined(joined))
    yield from _list("Checked", check.checked)
    yield from _list("Not checked", check.unchecked)
    yield from _list("To know", (f"{f.id}: {f.message}" for f in check.findings if f.message != check.reason))


def _facts(check: Check) -> Iterator[tuple[str, str]]:
    if check.signer:
        yield "Signed by", check.signer
    if check.sha256:
        yield "Digest", check.sha256
    if check.version is not None:
        yield "Version", str(check.version)
    if check.signed_on:
        yield "Signed on", f"{check.signed_on}, as the {'log' if check.logged else 'signer'} says"


def _joined(joined: Join | None) -> Iterator[str]:
    if joined is None:
        return
    yield from (f"{f.id}: {f.message}" for f in joined.findings)
    if joined.holds:
        asked = [word for word, digests in (("runs", joined.running), ("passed", joined.assessed)) if digests]
        yield f"the same model: what {' and '.join(asked)} is what was signed"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield ""
        yield title
    for line in lines:
        yield from wrap(line, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)


def _wrapped(line: str) -> list[str]:
    return wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def document(path: Path, check: Check, joined: Join | None = None) -> dict[str, Any]:
    """All of it, as plain data."""
    d = check.difference
    out: dict[str, Any] = {
        "path": str(path),
        "verdict": check.verdict,
        "reason": check.reason,
        "signer": check.signer or None,
        "sha256": check.sha256,
        "root": check.root,
        "version": check.version,
        "signed on": check.signed_on.isoformat() if check.signed_on else None,
        "logged": check.logged,
        "files": check.files,
        "missing": list(d.missing),
        "extra": list(d.extra),
        "changed": list(d.changed),
        "ignored": list(check.ignored),
        "findings": [{"id": f.id, "message": f.message} for f in check.findings],
        "checked": list(check.checked),
        "not checked": list(check.unchecked),
    }
    if joined is not None:
        out["join"] = {
            "holds": joined.holds,
            "signed": list(joined.signed),
            "running": list(joined.running),
            "assessed": list(joined.assessed),
            "findings": [{"id": f.id, "message": f.message} for f in joined.findings],
        }
    return out


def json_text(path: Path, check: Check, joined: Join | None = None) -> str:
    """One JSON object, indented; what is no text in a name is escaped."""
    return json.dumps(document(path, check, joined), sort_keys=True, indent=2) + "\n"
