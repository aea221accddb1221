"""One sign-off as a line of `reviews/signoffs.jsonl`: plain JSON, or a DSSE envelope around it where a key signed it.

A line holds exactly the canonical text of its entry, so that no two texts say the same thing: sorted keys, no spaces.
`sha256` is of the rest of the entry, `previous` of the bytes of the line before it (64 zeros for the first).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casemate.core.day import day
from casemate.core.digest import canonical, of_value
from casemate.define.values import SCALARS
from casemate.evidence.sign import dsse
from casemate.evidence.sign.keys import Private, Public

TYPE = "application/vnd.casemate.sign-off+json"
FIRST = "0" * 64
ROLES = ("security", "data-science", "operations")
MAX_LINE = 64_000  # bytes; a note of 4,000 letters in an envelope has under 25,000
PARTS = ("system", "decisions", "policy", "evidence", "threats")
_HEX = re.compile("[0-9a-f]{64}")
_KEYS = frozenset({
    "assessment", "by", "entry", "file", "note", "on", "parts", "previous", "role", "sha256", "version",
})  # fmt: skip


class Wrong(Exception):
    """What is wrong with a line, in words that follow its place."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who signed off which assessment, in which role, and when. number: counts from 1."""

    number: int
    previous: str
    role: str
    by: str
    note: str
    on: date
    file: str
    """The name of the system file."""
    assessment: str
    parts: Mapping[str, str]
    key: str = ""
    """The id of the key that signed it, as far as the given keys tell; `unknown` for another; empty: not signed."""


def document(e: Entry) -> dict[str, Any]:
    """The entry as JSON."""
    doc: dict[str, Any] = {
        "version": 1, "entry": e.number, "previous": e.previous, "role": e.role, "by": e.by, "note": e.note,
        "on": e.on.isoformat(), "file": e.file, "assessment": e.assessment, "parts": dict(e.parts),
    }  # fmt: skip
    return {**doc, "sha256": of_value(doc)}


def line(e: Entry, key: Private | None = None) -> bytes:
    """The entry as its line, with the line break."""
    text = canonical(document(e)).encode()
    return dsse.line(dsse.sign(text, key, TYPE)).encode() if key else text + b"\n"


def parsed(data: bytes, keys: Iterable[Public] = ()) -> Entry:
    """The entry that a line (without its break) holds. Raises Wrong."""
    if len(data) > MAX_LINE:
        raise Wrong("is longer than any sign-off")
    doc, key = _json(data), ""
    if dsse.is_envelope(doc):
        data, key = _opened(doc, data, tuple(keys))
        doc = _json(data)
    return _entry(doc, data, key)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Wrong("is no JSON") from None


def _opened(doc: Any, data: bytes, keys: tuple[Public, ...]) -> tuple[bytes, str]:
    try:
        envelope = dsse.from_json(doc)
    except dsse.Broken as e:
        raise Wrong(str(e)) from None
    if envelope.type != TYPE:
        raise Wrong(f"is an envelope around {envelope.type[:60]!r}")
    if dsse.line(envelope).encode().rstrip(b"\n") != data:
        raise Wrong("is not written as a sign-off is")
    by = dsse.signer(envelope, keys)
    if by is None and dsse.claimed(envelope, keys) is not None:
        raise Wrong("has a broken signature")
    return envelope.payload, by.id if by else "unknown"


def _entry(doc: Any, data: bytes, key: str) -> Entry:
    if not isinstance(doc, dict) or doc.keys() != _KEYS or type(doc["version"]) is not int or doc["version"] != 1:
        raise Wrong("is no sign-off of this version")
    texts = [doc[k] for k in ("by", "note", "file")]
    read = SCALARS["text"][0]
    on = day(doc["on"]) if isinstance(doc["on"], str) else None
    parts = doc["parts"]
    good = (
        all(isinstance(t, str) and read(t) is not None for t in texts)
        and type(doc["entry"]) is int
        and doc["role"] in ROLES
        and isinstance(parts, dict)
        and parts.keys() == set(PARTS)
        and all(_hex(x) for x in (doc["previous"], doc["assessment"], doc["sha256"], *parts.values()))
    )
    if not good or on is None:
        raise Wrong("is no sign-off of this version")
    rest = {k: v for k, v in doc.items() if k != "sha256"}
    if of_value(rest) != doc["sha256"] or canonical(doc).encode("utf-8", "surrogatepass") != data:
        raise Wrong("was edited: it is not what its own digest says")
    if of_value(parts) != doc["assessment"]:
        raise Wrong("names a digest that is not that of its parts")
    return Entry(
        doc["entry"], doc["previous"], doc["role"], doc["by"], doc["note"], on, doc["file"], doc["assessment"], parts,
        key,
    )  # fmt: skip


def _hex(value: Any) -> bool:
    return isinstance(value, str) and _HEX.fullmatch(value) is not None
