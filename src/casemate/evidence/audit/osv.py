"""Advisories in the OSV format, and whether one speaks of a version.

    affected  the version is listed, or a range of events has opened before it and not closed
    events    in the order of their versions; `introduced` opens, `fixed` closes at its version, `last_affected` behind
              it; a range with `limit` holds only below one of its limits
Versions are PEP 440's, local parts left out. What cannot be compared is None: neither affected nor clean.
Source: OSV schema 1.7, "Evaluation".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from casemate.evidence.audit.cvss import band
from casemate.evidence.audit.versions import normal, public

ECOSYSTEM = "PyPI"
EVENTS = ("fixed", "last_affected", "introduced", "limit")  # at one version, what closes comes first
MOST = 100_000  # versions or events of one record
BANDS = {"critical": "critical", "high": "high", "moderate": "medium", "medium": "medium", "low": "low"}
WORST = ("critical", "high", "medium", "low")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Range = tuple[tuple[str, str], ...]
"""Events: (kind, version)."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Which versions of one package. vague: it says that some are, in terms that we cannot compare."""

    name: str
    versions: frozenset[str] = frozenset()
    ranges: tuple[Range, ...] = ()
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Advisory:
    """One record. Days are texts as `2026-10-02`, empty where the record does not say."""

    id: str
    modified: str
    published: str = ""
    aliases: tuple[str, ...] = ()
    severity: str = "high"
    """The publisher's word, else that of its CVSS base score (3.0, 3.1).

    High where there is neither, because nobody said that it is less.
    """
    summary: str = ""
    withdrawn: bool = False
    affected: tuple[Affected, ...] = ()


class NoRecord(ValueError):
    """What is wrong with a record."""


def affects(a: Affected, text: str) -> bool | None:
    """Whether this version of the package is affected; None when that cannot be told."""
    if text in a.versions:
        return True
    version = public(text)
    if version is None:
        return None if a.versions or a.ranges or a.vague else False
    if any(public(v) == version for v in a.versions):
        return True
    found = [_in_range(r, version) for r in a.ranges]
    if True in found:
        return True
    return None if a.vague or None in found else False


def _in_range(events: Range, version: Version) -> bool | None:
    """Kleene: None when an event's version cannot be compared."""
    placed = [(kind, _at(text)) for kind, text in events]
    if any(at is None for _, at in placed):
        return None
    limits = [at for kind, at in placed if kind == "limit"]
    if limits and not any(_before(version, at) for at in limits):
        return False
    inside = False
    for kind, at in sorted(placed, key=lambda e: (_key(e[1]), EVENTS.index(e[0]))):
        if kind == "introduced" and not _before(version, at):
            inside = True
        elif (kind == "fixed" and not _before(version, at)) or (kind == "last_affected" and _before(at, version)):
            inside = False
    return inside


FIRST, LAST = "first", "last"
"""`introduced: 0` is before every version, `limit: *` behind every one."""


def _at(text: str) -> Any:
    return FIRST if text == "0" else LAST if text == "*" else public(text)


def _key(at: Any) -> Any:
    return (0, Version("0")) if at == FIRST else (2, Version("0")) if at == LAST else (1, at)


def _before(a: Any, b: Any) -> bool:
    return bool(_key(a) < _key(b))


def advisory(doc: Any) -> Advisory:
    """One record of our ecosystem; packages of others are left out. Raises NoRecord."""
    if not isinstance(doc, Mapping) or not isinstance(doc.get("id"), str) or not isinstance(doc.get("modified"), str):
        raise NoRecord("has no id or no day of its last change")
    modified = doc["modified"][:10]
    if not _DAY.fullmatch(modified):
        raise NoRecord("has a day that is none")
    affected = [_affected(a) for a in _list(doc, "affected") if _ours(a)]
    return Advisory(
        doc["id"][:100],
        modified,
        str(doc.get("published") or "")[:10],
        tuple(sorted({str(a)[:100] for a in _list(doc, "aliases")[:100]})),
        _severity(doc),
        " ".join(str(doc.get("summary") or "").split())[:200],
        _DAY.match(str(doc.get("withdrawn"))) is not None,
        tuple(affected),
    )


def _ours(entry: Any) -> bool:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("package"), Mapping):
        return False
    return str(entry["package"].get("ecosystem", "")).split(":")[0] == ECOSYSTEM


def _affected(entry: Mapping[str, Any]) -> Affected:
    name = entry["package"].get("name")
    versions = _list(entry, "versions")
    if not isinstance(name, str) or not name or not all(isinstance(v, str) for v in versions):
        raise NoRecord("has a package without a name, or a version that is no text")
    kinds = [r.get("type") if isinstance(r, Mapping) else None for r in _list(entry, "ranges")]
    ranges = [_range(r) for r, kind in zip(_list(entry, "ranges"), kinds, strict=True) if kind == "ECOSYSTEM"]
    # Commits are not comparable with versions; a list of versions beside them says the same in our terms.
    other = any(kind not in ("ECOSYSTEM", "GIT") for kind in kinds)
    return Affected(normal(name), frozenset(versions), tuple(ranges), other or not (versions or ranges))


def _range(entry: Mapping[str, Any]) -> Range:
    out: list[tuple[str, str]] = []
    for event in _list(entry, "events"):
        if not isinstance(event, Mapping) or not event:
            raise NoRecord("has an event that is no mapping")
        for kind, at in event.items():
            if kind not in EVENTS or not isinstance(at, str):
                raise NoRecord("has an event that we do not know")
            out.append((kind, at))
    return tuple(out)


def _list(doc: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = doc.get(key) or []
    if not isinstance(found, list) or len(found) > MOST:
        raise NoRecord(f"has {key} that are no list, or too many")
    return found


def _severity(doc: Mapping[str, Any]) -> str:
    if doc["id"].startswith("MAL-"):
        return "critical"  # the package itself is the attack
    told = doc.get("database_specific")
    word = told.get("severity") if isinstance(told, Mapping) else None
    known = BANDS.get(str(word).lower())
    return known or min(_bands(doc), key=WORST.index, default="high")


def _bands(doc: Mapping[str, Any]) -> Iterator[str]:
    """Those of the CVSS vectors, of the record itself and of its packages."""
    for holder in (doc, *(a for a in _list(doc, "affected") if isinstance(a, Mapping))):
        for entry in _list(holder, "severity"):
            vector = entry.get("score") if isinstance(entry, Mapping) else None
            found = band(vector) if isinstance(vector, str) else None
            if found is not None:
                yield found
