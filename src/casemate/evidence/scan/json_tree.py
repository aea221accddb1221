"""JSON that a loader builds objects from (Keras, skops): the tree of it, bounded, with every pair of every object.

A key may stand twice and loaders differ on which counts, so both do. Numbers stay text: none of them matters, and
some are very long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from casemate.evidence.scan.data import Data, find, piece
from casemate.evidence.scan.notes import Enough, Notes

MOST = 4_000_000  # bytes; the configuration of a large model has some 300,000, and a tree takes 20 times its text
OPENS = b"\xef \t\r\n{"  # the first byte of what `_OBJECT` matches
_LETTER = re.compile(rb"\\u00(?:2[dD]|5[fF]|[3-7])")  # of a key, as an escape
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+\{")


class Object(list[tuple[str, Any]]):
    """The pairs of a JSON object, in order."""

    __slots__ = ()

    def all(self, key: str) -> list[Any]:
        """Every value of a key."""
        return [value for name, value in self if name == key]

    def text(self, key: str) -> str | None:
        """The last value of a key, when that is a text."""
        found = self.all(key)
        return found[-1] if found and isinstance(found[-1], str) else None


def has_keys(data: Data, *keys: str) -> bool:
    """Whether this begins like a JSON object and has all of these keys somewhere, in letters or in escapes."""
    return _OBJECT.match(data) is not None and all(_has(data, key) for key in keys)


def _has(data: Data, key: str) -> bool:
    if find(data, f'"{key}"'.encode()) >= 0:
        return True
    return _LETTER.search(data) is not None and _escaped(key).search(data) is not None


@cache
def _escaped(key: str) -> re.Pattern[bytes]:
    letters = (f"(?:{re.escape(c)}|(?i:\\\\u{ord(c):04x}))" for c in key)
    return re.compile(f'"{"".join(letters)}"'.encode())


def read(raw: bytes) -> Any:
    """The tree. Fails with ValueError when this is no JSON, with Enough when it is too large or too deep."""
    if len(raw) > MOST:
        raise Enough(f"has more than {MOST:,} bytes of JSON")
    try:
        return json.loads(raw, object_pairs_hook=Object, parse_int=str, parse_float=str, strict=False)
    except RecursionError:
        raise Enough("has JSON that is nested too deep") from None


def top(data: Data, *keys: str) -> bool:
    """Whether this is a JSON object with all of these keys at its top, or one that is too much to tell."""
    if not has_keys(data, *keys):
        return False
    try:
        tree = read(piece(data, 0, min(len(data), MOST + 1)))
    except Enough:
        return True
    except ValueError:
        return False
    return isinstance(tree, Object) and all(tree.all(key) for key in keys)


def objects(tree: Any, notes: Notes) -> Iterator[Object]:
    """Every object at any depth, from the top on. Fails with Enough when there are too many."""
    left = [tree]
    while left:
        notes.step()
        at = left.pop()
        if isinstance(at, Object):
            yield at
            left.extend(value for _, value in reversed(at) if isinstance(value, list))
        else:
            left.extend(value for value in reversed(at) if isinstance(value, list))
