"""The common shapes of SARIF 2.1.0, as plain data. What they are filled with is for each command to say.

Whoever reads them (GitHub code scanning) refuses a whole file for one result without a place, a region that begins at
no line or an empty text, takes 25,000 results, and knows no base for addresses. So each place has an address
relative to the repository, with forward slashes, and a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from casemate import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 25_000  # results in a run
FINGERPRINT = "casemate/v1"


def log(
    command: str, rules: Iterable[Mapping[str, Any]], results: Iterable[Mapping[str, Any]],
    notes: Iterable[Mapping[str, Any]], whole: bool, taxonomies: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """One run. notes: what happened on the way; whole: whether everything was done that was asked for."""
    driver: dict[str, Any] = {"name": "casemate", "semanticVersion": __version__, "rules": list(rules)}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"casemate/{command}/"},
        "invocations": [{"executionSuccessful": whole, "toolExecutionNotifications": list(notes)}],
        "columnKind": "unicodeCodePoints",
        "results": list(results),
    }
    if taxa := list(taxonomies):
        run["taxonomies"] = taxa
        driver["supportedTaxonomies"] = [{"name": t["name"], "index": i} for i, t in enumerate(taxa)]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def text(document: Mapping[str, Any]) -> str:
    """As JSON with sorted keys; names that are no text are escaped, and what could begin markup in a page."""
    return json.dumps(document, sort_keys=True, indent=1).replace("<", "\\u003c") + "\n"


def rule(
    id: str, means: str, severity: float, tags: Iterable[str] = (), precision: str = "very-high", more: str = ""
) -> dict[str, Any]:
    """A rule. means: what it found and what to do; severity: 0 to 10, as in CVSS; more: a longer help."""
    first = means.partition(". ")[0].rstrip(".") + "."
    said = {"precision": precision, "security-severity": f"{severity:.1f}", "tags": ["security", *tags]}
    return {
        "id": id,
        "shortDescription": {"text": first},
        "fullDescription": {"text": means},
        "help": {"text": more or means},
        "properties": said,
    }


def result(rule: str, level: str, message: str, place: Mapping[str, Any], fingerprint: str) -> dict[str, Any]:
    """Something that was found at a place. level: error, warning or note."""
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": [place],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }


def suppression(kind: str, justification: str, status: str = "accepted") -> dict[str, Any]:
    """Why a result does not count. kind: inSource (said in the file that was looked at) or external."""
    return {"kind": kind, "status": status, "justification": justification}


def note(message: str, level: str = "warning", place: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Something that happened on the way."""
    where = {"locations": [place]} if place else {}
    return {"level": level, "message": {"text": message}, **where}


def place(uri: str, line: int = 1, offset: int | None = None, part: str = "") -> dict[str, Any]:
    """A line of a file; in bytes from its beginning when it is no text; which part when it is a container."""
    region = {"startLine": line} if offset is None else {"startLine": line, "byteOffset": offset}
    inside = {"logicalLocations": [{"fullyQualifiedName": part}]} if part else {}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}, **inside}


def address(path: str, named: Iterable[str], here: PurePath) -> str:
    """The address of a file without the folders of this machine.

    named: what was asked for; here: the folder that we stand in. A file outside of it is told from the last name of
    what it was found under.
    """
    for base in (here, *(PurePath(n).parent for n in sorted(named, key=len, reverse=True))):
        for p in (PurePath(path), here / path):
            if p.is_relative_to(base) and p != base and ".." not in p.relative_to(base).parts:
                return _quoted(p.relative_to(base))
    relative = PurePath(path)
    return _quoted(relative) if not relative.is_absolute() and ".." not in relative.parts else _quoted(relative.name)


def _quoted(path: PurePath | str) -> str:
    text = path.as_posix() if isinstance(path, PurePath) else path
    return "unnamed" if text in ("", ".") else quote(os.fsencode(text))
