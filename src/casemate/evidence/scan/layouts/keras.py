"""What model.save("x.keras") writes: a configuration, and the weights as HDF5 or npz. Parts are known by content.

config.json is read by formats/keras.py wherever it lies, so an archive that only lacks the weights hides nothing.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FORMAT = "keras"
EXPECTED: frozenset[str] = frozenset()
_WEIGHTS = frozenset(("model.weights.h5", "model.weights.npz", "model.weights.json"))


def recognise(names: frozenset[str]) -> bool:
    """Whether configuration and weights are there."""
    return "config.json" in names and not _WEIGHTS.isdisjoint(names)


def is_data(name: str) -> bool:
    """No part: HDF5 can name other files, and npz can hold pickles."""
    return False


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """No part has a form of its own."""
    return None
