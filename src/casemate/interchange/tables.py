"""The tables of words, read once from `tables.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from casemate.core import yamltree

SOURCE = Path(__file__).with_name("tables.yaml")


@cache
def tables() -> Mapping[str, Any]:
    """All tables, as text."""
    doc = yamltree.parse(SOURCE.read_text("utf-8"), SOURCE.name)
    assert isinstance(doc, dict)  # noqa: S101  our own file, held by a test
    return doc


def named_trust(name: str) -> str | None:
    """The trust that a zone's name tells; None when it tells none."""
    known = tables()["neutral"]["zone names"]
    return next((known[word] for word in re.findall(r"[a-z]+", name.lower()) if word in known), None)


def neutral(what: str) -> str:
    """The word where the source says nothing that fits."""
    return str(tables()["neutral"][what])


def normal(word: str) -> str:
    """A word as the tables write it."""
    return re.sub(r"[\s_]+", "-", word.strip().lower())


def looked_up(table: Mapping[str, str], word: str | None) -> str | None:
    """Our word for theirs; None when the table has none."""
    return table.get(normal(word)) if word else None
