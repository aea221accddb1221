"""numpy's npz, and scipy's sparse matrices: a zip of npy parts. Each part is read by its content, whatever its name."""

from __future__ import annotations

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FORMAT = "npz"
EXPECTED: frozenset[str] = frozenset()


def recognise(names: frozenset[str]) -> bool:
    """Whether all names are those of npy files."""
    return bool(names) and all(name.endswith(".npy") for name in names)


def is_data(name: str) -> bool:
    """No part is data alone: an array of objects is a pickle."""
    return False


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """No part has a form of its own."""
    return None
