"""pyproject.toml: what a project asks for. It is no lock: versions are ranges, and what these need is not listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from casemate.core.errors import Refused, Where
from casemate.evidence.audit import tables
from casemate.evidence.audit.finding import Finding
from casemate.evidence.audit.lock import MAX_PACKAGES, Lock, Package, Text, lock
from casemate.evidence.audit.requirement import requirement
from casemate.evidence.audit.tables import inner

_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_NAME = re.compile(r"\s*[\"']?([A-Za-z0-9][\w.-]*)[\"']?\s*=")


def recognise(text: Text) -> bool:
    """A project, a build system or tools."""
    doc = text.toml or {}
    return any(isinstance(doc.get(k), dict) for k in ("project", "build-system", "tool", "dependency-groups"))


def read(text: Text) -> Lock:
    """Every requirement of the project, its extras, its groups and its build, also in the tables of its tools."""
    doc = text.toml or {}
    asked = sorted(set(_asked(doc)))
    if len(asked) > MAX_PACKAGES:
        raise Refused(text.path, f"asks for more than {MAX_PACKAGES} packages", "split the file")
    lines = _lines(text.text)
    found = [requirement(said, Where(text.path, lines.get(said, 0), 1)) for said in asked]
    packages = list(tables.overridden([p for p in found if isinstance(p, Package)], doc))
    known = {p.name for p in packages}
    packages += [p for p in tables.of_poetry(doc, lines, text.path) if p.name not in known]
    unread = tuple(f for f in found if isinstance(f, Finding))
    indexes = tuple(sorted({i.url for i in tables.indexes(doc) if not i.explicit}))
    findings = (*unread, *tables.careless(doc, lines, text.path))
    return lock(text, "pyproject", packages, indexes=indexes, mixed=len(indexes) > 1, findings=findings)


def _asked(doc: Mapping[str, Any]) -> Iterator[str]:
    project, build = inner(doc, "project"), inner(doc, "build-system")
    lists = [project.get("dependencies"), build.get("requires")]
    lists += inner(project, "optional-dependencies").values()
    lists += inner(doc, "dependency-groups").values()
    for found in lists:
        yield from (said for said in found if isinstance(said, str)) if isinstance(found, list) else ()
    yield from tables.texts(doc)


def _lines(text: str) -> dict[str, int]:
    """The first line of each quoted text and of each key, in one pass: a search for each would take quadratic time."""
    out: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for a, b in _QUOTED.findall(line):
            out.setdefault(a or b, number)
        if key := _NAME.match(line):
            out.setdefault(key.group(1), number)
    return out
