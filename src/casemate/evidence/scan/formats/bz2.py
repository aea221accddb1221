"""bzip2: one content, in one stream or several."""

from __future__ import annotations

import bz2

from casemate.evidence.scan import unpack
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

MARK = b"BZh"
FIRST = MARK[:1]


def recognise(data: Data) -> bool:
    """Whether it begins with the mark, a block size, and the mark of a block or of the end."""
    head = bytes(data[:10])
    return head[:3] == MARK and head[3:4] in b"123456789" and head[4:] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")


def walk(data: Data, descend: Descend) -> Walk:
    """Its content, inspected as a file of its own."""
    return unpack.walk(data, descend, bz2.BZ2Decompressor, "bzip2", MARK)
