"""uv audit's JSON (its schema is `preview`): flaws, adverse statuses, and how many packages there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casemate.evidence.audit.finding import Finding
from casemate.evidence.results.result import Results, Unreadable, entries, flaw, named, once, text, texts


def recognise(doc: Any) -> bool:
    """A summary that counts audited packages."""
    summary = doc.get("summary") if isinstance(doc, Mapping) else None
    return isinstance(summary, Mapping) and "audited_packages" in summary and "vulnerabilities" in doc


def read(doc: Any) -> Results:
    """All flaws. A count that differs from the list means that something is missing."""
    found = entries(doc, "vulnerabilities")
    statuses = entries(doc, "adverse_statuses")
    count = doc["summary"].get("audited_packages")
    if (
        type(count) is not int
        or doc["vulnerabilities"] is None
        or count < 0
        or doc["summary"].get("vulnerabilities") != len(found)
    ):
        raise Unreadable("counts other flaws than it lists")
    findings = [*map(_flaw, found), *map(_status, statuses)]
    return Results("uv audit", tuple(once(findings)), count, flaws=True)


def _flaw(v: Mapping[str, Any]) -> Finding:
    dependency = v.get("dependency")
    name, version = named(dependency if isinstance(dependency, Mapping) else {})
    ids = [text(v, "id", 100), *texts(v, "aliases")]
    if not ids[0]:
        raise Unreadable("has a flaw without an id")
    return flaw("high", f"{name} {version}", ids, text(v, "summary"), texts(v, "fix_versions"))


def _status(s: Mapping[str, Any]) -> Finding:
    name = text(s, "name", 100) or "a project"
    return Finding("medium", "adverse-status", name, f"is {text(s, 'status', 40) or 'marked'} on its index")
