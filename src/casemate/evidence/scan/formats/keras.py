"""The configuration of a Keras model: config.json of a .keras archive, `model.to_json()`, keras_metadata.

The weights beside it are HDF5, the rest of the archive is text. What a configuration makes is in keras_config.py.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.json_tree import MOST, OPENS, top
from casemate.evidence.scan.report import Walk

FIRST = OPENS


def recognise(data: Data) -> bool:
    """Whether it is a JSON object with a class and its configuration at the top."""
    return top(data, "class_name", "config")


def walk(data: Data, descend: Descend) -> Walk:
    """Every object of the tree."""
    from casemate.evidence.scan.keras_config import judge  # it has large tables, and few files need them

    notes = descend.notes()
    judge(piece(data, 0, min(len(data), MOST + 1)), notes)
    return notes.walk(0 if {"broken", "limit"} & notes.findings.keys() else len(data))
