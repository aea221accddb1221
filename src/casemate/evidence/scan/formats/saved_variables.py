"""The index of a TensorFlow checkpoint (variables.index): names of variables, and where their bytes lie.

The bytes themselves lie in shards beside it, which nothing marks; shards.py reads them by their index.
"""

from __future__ import annotations

from casemate.evidence.scan import table
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.protobuf import Broken
from casemate.evidence.scan.report import Walk


def recognise(data: Data) -> bool:
    """Whether it ends with the mark of a table."""
    return table.begins(data)


def walk(data: Data, descend: Descend) -> Walk:
    """Every entry: numbers and names."""
    notes = descend.notes()
    try:
        for _ in table.spans(data):
            notes.step()
    except Broken as e:
        notes.add("broken", "inconclusive", str(e), e.at)
        return notes.walk(0, sure=False)
    return notes.walk(len(data))
