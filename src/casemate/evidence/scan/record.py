"""What one line says of one file: the scan, or why there is none. The same in every output and between processes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.scan.descend import PART, Role
from casemate.evidence.scan.inspect import inspect
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.plain import MOST, understood
from casemate.evidence.scan.report import Coverage, Finding, Scan, Severity, Verdict, in_order, verdict

_ENCODER, _DECODER = json.JSONEncoder(separators=(",", ":")), json.JSONDecoder()
UNKNOWN = frozenset(("unknown-import", "unresolved-import"))


@dataclass(frozen=True, slots=True)
class Record:
    """The inspection of one path. sha256 is None when its bytes could not be read."""

    path: str
    verdict: Verdict
    format: str | None
    sha256: str | None
    imports: tuple[tuple[str | None, str | None], ...]
    findings: tuple[Finding, ...]
    coverage: Coverage


def of_path(path: str, allowed: Allow, strict: bool, part: bool = False) -> Record:
    """Inspect one path. Total: what cannot be inspected is inconclusive, with the reason.

    part: it was found in a folder. There plain text is understood, as in an archive: notes and configurations lie
    beside every model.
    """
    try:
        scan = inspect(path, allowed, _role(path) if part else PART)
        scan = _of_model(path, scan, allowed) if part and scan.verdict == "inconclusive" else scan
    except CasemateError as e:
        return without(path, "unreadable", e.what)
    except Exception as e:
        return without(path, "failed", f"made the inspection fail ({type(e).__name__}); report this")
    scan = _as_text(path, scan) if part else scan
    found = stricter(scan) if strict else scan
    imports = tuple([(i.module, i.name) for i in found.imports])
    return Record(path, found.verdict, found.format, found.sha256, imports, found.findings, found.coverage)


def _role(path: str) -> Role:
    """How a file of a folder is read by what it is called and what lies beside it."""
    if ".data-" not in path and not path.endswith("fingerprint.pb"):
        return PART
    from casemate.evidence.scan import shards  # few folders have any

    return shards.role(path)


def _of_model(path: str, scan: Scan, allowed: Allow) -> Scan:
    """A file that says nothing of itself, as the tensors of an ONNX model where there is one that needs it."""
    from casemate.evidence.scan import beside  # few folders have any

    return beside.accounted(path, scan, allowed) or scan


def without(path: str, id: str, why: str) -> Record:
    """What is said of a path that was not inspected."""
    return Record(path, "inconclusive", None, None, (), (Finding(id, "inconclusive", why, 0),), Coverage(0, 0))


def stricter(scan: Scan) -> Scan:
    """As with --strict: a name that nobody knows is as bad as one that is denied."""
    raised: Iterable[Finding] = (replace(f, severity="unsafe") if f.id in UNKNOWN else f for f in scan.findings)
    findings = in_order(raised)
    return replace(scan, findings=findings, verdict=verdict(findings, scan.coverage))


def plain(r: Record) -> dict[str, Any]:
    """As data."""
    c = r.coverage
    return {
        "path": _slashes(r.path),
        "verdict": r.verdict,
        "format": r.format,
        "sha256": r.sha256,
        "imports": [list(pair) for pair in r.imports],
        "findings": [
            {"id": f.id, "severity": f.severity, "message": f.message, "offset": f.offset, "where": f.where}
            for f in r.findings
        ],
        "coverage": {"walked": c.walked, "total": c.total, "entered": c.entered, "unread": c.unread},
    }


def line(r: Record) -> str:
    """One line of JSON in ASCII: names may hold what is no text."""
    return _ENCODER.encode(plain(r))


def packed(r: Record) -> str:
    """The same without the path and without words, for `read`: what the process that inspects says of each file."""
    imports = ",".join([f"[{_quoted(m)},{_quoted(n)}]" for m, n in r.imports])
    rows = [[f.id, f.severity, f.message, f.offset, f.where] for f in r.findings]
    c, findings = r.coverage, _ENCODER.encode(rows) if rows else "[]"
    said = f"{_quoted(r.verdict)},{_quoted(r.format)},{_quoted(r.sha256)},[{imports}],{findings}"
    return f"[{said},{c.walked},{c.total},{c.entered},{c.unread}]"


def _quoted(text: str | None) -> str:
    return "null" if text is None else encode_basestring_ascii(text)


def read(path: str, text: bytes) -> Record:
    """The record that was packed; the path is the one that was asked for."""
    (verdict, format, sha256, imports, findings, *sums), _ = _DECODER.raw_decode(str(text, "ascii"))  # noqa: A001
    seen, found = tuple([(module, name) for module, name in imports]), tuple([Finding(*f) for f in findings])
    return Record(path, verdict, format, sha256, seen, found, Coverage(*sums))


def _as_text(path: str, scan: Scan) -> Scan:
    """What nobody recognised, if it is plain text and still the same."""
    if [f.id for f in scan.findings] != ["unrecognised"] or scan.size > MOST:
        return scan
    try:
        data = files.read(Path(path), MOST)
    except CasemateError:
        return scan
    found: list[Finding] = []
    if hashlib.sha256(data).hexdigest() != scan.sha256 or not understood(data, partial(_note, found), path):
        return scan
    coverage = Coverage(scan.size, scan.size)
    said = in_order(found)
    return replace(scan, verdict=verdict(said, coverage), format="text", findings=said, coverage=coverage)


def _note(found: list[Finding], id: str, severity: Severity, message: str) -> None:
    found.append(Finding(id, severity, message, 0))


def _slashes(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")
