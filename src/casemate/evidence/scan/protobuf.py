"""Protocol buffers without a library: the fields of a message, one after the other, each passed by its length."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.scan.data import Data

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5  # wire types; groups (3, 4) are in no format that we read
LONGEST = 10  # bytes of a varint
FIXED = {EIGHT: 8, FOUR: 4}


class Broken(Exception):
    """Bytes that are no message. `at` is where."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.at = at


def fields(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, wire type, begin and end of each field's value in [at, end). Fails with Broken."""
    while at < end:
        begin, key = at, data[at]
        at += 1
        if key > 0x7F:
            key, at = varint(data, begin, end)
        wire = key & 7
        if wire == BYTES:
            if at < end and (size := data[at]) < 0x80:  # as in most fields; a call costs more than the field
                value = at + 1
                at = value + size
            else:
                size, value = varint(data, at, end)
                at = value + size
        elif wire == VARINT:
            value, at = at, at + 1
            if value >= end or data[value] > 0x7F:
                at = _passed(data, value, end)
        elif wire in FIXED:
            value, at = at, at + FIXED[wire]
        else:
            raise Broken(f"has a field of the wire type {wire}", begin)
        if at > end:
            raise Broken("has a field that is longer than what holds it", begin)
        yield key >> 3, wire, value, at


def varint(data: Data, at: int, end: int) -> tuple[int, int]:
    """The number at a place, and where it ends. Fails with Broken."""
    if at < end and data[at] < 0x80:
        return data[at], at + 1
    stop, value = _passed(data, at, end), 0
    for i in range(stop - 1, at - 1, -1):
        value = value << 7 | data[i] & 0x7F
    return value, stop


def _passed(data: Data, at: int, end: int) -> int:
    for i in range(at, min(at + LONGEST, end)):
        if data[i] < 0x80:
            return i + 1
    raise Broken("has a number without an end", at)
