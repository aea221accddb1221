"""Files of a TensorFlow SavedModel folder that say nothing of themselves: shards of variables, and the fingerprint.

A shard is the bytes of variables behind each other. Which lie where is in the index beside it (table.py), and only a
shard that this index accounts for to the last byte is understood. What lies there are numbers by definition; a pickle
or an archive in them is walked all the same. The name alone vouches for nothing.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.scan import table
from casemate.evidence.scan.data import Data, window
from casemate.evidence.scan.descend import PART, RAW, Descend, Role
from casemate.evidence.scan.protobuf import BYTES, VARINT, Broken, fields
from casemate.evidence.scan.report import Walk

if TYPE_CHECKING:
    from casemate.evidence.scan.table import Span

LARGEST = 64_000_000  # bytes of an index
_SHARD = re.compile(r"(.+)\.data-(\d{5})-of-\d{5}")
FINGERPRINT, SHORT = "fingerprint.pb", 400  # bytes; six numbers


def role(path: str) -> Role:
    """How a file of a folder is read; as any other where its name says nothing or nothing beside it accounts for it."""
    place = Path(path)
    if place.name == FINGERPRINT:
        return Role(own=_fingerprint)
    found = _SHARD.fullmatch(place.name)
    if found is None:
        return PART
    try:
        index = files.read(place.with_name(f"{found[1]}.index"), LARGEST)
        spans = [s for s in table.spans(index) if s.shard == int(found[2])] if table.begins(index) else []
    except (CasemateError, Broken):
        return PART
    return Role(own=partial(_shard, spans)) if spans else PART


def _shard(spans: list[Span], data: Data, descend: Descend) -> Walk | None:
    """Every variable of a shard; None when they do not lie one behind the other, from its first byte to its last."""
    spans = sorted((s for s in spans if s.size), key=lambda s: s.begin)
    ends = [0, *(s.begin + s.size for s in spans)]
    if [s.begin for s in spans] + [len(data)] != ends:
        return None
    notes = descend.notes()
    for s in spans:
        notes.step()
        descend(window(data, s.begin, s.begin + s.size), f"variable {s.name}", RAW)
    return notes.walk(len(data), "saved-model")


def _fingerprint(data: Data, descend: Descend) -> Walk | None:
    """Numbers of FingerprintDef, and texts that name a version; None when it is anything else."""
    try:
        known = all(
            (wire == VARINT and number <= 5) or (wire == BYTES and number in (6, 7))
            for number, wire, _, _ in fields(data, 0, len(data))
        )
    except Broken:
        return None
    return Walk((), (), len(data), "saved-model") if known and 0 < len(data) <= SHORT else None
