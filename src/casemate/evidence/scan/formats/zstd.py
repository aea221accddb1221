"""Zstandard and LZ4: recognised, and unpacked where Python itself can (Zstandard from 3.14); else inconclusive."""

from __future__ import annotations

import importlib
from typing import Any

from casemate.evidence.scan import unpack
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Finding, Walk

MARK = b"\x28\xb5\x2f\xfd"
LZ4 = b"\x04\x22\x4d\x18"
FIRST = MARK[:1] + LZ4[:1]


def make() -> Any:
    """A decompressor of one frame. Fails with ImportError before Python 3.14."""
    return importlib.import_module("compression.zstd").ZstdDecompressor()


def recognise(data: Data) -> bool:
    """Whether it begins with one of the two marks."""
    return bytes(data[:4]) in (MARK, LZ4)


def walk(data: Data, descend: Descend) -> Walk:
    """Its content where it can be unpacked."""
    try:
        make()
        known = bytes(data[:4]) == MARK
    except ImportError:
        known = False
    if known:
        return unpack.walk(data, descend, make, "zstd", MARK)
    name = "Zstandard" if bytes(data[:4]) == MARK else "LZ4"
    said = f"is {name}, which cannot be unpacked here; unpack it and inspect what comes out"
    return Walk((), (Finding("not-understood", "inconclusive", said, 0),), 0)
