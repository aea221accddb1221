"""What uv, poetry and pdm say in tables of their own in a pyproject.toml: requirements, and where packages come from.

Sources: docs.astral.sh/uv/reference/settings, python-poetry.org/docs/pyproject, pdm-project.org/latest/reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from casemate.core.errors import Where
from casemate.evidence.audit.finding import Finding, shown
from casemate.evidence.audit.lock import COMMIT, Package
from casemate.evidence.audit.versions import normal

PUBLIC = "https://pypi.org/simple"
_EXACT = re.compile(r"\s*(?:={2,3}\s*)?(\d[A-Za-z0-9.!+_-]*)\s*", re.ASCII)
UNSAFE = ("unsafe-first-match", "unsafe-best-match")


@dataclass(frozen=True, slots=True)
class Index:
    """An address that packages come from by name, and the key that names it. explicit: only what asks for it."""

    url: str
    said: str
    explicit: bool = False


def inner(doc: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The table below some keys; an empty one where there is none."""
    for key in keys:
        found = doc.get(key)
        doc = found if isinstance(found, Mapping) else {}
    return doc


def indexes(doc: Mapping[str, Any]) -> Iterator[Index]:
    """Those of uv, poetry and pdm, in their order."""
    uv = inner(doc, "tool", "uv")
    if isinstance(uv.get("index-url"), str):
        yield Index(uv["index-url"], "index-url")
    for url in _texts(uv.get("extra-index-url")):
        yield Index(url, "extra-index-url")
    for tool, key in (("uv", "index"), ("poetry", "source"), ("pdm", "source")):
        found = inner(doc, "tool", tool).get(key)
        for entry in found if isinstance(found, list) else ():
            if isinstance(entry, Mapping):
                explicit = entry.get("explicit") is True or entry.get("priority") == "explicit"
                yield Index(str(entry.get("url", PUBLIC)), "url", explicit)


def careless(doc: Mapping[str, Any], lines: Mapping[str, int], path: str) -> Iterator[Finding]:
    """What these settings leave to whoever is on the way, or has the higher version. lines: of texts and of keys."""
    uv = inner(doc, "tool", "uv")
    for index in indexes(doc):
        if index.url.startswith("http://"):
            at = Where(path, lines.get(index.url, 0), 1)
            why = "is read without encryption: whoever is on the way can change it"
            yield Finding("high", "plain-http", str(at), f"{shown(index.url)} {why}")
    if uv.get("index-strategy") in UNSAFE:
        at = Where(path, lines.get("index-strategy", 0), 1)
        why = "lets every index offer every package: whoever has the higher version wins"
        yield Finding("high", "extra-index", str(at), f"index-strategy = {uv['index-strategy']!r} {why}")
    unproven = [(host, host) for host in _texts(uv.get("allow-insecure-host"))]
    found = inner(doc, "tool", "pdm").get("source")
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, Mapping) and entry.get("verify_ssl") is False:
            unproven.append((str(entry.get("url", PUBLIC)), "verify_ssl"))
    for host, key in unproven:
        at = Where(path, lines.get(key, 0), 1)
        yield Finding("high", "trusted-host", str(at), f"{shown(host)} is believed without its certificate")


def texts(doc: Mapping[str, Any]) -> Iterator[str]:
    """Requirements that uv and pdm keep as PEP 508 texts in tables of their own."""
    yield from _texts(inner(doc, "tool", "uv").get("dev-dependencies"))
    for group in inner(doc, "tool", "pdm", "dev-dependencies").values():
        yield from _texts(group)


def of_poetry(doc: Mapping[str, Any], lines: Mapping[str, int], path: str) -> Iterator[Package]:
    """The packages that poetry's own tables ask for. Python itself is none."""
    poetry = inner(doc, "tool", "poetry")
    groups = [g for g in inner(poetry, "group").values() if isinstance(g, Mapping)]
    for table in (poetry, *groups):
        for key in ("dependencies", "dev-dependencies"):
            for name, said in inner(table, key).items():
                if name.lower() != "python":
                    at = Where(path, lines.get(name, 0), 1)
                    for one in said if isinstance(said, list) else [said]:
                        yield _asked(normal(name), one, at)


def _asked(name: str, said: Any, at: Where) -> Package:
    if isinstance(said, str):
        exact = _EXACT.fullmatch(said)
        return Package(name, exact.group(1) if exact else None, at, said="" if said in ("", "*") else f" {said}")
    if not isinstance(said, Mapping):
        return Package(name, None, at)
    found = sourced(name, said, at)
    return found if found is not None else _asked(name, str(said.get("version", "")), at)


def sourced(name: str, said: Mapping[str, Any], at: Where) -> Package | None:
    """The package of a table of poetry or of `tool.uv.sources` that names a place; None where it names none."""
    if "git" in said:
        commit = COMMIT.fullmatch(str(said.get("rev", ""))) is not None
        return Package(name, None, at, "vcs", f"git+{said['git']}", commit)
    if "url" in said:
        return Package(name, None, at, "url", str(said["url"]))
    if said.get("workspace") is True:
        return Package(name, None, at, "self")
    if "path" in said or "file" in said:
        editable = said.get("editable") is True or said.get("develop") is True
        return Package(name, None, at, "path", str(said.get("path", said.get("file"))), editable=editable)
    return None


def overridden(packages: list[Package], doc: Mapping[str, Any]) -> Iterator[Package]:
    """The packages, with those that `tool.uv.sources` takes from elsewhere as it says."""
    sources = {normal(k): v for k, v in inner(doc, "tool", "uv", "sources").items()}
    for p in packages:
        said = sources.get(p.name) if p.source == "index" else None
        places = [
            sourced(p.name, s, p.at) for s in (said if isinstance(said, list) else [said]) if isinstance(s, Mapping)
        ]
        named = [s for s in places if s is not None]
        yield from named or (p,)


def _texts(value: Any) -> Iterator[str]:
    yield from (v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
