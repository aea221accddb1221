"""The index of TensorFlow's checkpoints: a sorted table of names, and of each variable where its bytes lie.

The table is LevelDB's: blocks of entries that share the beginnings of their keys, an index of the blocks, a footer of
48 bytes with a mark. TensorFlow writes the blocks behind each other and packs none, so anything else is not understood.
Source: tensorflow/core/util/tensor_bundle and core/lib/io/format.cc; BundleEntryProto in tensor_bundle.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.protobuf import BYTES, FOUR, VARINT, Broken, fields, varint

MARK = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
FOOTER, TRAILER = 48, 5  # bytes; a block's trailer is how it is packed and a checksum
MAX_ENTRIES = 1_000_000
WIRES = {1: VARINT, 2: BYTES, 3: VARINT, 4: VARINT, 5: VARINT, 6: FOUR, 7: BYTES}


@dataclass(frozen=True, slots=True)
class Span:
    """Where the bytes of a variable lie: `size` bytes from `begin` on in a shard."""

    name: str
    shard: int
    begin: int
    size: int


def begins(data: Data) -> bool:
    """Whether the footer's mark stands at the end."""
    return len(data) >= FOOTER and piece(data, len(data) - 8, len(data)) == MARK


def spans(data: Data) -> list[Span]:
    """Every variable of the table. Fails with Broken where TensorFlow would not have written it so."""
    if not begins(data):
        raise Broken("has no footer", len(data))
    end = at = len(data) - FOOTER
    handles = []
    for _ in range(2):  # of the block about blocks, which is empty, and of the index
        begin, at = varint(data, at, len(data) - 8)
        size, at = varint(data, at, len(data) - 8)
        handles.append((begin, size))
    if any(piece(data, at, len(data) - 8)):
        raise Broken("has a footer that is none", end)
    blocks = [_handle(data, value) for _, *value in _entries(data, *handles[1])]
    used = sorted((*blocks, *handles))
    if [begin for begin, _ in used] + [end] != [0] + [begin + size + TRAILER for begin, size in used]:
        raise Broken("has blocks with something between them", 0)
    return [s for block in blocks for key, *value in _entries(data, *block) if key for s in [_span(data, key, *value)]]


def _handle(data: Data, value: list[int]) -> tuple[int, int]:
    begin, at = varint(data, value[0], value[1])
    size, at = varint(data, at, value[1])
    if at != value[1]:
        raise Broken("has an index of blocks that cannot be read", value[0])
    return begin, size


def _entries(data: Data, begin: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Key, begin and end of each value of a block."""
    end = begin + size
    if end + TRAILER > len(data) - FOOTER or size < 4 or data[end]:
        raise Broken("has a block that is packed or goes beyond the end", begin)
    count = int.from_bytes(piece(data, end - 4, end), "little")
    stop = end - 4 - 4 * count
    if stop < begin:
        raise Broken("has a block that is shorter than it says", begin)
    at, key = begin, b""
    for _ in range(MAX_ENTRIES):
        if at == stop:
            return
        shared, at = varint(data, at, stop)
        more, at = varint(data, at, stop)
        length, at = varint(data, at, stop)
        if shared > len(key) or at + more + length > stop:
            raise Broken("has an entry that is longer than its block", at)
        key = key[:shared] + piece(data, at, at + more)
        at += more + length
        yield key, at - length, at
    raise Broken(f"has more than {MAX_ENTRIES:,} entries in a block", begin)


def _span(data: Data, key: bytes, begin: int, end: int) -> Span:
    """What an entry says."""
    said = {3: 0, 4: 0, 5: 0}
    for number, wire, at, stop in fields(data, begin, end):
        if WIRES.get(number) != wire:
            raise Broken(f"has a field {number} of a variable that is not known", at)
        if number in said:
            said[number], _ = varint(data, at, stop)
    return Span(key.decode("utf-8", "backslashreplace"), said[3], said[4], said[5])
