"""xz: one content, in one stream or several."""

from __future__ import annotations

import lzma

from casemate.evidence.scan import unpack
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

MARK = b"\xfd7zXZ\x00"
FIRST = MARK[:1]


def make() -> object:
    """A decompressor of one stream, with bounded memory."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=unpack.MEMORY)


def recognise(data: Data) -> bool:
    """Whether it begins with the mark."""
    return bytes(data[:6]) == MARK


def walk(data: Data, descend: Descend) -> Walk:
    """Its content, inspected as a file of its own."""
    return unpack.walk(data, descend, make, "xz", MARK)
