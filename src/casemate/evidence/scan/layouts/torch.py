"""What torch.save writes since 1.6: one pickle, and each storage as a part of its own."""

from __future__ import annotations

import re

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FORMAT = "torch"
EXPECTED = frozenset({"outside-object"})  # storages are taken in by their number
_STORAGE = re.compile(r"[^/]+/data/\d+")
_PICKLE = re.compile(r"[^/]+/data\.pkl")


def recognise(names: frozenset[str]) -> bool:
    """Whether there is one pickle of this name, and no TorchScript beside it."""
    roots = [name[: -len("data.pkl")] for name in names if _PICKLE.fullmatch(name)]
    return len(roots) == 1 and not any(n.startswith((roots[0] + "code/", roots[0] + "constants")) for n in names)


def is_data(name: str) -> bool:
    """Whether it is a storage, which loaders copy into memory as numbers."""
    return _STORAGE.fullmatch(name) is not None


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """No part has a form of its own: the pickle is known by its content, the rest is text."""
    return None
