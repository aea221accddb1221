"""gzip: one content, in one stream or several; joblib writes its dumps so on demand."""

from __future__ import annotations

import zlib

from casemate.evidence.scan import unpack
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

MARK = b"\x1f\x8b\x08"
FIRST = MARK[:1]


def make() -> object:
    """A decompressor of one stream, its header and its checksum."""
    return zlib.decompressobj(31)


def recognise(data: Data) -> bool:
    """Whether it begins with the mark and the one method that there is."""
    return bytes(data[:3]) == MARK


def walk(data: Data, descend: Descend) -> Walk:
    """Its content, inspected as a file of its own."""
    return unpack.walk(data, descend, make, "gzip", MARK)
