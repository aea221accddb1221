"""pyproject.toml: what a project asks for. It is no lock: versions are ranges, and what these need is not listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from casemate.core.errors import Where
from casemate.evidence.audit.finding import Finding
from casemate.evidence.audit.lock import Lock, Package, Text, lock
from casemate.evidence.audit.requirement import requirement


def recognise(text: Text) -> bool:
    """A project, a build system or tools."""
    doc = text.toml or {}
    return any(isinstance(doc.get(k), dict) for k in ("project", "build-system", "tool", "dependency-groups"))


def read(text: Text) -> Lock:
    """Every requirement of the project, its extras, its groups and its build."""
    doc = text.toml or {}
    packages: list[Package] = []
    findings: list[Finding] = []
    for said in sorted(set(_asked(doc))):
        at = Where(text.path, _line(text, said), 1)
        found = requirement(said, at)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            packages.append(found)
    indexes = tuple(sorted(set(_indexes(doc))))
    mixed = len(indexes) > 1
    return lock(text, "pyproject", packages, indexes=indexes, mixed=mixed, findings=tuple(findings))


def _asked(doc: dict[str, Any]) -> Iterator[str]:
    project, build = _table(doc, "project"), _table(doc, "build-system")
    lists = [project.get("dependencies"), build.get("requires")]
    lists += _table(project, "optional-dependencies").values()
    lists += _table(doc, "dependency-groups").values()
    for found in lists:
        yield from (said for said in found if isinstance(said, str)) if isinstance(found, list) else ()


def _indexes(doc: dict[str, Any]) -> Iterator[str]:
    """Those that uv and poetry would take packages from by name; one that is `explicit` gives only what names it."""
    tool = _table(doc, "tool")
    for found in (_table(tool, "uv").get("index"), _table(tool, "poetry").get("source")):
        for entry in found if isinstance(found, list) else ():
            if isinstance(entry, dict) and not (entry.get("explicit") is True or entry.get("priority") == "explicit"):
                yield str(entry.get("url", "https://pypi.org/simple"))


def _table(doc: dict[str, Any], key: str) -> dict[str, Any]:
    found = doc.get(key)
    return found if isinstance(found, dict) else {}


def _line(text: Text, said: str) -> int:
    where = text.text.find(said)
    return text.text.count("\n", 0, where) + 1 if where >= 0 else 0
