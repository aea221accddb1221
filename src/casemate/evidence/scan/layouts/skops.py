"""What skops.io.dump writes: schema.json, and arrays and bytes that are called by numbers."""

from __future__ import annotations

import re

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FORMAT = "skops"
EXPECTED: frozenset[str] = frozenset()
_PART = re.compile(r"\d+\.(?:npy|npz|bin)")


def recognise(names: frozenset[str]) -> bool:
    """Whether there is a schema, and beside it nothing but numbered parts."""
    return "schema.json" in names and all(_PART.fullmatch(name) for name in names - {"schema.json"})


def is_data(name: str) -> bool:
    """Whether it is the content of a bytes object."""
    return _PART.fullmatch(name) is not None and name.endswith(".bin")


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """No part has a form of its own: the schema is known by its content (formats/skops.py)."""
    return None
