"""zlib: a bare stream, joblib's usual compression."""

from __future__ import annotations

import zlib

from casemate.evidence.scan import unpack
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FIRST = b"\x78"


def recognise(data: Data) -> bool:
    """Whether the two bytes of the header fit each other (RFC 1950) and what follows unpacks."""
    head = int.from_bytes(data[:2], "big")
    return len(data) > 2 and head >> 8 == 0x78 and head % 31 == 0 and unpack.begins(data, zlib.decompressobj)


def walk(data: Data, descend: Descend) -> Walk:
    """Its content, inspected as a file of its own."""
    return unpack.walk(data, descend, zlib.decompressobj, "zlib")
