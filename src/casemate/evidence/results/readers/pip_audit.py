"""pip-audit's JSON: each dependency with its flaws, or with why it was skipped.

A mirror that has no advisories answers 404 for each package; pip-audit then says that no flaws are known and ends
with 0, and only `skip_reason` shows that nothing was compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casemate.evidence.audit.finding import Finding
from casemate.evidence.results.result import Results, Unreadable, entries, flaw, named, once, text, texts


def recognise(doc: Any) -> bool:
    """A list of dependencies beside the fixes that were applied; before 2.0 the list alone."""
    listed = doc.get("dependencies") if isinstance(doc, Mapping) and "fixes" in doc else doc
    if not isinstance(listed, list) or (listed is doc and not listed):
        return False
    return all(isinstance(d, Mapping) and ("vulns" in d or "skip_reason" in d) for d in listed)


def read(doc: Any) -> Results:
    """All dependencies; those that were skipped are not covered."""
    listed = entries(doc if isinstance(doc, Mapping) else {"dependencies": doc}, "dependencies")
    findings: list[Finding] = []
    skipped: list[str] = []
    for d in listed:
        name, version = named(d)
        if "skip_reason" in d:
            skipped.append(f"{name}: {text(d, 'skip_reason')}")
        elif d.get("vulns") is None:
            raise Unreadable("has a package of which it does not say whether flaws are known")
        for v in entries(d, "vulns"):
            ids = [text(v, "id", 100), *texts(v, "aliases")]
            if not ids[0]:
                raise Unreadable("has a flaw without an id")
            findings.append(flaw("high", f"{name} {version}", ids, text(v, "description"), texts(v, "fix_versions")))
    covered = len(listed) - len(skipped)
    return Results("pip-audit", tuple(once(findings)), covered, tuple(skipped), flaws=True)
