"""A part of a stranger's document, with its path and the loss report. A key of another form loses that key only.

What no reader asked for is noted by `rest`, so that nothing is lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from casemate.define.values import MAX_TEXT
from casemate.interchange.fit import clean
from casemate.interchange.loss import BROKEN, CHANGED, LEFT, Losses

NO_PLACE = "a system file has no place for it"


class Unusable(Exception):
    """Why nothing can be taken over, and what to do."""


class Node:
    """A value at a path such as `components[2].parent`."""

    def __init__(self, value: Any, path: str, losses: Losses, like: str | None = None) -> None:
        self.value = value
        self.path = path
        self.losses = losses
        self._like = path if like is None else like
        """The path of all its equals: with `*` for every number and for the names that people gave."""
        self._asked: set[str] = set()
        self._noted: set[tuple[str, ...]] = set()
        self._parts: dict[str, Node] = {}

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) not in (None, "", [], {})

    def below(self, *keys: str) -> str:
        """The path of a key of this, or of a key in that."""
        return ".".join([*([self.path] if self.path else []), *map(_key, keys)])

    def _get(self, key: str) -> Any:
        self._asked.add(key)
        return self.value.get(key) if isinstance(self.value, dict) else None

    def note(self, kind: str, key: str, why: str, detail: str = "") -> None:
        """Note something about a key; about this itself when the key is empty."""
        if (kind, key, why, detail) not in self._noted:  # a key that is asked for twice is lost once
            self._noted.add((kind, key, why, detail))
            self.losses.note(kind, self.below(key) if key else self.path, why, detail, like=self._alike(key))

    def _alike(self, key: str) -> str:
        return f"{self._like}.{key}".strip(".")

    def raw(self, key: str) -> str | None:
        """A scalar exactly as it stands there: for ids, which are compared."""
        value = self._get(key)
        if value is None or isinstance(value, str):
            return value or None
        self.note(BROKEN, key, f"is {_form(value)} where a text is due")
        return None

    def peek(self, key: str) -> str | None:
        """A scalar, without having taken it."""
        value = self.value.get(key)
        return value if isinstance(value, str) else None

    def text(self, key: str) -> str | None:
        """A text, made fit for a system file; None when it is absent or empty."""
        raw = self.raw(key)
        if raw is None:
            return None
        found = clean(raw)
        if found != " ".join(raw.split()):
            self.note(CHANGED, key, f"is cut at {MAX_TEXT} characters, and characters that nobody sees are left out")
        return found or None

    def flag(self, key: str) -> bool | None:
        """True or false; None when nothing is said."""
        raw = self.raw(key)
        known = {"true": True, "false": False, "yes": True, "no": False}
        if raw is not None and raw.lower() not in known:
            self.note(BROKEN, key, "is neither true nor false", clean(raw)[:40])
        return known.get((raw or "").lower())

    def number(self, key: str) -> float | None:
        """A number; None when nothing is said."""
        raw = self.raw(key)
        if raw is None:
            return None
        if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", raw):
            return float(raw)
        self.note(BROKEN, key, "is no number that can be read", clean(raw)[:40])
        return None

    def part(self, key: str) -> Node:
        """A mapping; an empty one when it is absent or something else."""
        if key not in self._parts:
            value = self._get(key)
            if value is not None and not isinstance(value, dict):
                self.note(BROKEN, key, f"is {_form(value)} where a mapping is due")
            found = value if isinstance(value, dict) else {}
            self._parts[key] = Node(found, self.below(key), self.losses, self._alike(key))
        return self._parts[key]

    def parts(self, key: str) -> list[Node]:
        """The mappings of a list."""
        return [n for n in self._items(key) if n._is(dict, "mapping")]

    def words(self, key: str) -> list[Node]:
        """The texts of a list."""
        return [n for n in self._items(key) if n._is(str, "text")]

    def table(self, key: str) -> list[tuple[str, Node]]:
        """The entries of a mapping whose values are mappings, with their keys."""
        part = self.part(key)
        like = self._alike(key) + ".*"
        found = [(k, Node(v, part.below(k), self.losses, like)) for k, v in part.value.items() if v is not None]
        return [(k, n) for k, n in found if n._is(dict, "mapping")]

    def _items(self, key: str) -> list[Node]:
        value = self._get(key)
        if value is not None and not isinstance(value, list):
            self.note(BROKEN, key, f"is {_form(value)} where a list is due")
        items = value if isinstance(value, list) else []
        like, at = f"{self._alike(key)}[*]", self.below(key)
        return [Node(v, f"{at}[{i}]", self.losses, like) for i, v in enumerate(items) if v is not None]

    def only(self, keep: Callable[[str], bool]) -> Node:
        """The same with some of its keys alone."""
        return Node({k: v for k, v in self.value.items() if keep(k)}, self.path, self.losses, self._like)

    def _is(self, form: type, due: str) -> bool:
        if isinstance(self.value, form):
            return True
        self.note(BROKEN, "", f"is {_form(self.value)} where a {due} is due")
        return False

    def rest(self, why: Mapping[str, str] | None = None) -> None:
        """Note every key that nobody asked for and that says something. why: reasons by key."""
        for key in self.value:
            if key not in self._asked and key in self:
                self.left(key, (why or {}).get(key, NO_PLACE))

    def left(self, key: str, why: str) -> None:
        """Note that a key is not taken over; a list counts as often as it has entries."""
        value = self._get(key)
        times = len(value) if isinstance(value, list) else 1
        detail = f"{times} entries" if times > 1 else ""
        self.losses.note(LEFT, self.below(key), why, detail, times, self._alike(key))


def _key(key: str) -> str:
    """A key as a path shows it: in quotes where it is no simple word."""
    if re.fullmatch(r"[\w-]{1,80}", key):
        return key
    return '"' + clean(key).replace('"', "'")[:80] + '"'


def _form(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a text"
