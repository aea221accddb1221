"""osv-scanner's JSON: sources, their packages, their flaws in groups with the worst score of each.

It lists packages without flaws only when it is asked to (`--all-packages`), so an empty list says nothing of coverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casemate.evidence.audit.finding import Finding
from casemate.evidence.results.result import Results, Unreadable, entries, flaw, named, once, score, text, texts


def recognise(doc: Any) -> bool:
    """Results, each with a source and packages."""
    results = doc.get("results") if isinstance(doc, Mapping) and "runs" not in doc else None
    if not isinstance(results, list):
        return False
    return all(isinstance(r, Mapping) and "source" in r and "packages" in r for r in results)


def read(doc: Any) -> Results:
    """All flaws of all sources, one for each group of ids that name the same."""
    findings: list[Finding] = []
    covered = 0
    for result in entries(doc, "results"):
        for entry in entries(result, "packages"):
            covered += 1
            findings += _package(entry)
    return Results("osv-scanner", tuple(once(findings)), covered, flaws=True)


def _package(entry: Mapping[str, Any]) -> Iterator[Finding]:
    package = entry.get("package")
    name, version = named(package if isinstance(package, Mapping) else {})
    flaws = {text(v, "id", 100): v for v in entries(entry, "vulnerabilities")}
    groups = [(texts(g, "ids"), score(g.get("max_severity"))) for g in entries(entry, "groups")]
    left = set(flaws) - {i for ids, _ in groups for i in ids}
    for ids, severity in (*groups, *(([i], None) for i in sorted(left))):
        if not ids or not ids[0]:
            raise Unreadable("has a flaw without an id")
        first = flaws.get(ids[0], {})
        aliases = [a for a in texts(first, "aliases") if a not in ids]
        yield flaw(severity or "high", f"{name} {version}", [*ids, *aliases], text(first, "summary"), _fixed(first))


def _fixed(v: Mapping[str, Any]) -> Iterator[str]:
    for affected in entries(v, "affected"):
        for found in entries(affected, "ranges"):
            yield from (e["fixed"][:40] for e in entries(found, "events") if isinstance(e.get("fixed"), str))
