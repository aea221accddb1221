"""What PyTorch wrote before 0.1.10: a tar of the parts pickle, tensors, storages and sys_info."""

from __future__ import annotations

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk
from casemate.evidence.scan.torch_files import in_tar

FORMAT = "torch"
EXPECTED = frozenset({"outside-object"})  # tensors are taken in by their number


def recognise(names: frozenset[str]) -> bool:
    """Whether all of its parts are there."""
    return {"pickle", "tensors", "storages"} <= names


def is_data(name: str) -> bool:
    """No part is data alone."""
    return False


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """The two parts in which small pickles and numbers take turns."""
    return in_tar(name, data, descend) if name in ("storages", "tensors") else None
