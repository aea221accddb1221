"""lzma before xz: a stream without a mark, which joblib still writes."""

from __future__ import annotations

import lzma

from casemate.evidence.scan import unpack
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FIRST = b"\x5d"


def make() -> object:
    """A decompressor of one stream, with bounded memory."""
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=unpack.MEMORY)


def recognise(data: Data) -> bool:
    """Whether it begins with the usual properties (5d), a dictionary of whole 64 KiB, and unpacks."""
    return len(data) > 13 and bytes(data[:3]) == b"\x5d\x00\x00" and data[13] == 0 and unpack.begins(data, make)


def walk(data: Data, descend: Descend) -> Walk:
    """Its content, inspected as a file of its own."""
    return unpack.walk(data, descend, make, "lzma")
