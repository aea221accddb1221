"""7z archives: recognised, and not unpacked. What is in one is unread, so it is never clean.

Its headers may be packed themselves, by methods of which Python has only some.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Finding, Walk

MARK = b"7z\xbc\xaf\x27\x1c"
FIRST = MARK[:1]


def recognise(data: Data) -> bool:
    """Whether its mark stands at the beginning."""
    return piece(data, 0, len(MARK)) == MARK


def walk(data: Data, descend: Descend) -> Walk:
    """Nothing is read."""
    said = "is a 7z archive, which is not unpacked here: unpack it with 7z and scan the folder"
    return Walk((), (Finding("not-understood", "inconclusive", said, 0),), 0)
