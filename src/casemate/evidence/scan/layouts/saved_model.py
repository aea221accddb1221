"""A TensorFlow SavedModel as a folder in an archive: its graphs, and its variables as numbers in files of their own."""

from __future__ import annotations

import re

from casemate.evidence.scan import tf_graph
from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.notes import Notes
from casemate.evidence.scan.report import Walk

FORMAT = "saved-model"
EXPECTED: frozenset[str] = frozenset()
_MODEL = re.compile(r"(?:.*/)?saved_model\.(?:pb|pbtxt)")
_NUMBERS = re.compile(r"(?:.*/)?(?:variables/variables\.(?:index|data-\d{5}-of-\d{5})|fingerprint\.pb)")
_OPERATION = re.compile(rb"""\bop\s*:\s*["'](\w{1,100})["']""")


def recognise(names: frozenset[str]) -> bool:
    """Whether there is one file with the graphs."""
    return sum(_MODEL.fullmatch(name) is not None for name in names) == 1


def is_data(name: str) -> bool:
    """Whether it holds variables or fingerprints, which are read as numbers."""
    return _NUMBERS.fullmatch(name) is not None


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """The graphs and what Keras says of them, by their names: here nothing else may lie."""
    if name.endswith("keras_metadata.pb"):
        return tf_graph.walk(data, descend, "metadata")
    if _MODEL.fullmatch(name) is None:
        return None
    return _text(data) if name.endswith("txt") else tf_graph.walk(data, descend, "model")


def _text(data: Data) -> Walk:
    """The graphs as text: operations are looked for, and the rest is not understood."""
    notes = Notes()
    notes.add("not-understood", "inconclusive", "is a graph as text, in which operations are only looked for", 0)
    for found in _OPERATION.finditer(piece(data, 0, min(len(data), 1 << 26))):
        operation = found[1].decode()
        if why := tf_graph.UNSAFE.get(operation) or tf_graph.SUSPICIOUS.get(operation):
            notes.add("operation", "suspicious", f"has the operation {operation}, which {why}", found.start())
    return notes.walk(0)
