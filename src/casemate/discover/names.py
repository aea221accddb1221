"""Ids for what was seen: readable, valid, different, and the same for the same repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LONGEST = 60  # an id may have 100; the rest is for what tells equal ones apart
RESERVED = frozenset(("system",))


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """What an element is (its key and kind) and how it would like to be called."""

    key: str
    kind: str
    called: str


def slug(text: str) -> str:
    """The text as an id: letters, digits, `-`, `_`, `.`; a letter or digit first. Empty when nothing is left of it."""
    return re.sub(r"[^\w.-]+", "-", text[:400]).strip("-_.")[:LONGEST].rstrip("-_.")


def named(wishes: Iterable[Wish], taken: Iterable[str] = ()) -> Mapping[str, str]:
    """An id for each key. Equal wishes are told apart by their folder, then by their kind, then by a number."""
    ordered = sorted(wishes)
    first = {w.key: slug(w.called) or slug(w.kind) for w in ordered}
    count: dict[str, int] = {}
    for name in first.values():
        count[name] = count.get(name, 0) + 1
    used, out = {*taken, *RESERVED}, {}
    for w in ordered:
        name = first[w.key]
        folder = _folder(w.key)
        tries = [slug(f"{folder}-{name}") if count[name] > 1 and folder else name]
        tries.append(f"{name}-{w.kind}")
        out[w.key] = next((t for t in tries if t and t not in used), "") or _numbered(name, used)
        used.add(out[w.key])
    return out


def _folder(key: str) -> str:
    """The folder in a key; a word before its first space is no folder."""
    return key.partition("#")[0].rpartition(" ")[2].rpartition("/")[0].rpartition("/")[2]


def _numbered(name: str, used: set[str]) -> str:
    n = 2
    while f"{name}-{n}" in used:
        n += 1
    return f"{name}-{n}"
